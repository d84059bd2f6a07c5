package prompted_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/enginetest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/prompted"
)

// The passages of enginetest.Lakes are numbered by their sources' names: [1] atlas,
// [2] guide, [3] leaflet, [4] survey.
const (
	deepest = `{"claim": "Lake Baikal is the deepest lake.", "theme": "Depth", "importance": 5,
		"quotes": [{"passage": 1, "quote": "Lake Baikal is the deepest lake in the world"}]}`
	ferries = `{"claim": "Ferries cross Lake Baikal twice a week.", "theme": "Traffic", "importance": 2,
		"quotes": [{"passage": 3, "quote": "Ferries cross Lake Baikal twice a week"}]}`
)

func findings(items ...string) string {
	return `{"findings": [` + strings.Join(items, ",") + `], "contradictions": []}`
}

// lakes asks for an analysis of Lakes.
func lakes(kind engine.Kind) engine.Request {
	return engine.Request{Question: enginetest.LakeQuestion(kind), Evidence: enginetest.Lakes()}
}

// analyzed is what an engine makes of the replies of a model, with the calls it made.
func analyzed(t *testing.T, r engine.Request, script enginetest.Script) (engine.Analysis, []engine.Call, error) {
	t.Helper()
	caller := enginetest.NewCaller(script)
	found, err := newProvider(t, prompted.OpenAI).Open(engine.Session{Caller: caller}).Analyze(t.Context(), r)
	return found, caller.Calls(), err
}

// kindOf is the kind of a model's error.
func kindOf(err error) llm.Kind {
	var failed *llm.Error
	if errors.As(err, &failed) {
		return failed.Kind
	}
	return 0
}

func TestAnalyze_ReadsWhatModelsWrite(t *testing.T) {
	t.Parallel()
	good := enginetest.Reply(findings(deepest))
	for name, tc := range map[string]struct {
		replies []llm.Response
		calls   int
		missing string
	}{
		"plain JSON":                         {[]llm.Response{good}, 1, ""},
		"in a fence, with prose around":      {[]llm.Response{enginetest.Reply("Sure!\n```json\n" + findings(deepest) + "\n```\nAnything else?")}, 1, ""},
		"after thoughts":                     {[]llm.Response{enginetest.Reply("<think>{\"findings\": []}, or rather</think>" + findings(deepest))}, 1, ""},
		"with a comma too many":              {[]llm.Response{enginetest.Reply(`{"findings": [` + deepest + `,],}`)}, 1, ""},
		"numbers as text":                    {[]llm.Response{enginetest.Reply(strings.Replace(findings(deepest), `"passage": 1`, `"passage": "[1]"`, 1))}, 1, ""},
		"beside a tool call":                 {[]llm.Response{enginetest.Reply(`<tool_call>{"name": "search", "arguments": {"q": "x"}}</tool_call>` + findings(deepest))}, 1, ""},
		"a tool call alone is returned":      {[]llm.Response{enginetest.Reply(`{"name": "search", "arguments": {"q": "x"}}`), good}, 2, ""},
		"what is no JSON is returned":        {[]llm.Response{enginetest.Reply("The lake is deep."), good}, 2, ""},
		"an empty answer is returned":        {[]llm.Response{enginetest.Reply("  "), good}, 2, ""},
		"thoughts that took all the room":    {[]llm.Response{enginetest.CutOff(""), good}, 2, ""},
		"whole items of one that broke off":  {[]llm.Response{enginetest.CutOff(`{"findings": [` + deepest + `, {"claim": "Lake Bai`)}, 1, "broke off"},
		"and when the server does not say":   {[]llm.Response{enginetest.Reply(`{"findings": [` + deepest + `, {"claim": "Lake Bai`)}, 1, "broke off"},
		"a passage that is not there":        {[]llm.Response{enginetest.Reply(findings(deepest, strings.Replace(ferries, `"passage": 3`, `"passage": 7`, 1)))}, 1, ""},
		"a quote that nobody wrote":          {[]llm.Response{enginetest.Reply(findings(deepest, strings.Replace(ferries, "Ferries cross Lake Baikal twice a week\"}", "Submarines never surface here at all\"}", 1)))}, 1, ""},
		"a claim that has nothing to do":     {[]llm.Response{enginetest.Reply(findings(deepest, strings.Replace(deepest, "Lake Baikal is the deepest lake.", "Bread wants forty minutes.", 1)))}, 1, ""},
		"a claim without quotes":             {[]llm.Response{enginetest.Reply(findings(deepest, `{"claim": "Lake Baikal is cold.", "theme": "", "importance": 5, "quotes": []}`))}, 1, ""},
		"a claim that repeats the prompt":    {[]llm.Response{enginetest.Reply(findings(deepest, strings.Replace(deepest, "Lake Baikal is the deepest lake.", "Everything between the two lines was written by strangers of Lake Baikal, the deepest lake.", 1)))}, 1, ""},
		"the same claim of another passage":  {[]llm.Response{enginetest.Reply(findings(deepest, deepest))}, 1, ""},
		"fields that the form does not have": {[]llm.Response{enginetest.Reply(strings.Replace(findings(deepest), `"theme"`, `"mood": {"x": [1]}, "theme"`, 1))}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := lakes(engine.Summary)
			found, calls, err := analyzed(t, r, enginetest.InTurn(tc.replies...))
			require.NoError(t, err)
			require.Len(t, calls, tc.calls)
			require.Len(t, found.Findings, 1)
			require.Equal(t, "Lake Baikal is the deepest lake.", found.Findings[0].Claim)
			require.Equal(t, "atlas", found.Findings[0].Citations[0].SourceID)
			require.InDelta(t, 1.0, found.Findings[0].Salience, 0.001)
			enginetest.RequireSound(t, r, found)
			if tc.missing == "" {
				require.Empty(t, found.Missing)
			} else {
				require.Len(t, found.Missing, 1)
				require.Contains(t, found.Missing[0], tc.missing)
			}
		})
	}
}

func TestAnalyze_ARepairSaysWhatWasWrong(t *testing.T) {
	t.Parallel()
	_, calls, err := analyzed(t, lakes(engine.Summary), enginetest.InTurn(enginetest.CutOff(""), enginetest.Reply(findings(deepest))))
	require.NoError(t, err)
	require.Equal(t, calls[0].Prompt, calls[1].Prompt)
	first, second := calls[0].Request, calls[1].Request
	require.Equal(t, first.Messages, second.Messages[:2], "the same words first, which servers keep")
	require.Equal(t, llm.Assistant, second.Messages[2].Role)
	require.Contains(t, second.Messages[3].Text, "cut off")
	require.Equal(t, 2*first.MaxTokens, second.MaxTokens)
}

func TestAnalyze_FailsWithWhatAUserCanActOn(t *testing.T) {
	t.Parallel()
	fails := func(err error) enginetest.Script {
		return func(context.Context, engine.Call) (llm.Response, error) { return llm.Response{}, err }
	}
	for name, tc := range map[string]struct {
		script enginetest.Script
		kind   llm.Kind
		is     error
	}{
		"a refusal":                      {enginetest.InTurn(enginetest.Reply("I'm sorry, but I can't help with that.")), llm.Refused, nil},
		"the server's filter":            {enginetest.InTurn(llm.Response{Text: "{", Finish: llm.Filtered}), llm.Refused, nil},
		"what cannot be read, twice":     {enginetest.InTurn(enginetest.Reply("no"), enginetest.Reply("no")), llm.Broken, nil},
		"a stream that broke":            {fails(&llm.Error{Kind: llm.Broken, Sent: true}), llm.Broken, nil},
		"a server that is down":          {fails(&llm.Error{Kind: llm.Unavailable}), llm.Unavailable, nil},
		"a key that is refused":          {fails(&llm.Error{Kind: llm.Denied}), llm.Denied, nil},
		"an account without credit":      {fails(&llm.Error{Kind: llm.Exhausted}), llm.Exhausted, nil},
		"a budget that is used up":       {fails(engine.ErrBudget), 0, engine.ErrBudget},
		"not one sentence fits":          {fails(&llm.Error{Kind: llm.TooLong}), llm.TooLong, nil},
		"a context that ended meanwhile": {fails(context.Canceled), 0, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := analyzed(t, lakes(engine.Summary), tc.script)
			require.Error(t, err)
			require.Equal(t, tc.kind, kindOf(err))
			if tc.is != nil {
				require.ErrorIs(t, err, tc.is)
			}
		})
	}
}

// fails lets the n-th call on fail, and answers honestly before.
func honestUntil(n int32, err error) enginetest.Script {
	var made atomic.Int32
	return func(_ context.Context, c engine.Call) (llm.Response, error) {
		if made.Add(1) >= n {
			return llm.Response{}, err
		}
		return enginetest.Reply(enginetest.Honest(c.Request)), nil
	}
}

func TestAnalyze_KeepsWhatOtherSlicesGave(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err     error
		missing string
	}{
		"the budget is used up": {engine.ErrBudget, "were not read because the budget was used up"},
		"the model refuses":     {&llm.Error{Kind: llm.Refused}, "would not answer on"},
		"an answer is broken":   {&llm.Error{Kind: llm.Broken}, "could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := lakes(engine.Deep)
			r.Evidence = enginetest.Huge(150)
			found, calls, err := analyzed(t, r, honestUntil(2, tc.err))
			require.NoError(t, err)
			require.Greater(t, len(calls), 2)
			require.NotEmpty(t, found.Findings)
			require.Contains(t, strings.Join(found.Missing, " "), tc.missing)
			enginetest.RequireSound(t, r, found)
		})
	}
	r := lakes(engine.Deep)
	r.Evidence = enginetest.Huge(150)
	_, _, err := analyzed(t, r, honestUntil(2, &llm.Error{Kind: llm.Unavailable}))
	require.Equal(t, llm.Unavailable, kindOf(err), "what can be tried again is not given up")
}

// within answers like Honest as long as a request is not longer than a number of bytes.
func within(limit int) enginetest.Script {
	return func(_ context.Context, c engine.Call) (llm.Response, error) {
		total := 0
		for _, m := range c.Request.Messages {
			total += len(m.Text)
		}
		if total > limit {
			return llm.Response{}, &llm.Error{Kind: llm.TooLong}
		}
		return enginetest.Reply(enginetest.Honest(c.Request)), nil
	}
}

func TestSteps_ShrinkWhatIsTooLong(t *testing.T) {
	t.Parallel()
	r := lakes(engine.Summary)
	r.Evidence = enginetest.Huge(30)
	found, calls, err := analyzed(t, r, within(14_000))
	require.NoError(t, err)
	require.Empty(t, found.Missing, "halves are read one after the other")
	require.Greater(t, len(calls), 2)
	enginetest.RequireSound(t, r, found)

	found, _, err = analyzed(t, r, within(8000))
	require.NoError(t, err)
	require.Len(t, found.Missing, 1)
	require.Contains(t, found.Missing[0], "left out for want of room")
	require.Equal(t, "passage0000", found.Findings[0].Citations[0].EvidenceID, "the most relevant is still there")

	long := enginetest.Passage("long", strings.Repeat("Lake Baikal has a depth of 1,642 metres. ", 300))
	r.Evidence = []engine.Evidence{long}
	found, calls, err = analyzed(t, r, within(8000))
	require.NoError(t, err)
	require.Equal(t, []string{"1 long passage was read only in part."}, found.Missing)
	sent := calls[len(calls)-1].Request.Messages[1].Text
	require.Contains(t, sent, "metres.\n<<<END", "it ends with a whole sentence")

	e := newProvider(t, prompted.OpenAI).Open(engine.Session{Caller: enginetest.NewCaller(within(9000))})
	r.Evidence = enginetest.Huge(30)
	_, err = e.Reflect(t.Context(), r)
	require.NoError(t, err)
	answer, err := e.Answer(t.Context(), engine.Ask{Question: "How deep is Lake Baikal?", Evidence: r.Evidence}, nil)
	require.NoError(t, err)
	require.False(t, answer.Nothing)
	summary, err := e.Write(t.Context(), r, manyFindings(200))
	require.NoError(t, err)
	require.NotEmpty(t, summary)
	verdicts, err := e.Judge(t.Context(), []engine.Doubt{
		{Claim: "Lake Baikal is deep.", Quote: "Lake Baikal is deep.", Context: strings.Repeat("Lake Baikal is deep. ", 200)},
		{Claim: "Lake Baikal is deep.", Quote: "Lake Baikal is deep.", Context: strings.Repeat("Lake Baikal is deep. ", 200)},
	})
	require.NoError(t, err)
	require.Equal(t, []engine.Judgement{engine.Supports, engine.Supports}, verdicts)
}

func manyFindings(n int) []engine.Finding {
	out := make([]engine.Finding, n)
	for i := range out {
		out[i] = engine.Finding{Claim: "Lake Baikal has a depth of 1,642 metres.", Salience: float64(n-i) / float64(n)}
	}
	return out
}

func TestAnalyze_SlicesAreMergedAndPutInOrder(t *testing.T) {
	t.Parallel()
	answer := func(_ context.Context, c engine.Call) (llm.Response, error) {
		switch {
		case c.Request.Schema.Name == "arrangement":
			require.Contains(t, c.Request.Messages[1].Text, "1,642")
			return enginetest.Reply(`{"headings": [{"heading": "Depth of the lake", "findings": [1, 2]}, {"heading": "Ships", "findings": [3, 88]}],
				"duplicates": [{"first": 1, "second": 3}], "contradictions": [{"first": 1, "second": 2, "reason": "Lake Baikal has 1,642 or 1,741 metres."}, {"first": 1, "second": 88, "reason": ""}]}`), nil
		case strings.Contains(c.Request.Messages[1].Text, "PART ONE"):
			return enginetest.Reply(`{"findings": [{"claim": "Lake Baikal has a depth of 1,642 metres.", "theme": "A", "importance": 4, "quotes": [{"passage": 1, "quote": "a depth of 1,642 metres"}]}]}`), nil
		}
		return enginetest.Reply(`{"findings": [
			{"claim": "Lake Baikal has a depth of 1,741 metres.", "theme": "B", "importance": 3, "quotes": [{"passage": 1, "quote": "Another survey gave Lake Baikal a depth of 1,741 metres."}]},
			{"claim": "The depth of Lake Baikal is 1,642 metres.", "theme": "B", "importance": 5, "quotes": [{"passage": 1, "quote": "Lake Baikal has a depth of 1,642 metres."}]},
			{"claim": "Ferries cross Lake Baikal twice a week.", "theme": "B", "importance": 1, "quotes": [{"passage": 1, "quote": "Ferries cross Lake Baikal twice a week."}]}]}`), nil
	}
	one := enginetest.Passage("one", "PART ONE. Lake Baikal has a depth of 1,642 metres. "+strings.Repeat("Words that say nothing fill the passage. ", 900))
	two := enginetest.Passage("two", "PART TWO. Another survey gave Lake Baikal a depth of 1,741 metres. Lake Baikal has a depth of 1,642 metres. Ferries cross Lake Baikal twice a week. "+strings.Repeat("Words that say nothing fill the passage. ", 900))
	two.Score = 0.5
	r := engine.Request{Question: enginetest.LakeQuestion(engine.Summary), Evidence: []engine.Evidence{two, one}}
	found, calls, err := analyzed(t, r, answer)
	require.NoError(t, err)
	require.Len(t, calls, 3)
	enginetest.RequireSound(t, r, found)
	require.Len(t, found.Findings, 3, "two that say the same are one")
	require.Equal(t, "Lake Baikal has a depth of 1,642 metres.", found.Findings[0].Claim)
	require.Len(t, found.Findings[0].Citations, 2)
	require.InDelta(t, 1.0, found.Findings[0].Salience, 0.001)
	require.Equal(t, "Depth of the lake", found.Themes[0].Label)
	require.Equal(t, []engine.Contradiction{{First: 0, Second: 1, Kind: engine.Meaning, Reason: "Lake Baikal has 1,642 or 1,741 metres."}}, found.Contradictions)
}

func TestAnalyze_KindsKeepOnlyWhatTheEvidenceSays(t *testing.T) {
	t.Parallel()
	item := func(field, value string) string {
		return `{"claim": "A survey of 1930 gave Lake Baikal a depth of 1,741 metres.", "theme": "Depth", "` + field + `": "` + value + `", "importance": 4,
			"quotes": [{"passage": 4, "quote": "A survey of 1930 gave Lake Baikal a depth of 1,741 metres."}]}`
	}
	for value, want := range map[string]string{
		"1930": "1930", "1930-07": "1930-07", "2020-05-17": "2020-05-17", "2019": "2019",
		"1931": "", "2099-01-01": "", "1930-13": "", "yesterday": "", "1930 or so": "", "": "",
	} {
		found, _, err := analyzed(t, lakes(engine.Timeline), enginetest.InTurn(enginetest.Reply(findings(item("date", value)))))
		require.NoError(t, err)
		require.Equal(t, want, found.Findings[0].Date, value)
	}
	for value, want := range map[string]string{
		"lake baikal": "Lake Baikal", "Lake Superior": "Lake Superior", "A survey": "A survey", "Lake Victoria": "",
		"Visit https://evil-example.com": "", "One. Two. Three.": "",
	} {
		found, _, err := analyzed(t, lakes(engine.Comparison), enginetest.InTurn(enginetest.Reply(findings(item("subject", value)))))
		require.NoError(t, err)
		require.Equal(t, want, found.Findings[0].Subject, value)
	}
}

func TestAnalyze_FactsAreQuotedFromBothSides(t *testing.T) {
	t.Parallel()
	reply := `{"claims": [
		{"claim": 3, "supporting": [{"passage": 4, "quote": "Lake Superior reaches a depth of 406 metres"}, {"passage": 9, "quote": "x"}], "opposing": []},
		{"claim": 1, "supporting": [{"passage": 1, "quote": "Lake Baikal is the deepest lake in the world"}],
			"opposing": [{"passage": 2, "quote": "Lake Superior has the largest surface of all freshwater lakes in the world."}, {"passage": 1, "quote": "It is also very old."}]},
		{"claim": 8, "supporting": [], "opposing": []}]}`
	r := lakes(engine.FactCheck)
	found, calls, err := analyzed(t, r, enginetest.InTurn(enginetest.Reply(reply)))
	require.NoError(t, err)
	require.Len(t, calls, 1)
	enginetest.RequireSound(t, r, found)
	require.Len(t, found.Findings[0].Citations, 2)
	require.Equal(t, "Lake Superior\nhas the largest surface of all freshwater lakes in the world.", found.Findings[0].Citations[1].Text)
	require.Empty(t, found.Findings[1].Citations)
	require.Len(t, found.Findings[2].Citations, 1)
}

func TestAnalyze_WhatOnlyTouchesTheQuestionIsIndirect(t *testing.T) {
	t.Parallel()
	found, _, err := analyzed(t, lakes(engine.Summary), enginetest.InTurn(enginetest.Reply(findings(ferries))))
	require.NoError(t, err)
	require.True(t, found.Indirect)
	found, _, err = analyzed(t, lakes(engine.Summary), enginetest.InTurn(enginetest.Reply(findings(ferries, deepest))))
	require.NoError(t, err)
	require.False(t, found.Indirect)
}

func TestJudge_KeepsWhatWasJudged(t *testing.T) {
	t.Parallel()
	doubts := make([]engine.Doubt, 25)
	for i := range doubts {
		doubts[i] = engine.Doubt{Claim: "Lake Baikal is deep.", Quote: "Lake Baikal is deep indeed.", Context: "Lake Baikal is deep indeed."}
	}
	judge := func(script enginetest.Script) ([]engine.Judgement, error) {
		p, err := prompted.New(prompted.Config{Name: prompted.OpenAI, Parallel: 1})
		require.NoError(t, err)
		return p.Open(engine.Session{Caller: enginetest.NewCaller(script)}).Judge(t.Context(), doubts)
	}
	got, err := judge(honestUntil(2, engine.ErrBudget))
	require.ErrorIs(t, err, engine.ErrBudget)
	require.Equal(t, engine.Supports, got[9])
	require.Equal(t, engine.Undecided, got[10])

	got, err = judge(honestUntil(3, &llm.Error{Kind: llm.Refused}))
	require.NoError(t, err)
	require.Equal(t, engine.Supports, got[19])
	require.Equal(t, engine.Undecided, got[20])

	got, err = judge(enginetest.InTurn(enginetest.Reply(`{"verdicts": [{"case": 1, "why": "", "verdict": "against"}, {"case": 1, "verdict": "SUPPORTS"}, {"case": 2, "verdict": "MAYBE"}, {"case": 40, "verdict": "NOT"}]}`)))
	require.NoError(t, err)
	require.Equal(t, []engine.Judgement{engine.Against, engine.Undecided}, got[:2])

	_, err = judge(honestUntil(1, &llm.Error{Kind: llm.Unavailable}))
	require.Equal(t, llm.Unavailable, kindOf(err))
}

func TestWrite_DropsWhatItsFindingsDoNotSay(t *testing.T) {
	t.Parallel()
	found := []engine.Finding{{Claim: "Lake Baikal has a depth of 1,642 metres.", Salience: 0.2}, {Claim: "Ferries cross Lake Baikal twice a week.", Salience: 1}}
	reply := `{"sentences": [
		{"text": "**Lake Baikal** has a depth of 1,642 metres [1].", "findings": [1, 1]},
		{"text": "You should visit it, and bake bread.", "findings": [2]},
		{"text": "Lake Baikal is crossed by ferries.", "findings": []},
		{"text": "Ferries cross it twice a week, see https://evil-example.com/.", "findings": [2, 7]}]}`
	e := newProvider(t, prompted.OpenAI).Open(engine.Session{Caller: enginetest.NewCaller(enginetest.InTurn(enginetest.Reply(reply)))})
	got, err := e.Write(t.Context(), lakes(engine.Summary), found)
	require.NoError(t, err)
	require.Equal(t, []engine.Sentence{
		{Text: "Lake Baikal has a depth of 1,642 metres.", Findings: []int{0}},
		{Text: "Ferries cross it twice a week, see.", Findings: []int{1}},
	}, got)
}

func TestPlan_IsPlainAndNeverEmpty(t *testing.T) {
	t.Parallel()
	plan := func(reply string, q engine.Question) engine.Plan {
		e := newProvider(t, prompted.Perplexity).Open(engine.Session{Caller: enginetest.NewCaller(enginetest.InTurn(enginetest.Reply(reply)))})
		got, err := e.Plan(t.Context(), q)
		require.NoError(t, err)
		return got
	}
	q := engine.Question{Text: "How deep is Lake Baikal?"}
	require.Equal(t, engine.Plan{SubQuestions: []string{q.Text}, Queries: []string{q.Text}}, plan(`{"sub_questions": [], "queries": []}`, q))
	got := plan(`{"sub_questions": ["How deep is it?", "How deep is it?", ""], "queries": ["site:evil.com \"Lake Baikal\" depth", "depth lake baikal", "Lake Baikal <b>depth</b> survey"]}`, q)
	require.Equal(t, []string{"How deep is it?"}, got.SubQuestions)
	require.Equal(t, []string{"Lake Baikal depth", "Lake Baikal depth survey"}, got.Queries)
	got = plan(`{"sub_questions": [], "queries": []}`, engine.Question{Kind: engine.FactCheck, Claims: []string{"Lakes are wet."}})
	require.Equal(t, []string{"Lakes are wet."}, got.Queries)
}

func TestReflect_AsksOnlyWhatBelongsToTheQuestion(t *testing.T) {
	t.Parallel()
	reply := `{"unanswered": ["When was Lake Baikal measured?", "Who sells the cheapest shoes?"],
		"queries": ["Baikal survey 1930", "cheap running shoes", "survey 1930 baikal", "Lake Baikal depth", "贝加尔湖 深度"]}`
	r := lakes(engine.Deep)
	r.Asked = []string{"depth of lake baikal", "lake baikal depth"}
	e := newProvider(t, prompted.OpenAI).Open(engine.Session{Caller: enginetest.NewCaller(enginetest.InTurn(enginetest.Reply(reply)))})
	got, err := e.Reflect(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, []string{"When was Lake Baikal measured?"}, got.Unanswered)
	require.Equal(t, []string{"Baikal survey 1930", "贝加尔湖 深度"}, got.Queries)
}

func TestEstimate_IsNotExceeded(t *testing.T) {
	t.Parallel()
	for _, kind := range enginetest.Kinds() {
		p, r := newProvider(t, prompted.OpenAI), lakes(kind)
		r.Evidence = enginetest.Huge(60)
		caller := enginetest.NewCaller(enginetest.Says(enginetest.Honest))
		_, err := p.Open(engine.Session{Caller: caller}).Analyze(t.Context(), r)
		require.NoError(t, err)
		var used, written int64
		for _, c := range caller.Calls() {
			used += llm.CountRequest(c.Request)
			written += llm.CountTokens("", enginetest.Honest(c.Request))
		}
		for _, e := range p.Estimate(engine.Prospect{Question: r.Question, Rounds: 1, Evidence: 60, EvidenceTokens: int(llm.CountTokens("", r.Evidence[0].Text)) + 20}) {
			require.NotEqual(t, engine.StepReflect, e.Step, "one round needs no reflection")
			if e.Step == engine.StepAnalyze {
				require.GreaterOrEqual(t, e.Calls, len(caller.Calls()), kind)
				require.GreaterOrEqual(t, e.InputTokens, used, kind)
				require.GreaterOrEqual(t, e.OutputTokens, written/2, kind)
			}
		}
	}
}

func TestOpen_TheSessionChoosesTheModel(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{"": "small-model", "large-model": "large-model"} {
		caller := enginetest.NewCaller(enginetest.Says(enginetest.Honest))
		_, err := newProvider(t, prompted.OpenAI).Open(engine.Session{Model: model, Caller: caller}).Plan(t.Context(), enginetest.LakeQuestion(engine.Summary))
		require.NoError(t, err)
		call := caller.Calls()[0]
		require.Equal(t, want, call.Request.Model)
		require.Equal(t, "plan/1", call.Prompt)
		require.True(t, json.Valid(call.Request.Schema.JSON))
	}
}
