package extractive_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// passage makes evidence that begins at byte 100 of its snapshot.
func passage(source, text string) engine.Evidence {
	return engine.Evidence{ID: source + "-1", SourceID: source, SourceTitle: source, Text: text, Start: 100, Score: 1}
}

// lakes is evidence about one lake from several sources.
func lakes() []engine.Evidence {
	return []engine.Evidence{
		passage("atlas", "Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres. It is also very old. "+
			"The water of Lake Baikal is so clear that a white disc is seen forty metres down. Depth\nof\nLakes"),
		passage("guide", "Lake Baikal, with a depth of 1,642 metres, is the deepest lake in the world. "+
			"Read more about our cookies policy and subscribe now to see Lake Baikal. How deep is Lake Baikal really?"),
		passage("leaflet", "Lake Baikal is the deepest lake in the world, with a depth of 1,940 metres. "+
			"Ferries cross Lake Baikal twice a week while the lake is free of ice."),
	}
}

// run analyses evidence in English.
func run(t *testing.T, question string, evidence []engine.Evidence) engine.Analysis {
	t.Helper()
	return analyze(t, question, "en", evidence)
}

func TestAnalyze_EveryClaimAndQuoteStandsInItsSource(t *testing.T) {
	t.Parallel()
	evidence := lakes()
	found := run(t, "How deep is Lake Baikal?", evidence)
	require.NotEmpty(t, found.Findings)
	for _, f := range found.Findings {
		require.Equal(t, f.Claim, strings.Join(strings.Fields(f.Citations[0].Text), " "))
		for _, q := range f.Citations {
			i := slices.IndexFunc(evidence, func(e engine.Evidence) bool { return e.ID == q.EvidenceID })
			require.Equal(t, evidence[i].SourceID, q.SourceID)
			require.Equal(t, q.Text, evidence[i].Text[q.Start-100:q.End-100])
		}
	}
}

func TestAnalyze_SourcesThatSayTheSameMakeOneFinding(t *testing.T) {
	t.Parallel()
	found := run(t, "How deep is Lake Baikal?", lakes())
	i := slices.IndexFunc(found.Findings, func(f engine.Finding) bool { return strings.Contains(f.Claim, "1,642") })
	require.GreaterOrEqual(t, i, 0)
	var sources []string
	for _, q := range found.Findings[i].Citations {
		sources = append(sources, q.SourceID)
	}
	require.ElementsMatch(t, []string{"atlas", "guide"}, sources)
	count := 0
	for _, f := range found.Findings {
		if strings.Contains(f.Claim, "1,642") {
			count++
		}
	}
	require.Equal(t, 1, count, "nobody wants to read it twice")
}

func TestAnalyze_SourcesThatDifferInANumberDisagree(t *testing.T) {
	t.Parallel()
	found := run(t, "How deep is Lake Baikal?", lakes())
	require.Len(t, found.Contradictions, 1)
	c := found.Contradictions[0]
	require.Less(t, c.First, c.Second)
	require.Equal(t, engine.Numbers, c.Kind)
	require.Contains(t, c.Reason, "1,642 metres")
	require.Contains(t, c.Reason, "1,940 metres")
	both := found.Findings[c.First].Claim + found.Findings[c.Second].Claim
	require.Contains(t, both, "1,642")
	require.Contains(t, both, "1,940")
}

func TestAnalyze_SourcesThatDenyEachOtherDisagree(t *testing.T) {
	t.Parallel()
	found := run(t, "Does the vaccine prevent transmission of measles?", []engine.Evidence{
		passage("a", "The measles vaccine does prevent transmission of the measles virus in schools."),
		passage("b", "The measles vaccine does not prevent transmission of the measles virus in schools."),
	})
	require.Len(t, found.Findings, 2)
	require.Len(t, found.Contradictions, 1)
	require.Equal(t, engine.Negation, found.Contradictions[0].Kind)
}

func TestAnalyze_FindsNothingWhereNothingIs(t *testing.T) {
	t.Parallel()
	for name, question := range map[string]string{
		"another subject":          "Who won the football world cup in 1998?",
		"one word in common":       "What is the boiling point of heavy water at high altitude?",
		"a question without match": "Why do cats purr?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := run(t, question, lakes())
			require.Empty(t, found.Findings)
			require.Empty(t, found.Themes)
			require.Empty(t, found.Contradictions)
		})
	}
	require.Empty(t, run(t, "How deep is Lake Baikal?", nil).Findings)
}

func TestAnalyze_LeavesOutWhatCannotBeReadAlone(t *testing.T) {
	t.Parallel()
	const good = "The run of a job goes on after a crash of the process."
	for name, bad := range map[string]string{
		"a heading":         "Job run after a process crash",
		"a question":        "How does a job run go on after a process crash?",
		"code":              "Call job.Run(process) after the crash of a process run.",
		"a table row":       "job | run | process | crash | of the process | goes on.",
		"boilerplate":       "Sign up to read more of the job run and the process crash.",
		"a fragment":        "and of the job run after a crash of the process too.",
		"too short":         "Job run process crash.",
		"a cut sentence":    "The job run (see the process crash goes on after the crash.",
		"a reference":       "A. Stegun, Job run after a process crash of the world (Dover, New York, 1972).",
		"too long":          "The job run " + strings.Repeat("and the process crash of the job ", 12) + "goes on.",
		"an unfinished one": "The job run after the crash of the process is ...",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := run(t, "How does a job run go on after a process crash?", []engine.Evidence{passage("a", bad+"\n\n"+good)})
			require.Len(t, found.Findings, 1)
			require.Equal(t, good, found.Findings[0].Claim)
		})
	}
}

func TestAnalyze_PrefersTheSentenceThatLeansOnNoOther(t *testing.T) {
	t.Parallel()
	found := run(t, "How is a job kept?", []engine.Evidence{
		passage("a", "This is how a job is kept in the table of the service."),
		passage("b", "Every job is kept in the table of the service until it ends."),
	})
	require.NotEmpty(t, found.Findings)
	require.Equal(t, "b", found.Findings[0].Citations[0].SourceID)
}

func TestAnalyze_DoesNotDependOnTheOrderOfTheEvidence(t *testing.T) {
	t.Parallel()
	evidence := lakes()
	first := run(t, "How deep is Lake Baikal?", evidence)
	slices.Reverse(evidence)
	require.Equal(t, first, run(t, "How deep is Lake Baikal?", evidence))
}

func TestAnalyze_OverlappingPassagesGiveOneQuote(t *testing.T) {
	t.Parallel()
	whole := passage("a", "The lake is deep and cold in winter. The lake freezes over in January each year.")
	half := whole
	half.ID, half.Text = "a-2", "The lake freezes over in January each year."
	half.Start = whole.Start + strings.Index(whole.Text, half.Text)
	found := run(t, "When does the lake freeze?", []engine.Evidence{whole, half})
	seen := map[int]bool{}
	for _, f := range found.Findings {
		for _, q := range f.Citations {
			require.False(t, seen[q.Start], "%q is quoted twice", q.Text)
			seen[q.Start] = true
		}
	}
}

func TestAnalyze_EveryFindingIsInItsTheme(t *testing.T) {
	t.Parallel()
	found := run(t, "How deep is Lake Baikal?", lakes())
	next := 0
	for _, theme := range found.Themes {
		for _, i := range theme.Findings {
			require.Equal(t, next, i, "findings are ordered by theme")
			require.Equal(t, theme.Label, found.Findings[i].Theme)
			next++
		}
	}
	require.Len(t, found.Findings, next)
}

func TestAnalyze_OtherLanguages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ question, text string }{
		"German":  {"Wie tief ist der Baikalsee?", "Der Baikalsee ist mit 1642 Metern der tiefste See der Welt."},
		"Russian": {"Какова глубина озера Байкал?", "Озеро Байкал имеет глубину около 1642 метров и является самым глубоким."},
		"Chinese": {"贝加尔湖有多深？", "贝加尔湖是世界上最深的湖泊，最大深度为一千六百四十二米。"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := analyze(t, tc.question, "", []engine.Evidence{passage("a", tc.text)})
			require.Len(t, found.Findings, 1)
			require.Equal(t, tc.text, found.Findings[0].Claim)
		})
	}
}

func TestAnalyze_Errors(t *testing.T) {
	t.Parallel()
	_, err := extractive.New().Open(engine.Session{}).Analyze(t.Context(), engine.Request{Question: engine.Question{Text: "What is it?"}})
	require.ErrorIs(t, err, engine.ErrNoQuestion)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = extractive.New().Open(engine.Session{}).Analyze(ctx, engine.Request{Question: engine.Question{Text: "How deep is the lake?"}, Evidence: lakes()})
	require.ErrorIs(t, err, context.Canceled)
}

func TestPlan(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		question string
		subs     []string
		queries  []string
	}{
		"a short question is one query": {"Where is Lake Baikal?", []string{"Where is Lake Baikal?"}, []string{"Lake Baikal"}},
		"what is asked of a subject, as a noun, and the subject alone": {
			"How are tables represented?",
			[]string{"How are tables represented?"},
			[]string{"tables represented", "tables representation", "tables"},
		},
		"a degree is a measure": {
			"How deep is Lake Baikal?",
			[]string{"How deep is Lake Baikal?"},
			[]string{"deep Lake Baikal", "Lake Baikal depth", "Lake Baikal"},
		},
		"two questions in one": {
			"What is a snapshot and how does the service store it?",
			[]string{"What is a snapshot", "how does the service store it?"},
			[]string{"snapshot service store", "snapshot", "service store"},
		},
		"key phrases of a long one": {
			"How does the write-ahead log of a database protect committed transactions during power failure?",
			[]string{"How does the write-ahead log of a database protect committed transactions during power failure?"},
			[]string{"write ahead log database protect committed transactions power failure", "database protect committed", "write-ahead log", "power failure"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := extractive.New().Open(engine.Session{}).Plan(t.Context(), engine.Question{Text: tc.question, Language: "en"})
			require.NoError(t, err)
			require.Equal(t, tc.subs, plan.SubQuestions)
			require.Equal(t, tc.queries, plan.Queries)
		})
	}
	_, err := extractive.New().Open(engine.Session{}).Plan(t.Context(), engine.Question{Text: "What is it?", Language: "en"})
	require.ErrorIs(t, err, engine.ErrNoQuestion)
	require.Equal(t, "extractive", extractive.New().Name())
}
