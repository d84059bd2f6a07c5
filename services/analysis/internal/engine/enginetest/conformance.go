package enginetest

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Run runs the suite that every engine passes. script is what the engine's model does,
// nil for an engine without one; Says(Honest) fits the engines of package prompted.
func Run(t *testing.T, p engine.Provider, script Script) {
	t.Helper()
	s := suite{provider: p, script: script}
	t.Run("it has a name", func(t *testing.T) {
		t.Parallel()
		require.Regexp(t, `^[a-z]+$`, p.Name())
	})
	for name, test := range map[string]func(*testing.T){
		"plan":                   s.plan,
		"analyze of every kind":  s.kinds,
		"order of the evidence":  s.order,
		"no evidence":            s.noEvidence,
		"huge evidence":          s.huge,
		"hostile evidence":       s.hostile,
		"cancelled":              s.cancelled,
		"reflect":                s.reflect,
		"judge":                  s.judge,
		"write":                  s.write,
		"answer":                 s.answer,
		"answer without sources": s.nothing,
		"estimate":               s.estimate,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// suite tests one engine.
type suite struct {
	provider engine.Provider
	script   Script
}

func (s suite) open() engine.Engine {
	return s.provider.Open(engine.Session{Caller: NewCaller(s.script)})
}

// request is a request for a kind of answer on some evidence.
func request(kind engine.Kind, evidence []engine.Evidence) engine.Request {
	q := LakeQuestion(kind)
	return engine.Request{Question: q, Plan: engine.Plan{SubQuestions: []string{q.Text}, Queries: []string{q.Text}}, Evidence: evidence}
}

func (s suite) plan(t *testing.T) {
	e := s.open()
	for _, kind := range Kinds() {
		plan, err := e.Plan(t.Context(), LakeQuestion(kind))
		require.NoError(t, err)
		require.NotEmpty(t, plan.SubQuestions)
		require.NotEmpty(t, plan.Queries)
		for _, text := range slices.Concat(plan.SubQuestions, plan.Queries) {
			requirePlain(t, text)
		}
	}
	_, err := e.Plan(t.Context(), engine.Question{Text: " ?! … "})
	require.ErrorIs(t, err, engine.ErrNoQuestion)
}

func (s suite) kinds(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := request(kind, Lakes())
			found, err := s.open().Analyze(t.Context(), r)
			require.NoError(t, err)
			require.NotEmpty(t, found.Findings)
			RequireSound(t, r, found)
		})
	}
}

func (s suite) order(t *testing.T) {
	for _, kind := range Kinds() {
		r := request(kind, Huge(60))
		calls := NewCaller(s.script)
		want, err := s.provider.Open(engine.Session{Caller: calls}).Analyze(t.Context(), r)
		require.NoError(t, err)
		shuffled := request(kind, Huge(60))
		rand.New(rand.NewPCG(1, 2)).Shuffle(60, func(i, j int) {
			shuffled.Evidence[i], shuffled.Evidence[j] = shuffled.Evidence[j], shuffled.Evidence[i]
		})
		again := NewCaller(s.script)
		got, err := s.provider.Open(engine.Session{Caller: again}).Analyze(t.Context(), shuffled)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.ElementsMatch(t, sent(calls), sent(again), "the same requests, byte for byte")
	}
}

// sent is the requests of a Caller as they go out.
func sent(c *Caller) []string {
	var out []string
	for _, call := range c.Calls() {
		out = append(out, call.Prompt+encode(call.Request))
	}
	return out
}

func (s suite) noEvidence(t *testing.T) {
	for _, kind := range Kinds() {
		r := request(kind, nil)
		found, err := s.open().Analyze(t.Context(), r)
		require.NoError(t, err)
		if kind == engine.FactCheck {
			require.Len(t, found.Findings, len(r.Question.Claims))
			RequireSound(t, r, found)
			continue
		}
		require.Empty(t, found.Findings)
		require.Empty(t, found.Contradictions)
	}
	_, err := s.open().Analyze(t.Context(), engine.Request{Question: engine.Question{Text: "?"}, Evidence: Lakes()})
	require.ErrorIs(t, err, engine.ErrNoQuestion)
}

func (s suite) huge(t *testing.T) {
	evidence := append(Huge(500), Passage("endless", strings.Repeat("Lake Baikal is deep and its depth is known. ", 8000)))
	evidence = append(evidence, Passage("blank", " \n\t "), Passage("broken", "Lake Baikal has a depth \xff\xfe of 1,642 metres."))
	r := request(engine.Deep, evidence)
	found, err := s.open().Analyze(t.Context(), r)
	require.NoError(t, err)
	require.NotEmpty(t, found.Findings)
	RequireSound(t, r, found)
}

func (s suite) hostile(t *testing.T) {
	for _, kind := range Kinds() {
		for _, text := range Hostile() {
			evidence := Lakes()
			evidence[1].Text += "\n" + text
			evidence[2].SourceTitle = text
			evidence = append(evidence, Passage("stranger", text))
			r := request(kind, evidence)
			found, err := s.open().Analyze(t.Context(), r)
			require.NoError(t, err)
			RequireSound(t, r, found)
		}
	}
}

func (s suite) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range Kinds() {
		_, err := s.open().Analyze(ctx, request(kind, Lakes()))
		require.ErrorIs(t, err, context.Canceled)
	}
}

func (s suite) reflect(t *testing.T) {
	for _, kind := range Kinds() {
		r := request(kind, Lakes())
		r.Asked = r.Plan.Queries
		next, err := s.open().Reflect(t.Context(), r)
		require.NoError(t, err)
		for _, query := range next.Queries {
			requirePlain(t, query)
			for _, was := range r.Asked {
				require.False(t, strings.EqualFold(query, was), "%q was asked already", query)
			}
		}
	}
}

func (s suite) judge(t *testing.T) {
	for _, n := range []int{0, 1, 33} {
		doubts := make([]engine.Doubt, n)
		for i := range doubts {
			doubts[i] = engine.Doubt{Claim: "Lake Baikal is deep.", Quote: "Lake Baikal is the deepest lake in the world.", Context: Lakes()[0].Text}
		}
		verdicts, err := s.open().Judge(t.Context(), doubts)
		require.NoError(t, err)
		require.Len(t, verdicts, n)
		for _, v := range verdicts {
			require.Contains(t, []engine.Judgement{engine.Undecided, engine.Supports, engine.Partly, engine.Not, engine.Against}, v)
		}
	}
}

func (s suite) write(t *testing.T) {
	r := request(engine.Summary, Lakes())
	found, err := s.open().Analyze(t.Context(), r)
	require.NoError(t, err)
	summary, err := s.open().Write(t.Context(), r, found.Findings)
	require.NoError(t, err)
	for _, sentence := range summary {
		requirePlain(t, sentence.Text)
		require.NotEmpty(t, sentence.Findings)
		for _, i := range sentence.Findings {
			require.Less(t, i, len(found.Findings))
			require.GreaterOrEqual(t, i, 0)
		}
	}
	summary, err = s.open().Write(t.Context(), r, nil)
	require.NoError(t, err)
	require.Empty(t, summary)
}

func (s suite) answer(t *testing.T) {
	ask := engine.Ask{
		Question: "How deep is Lake Baikal?", About: "Lakes of the world", Evidence: Lakes(),
		Turns: []engine.Turn{{Question: "Which lake is the deepest?", Answer: "Lake Baikal is the deepest lake in the world."}},
	}
	var written strings.Builder
	answer, err := s.open().Answer(t.Context(), ask, func(text string) error {
		written.WriteString(text)
		return nil
	})
	require.NoError(t, err)
	require.True(t, answer.Nothing || len(answer.Sentences) > 0)
	if !answer.Nothing {
		require.Contains(t, written.String(), "[1]")
	}
	RequireSoundAnswer(t, ask, answer)
	silent, err := s.open().Answer(t.Context(), ask, nil)
	require.NoError(t, err)
	require.Equal(t, answer, silent)
}

func (s suite) nothing(t *testing.T) {
	for name, ask := range map[string]engine.Ask{
		"no evidence":         {Question: "How deep is Lake Baikal?"},
		"evidence about else": {Question: "Who won the football world cup in Sweden?", Evidence: Lakes()},
	} {
		answer, err := s.open().Answer(t.Context(), ask, nil)
		require.NoError(t, err, name)
		require.True(t, answer.Nothing, name)
		RequireSoundAnswer(t, ask, answer)
	}
}

func (s suite) estimate(t *testing.T) {
	for _, e := range s.provider.Estimate(engine.Prospect{Question: LakeQuestion(engine.Deep), Rounds: 3, Evidence: 60, EvidenceTokens: 300}) {
		require.Positive(t, e.Calls, e.Step)
		require.Positive(t, e.InputTokens, e.Step)
		require.Positive(t, e.OutputTokens, e.Step)
	}
}
