package extractive_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// reflect asks what is still open.
func reflect(t *testing.T, r engine.Request) engine.Reflection {
	t.Helper()
	out, err := extractive.New().Open(engine.Session{}).Reflect(t.Context(), r)
	require.NoError(t, err)
	return out
}

func TestReflect_NamesThePartsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	r := engine.Request{
		Question: engine.Question{Text: "How high is the Aswan Dam and who paid for the Aswan Dam loans?", Language: "en"},
		Plan:     engine.Plan{SubQuestions: []string{"How high is the Aswan Dam", "What do elephants eat in winter?"}},
		Evidence: dam(),
		Asked:    []string{"high Aswan Dam"},
	}
	out := reflect(t, r)
	require.Equal(t, []string{"What do elephants eat in winter?"}, out.Unanswered)
	require.NotEmpty(t, out.Queries)
	require.Contains(t, out.Queries, "elephants eat winter")
}

func TestReflect_NeverAsksTwice(t *testing.T) {
	t.Parallel()
	r := engine.Request{
		Question: engine.Question{Text: "What do elephants eat in winter?", Language: "en"},
		Asked:    []string{"winter Elephants EAT"},
	}
	for range 5 {
		out := reflect(t, r)
		for _, q := range out.Queries {
			require.False(t, slices.Contains(r.Asked, q), q)
			require.NotEqual(t, "elephants eat winter", q, "another order is the same query")
		}
		r.Asked = append(r.Asked, out.Queries...)
	}
	require.Empty(t, reflect(t, r).Queries, "there comes an end")
}

func TestReflect_HasNoQueriesWhenAllIsAnswered(t *testing.T) {
	t.Parallel()
	out := reflect(t, engine.Request{
		Question: engine.Question{Text: "How deep is Lake Baikal?", Language: "en"}, Evidence: lakes(), Asked: []string{"deep Lake Baikal"},
	})
	require.Empty(t, out.Unanswered)
	require.Empty(t, out.Queries)
}

func TestReflect_LooksAtClaimsAndAtThingsCompared(t *testing.T) {
	t.Parallel()
	claims := []string{"The Aswan Dam is 111 metres high.", "Penguins live at the North Pole."}
	out := reflect(t, engine.Request{Question: engine.Question{Kind: engine.FactCheck, Claims: claims}, Evidence: dam()})
	require.Equal(t, claims[1:], out.Unanswered)

	out = reflect(t, engine.Request{
		Question: engine.Question{Text: "Compare suspension bridges and ferries", Language: "en", Kind: engine.Comparison}, Evidence: bridges(),
	})
	require.Equal(t, []string{"ferries"}, out.Unanswered)
}

func TestReflect_LearnsFromTheBestPassages(t *testing.T) {
	t.Parallel()
	out := reflect(t, engine.Request{
		Question: engine.Question{Text: "Why did the Tacoma bridge fall?", Language: "en"},
		Evidence: []engine.Evidence{passage("a", "The Tacoma bridge fell because of the aeroelastic flutter. Engineers call the twisting of the Tacoma bridge an aeroelastic flutter. "+
			"After the fall of the Tacoma bridge the aeroelastic flutter was studied in the wind tunnel.")},
		Asked: []string{"Tacoma bridge fall", "Tacoma bridge"},
	})
	require.Empty(t, out.Unanswered)
	require.Contains(t, out.Queries, "Tacoma bridge fall aeroelastic flutter", "one source is not enough, and this is what it speaks of")
}

func TestReflect_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := extractive.New().Open(engine.Session{}).Reflect(ctx, engine.Request{Question: engine.Question{Text: "How high is the dam?"}})
	require.ErrorIs(t, err, context.Canceled)
}

func TestWrite_SumsUpOneOfEachThemeFirst(t *testing.T) {
	t.Parallel()
	quote := []engine.Quote{{SourceID: "a", Text: "A quote."}}
	findings := []engine.Finding{
		{Claim: "Water freezes at zero degrees under normal pressure.", Theme: "Ice", Citations: quote, Salience: 0.9},
		{Claim: "Glaciers move down the valleys by their own weight.", Theme: "Ice", Citations: quote, Salience: 0.8},
		{Claim: "Steam drives the turbines of most power stations.", Theme: "Steam", Citations: quote, Salience: 0.5},
		{Claim: "Nobody has seen what this claims.", Theme: "Steam", Salience: 1},
		{Claim: "Water under normal pressure freezes at zero degrees.", Theme: "Steam", Citations: quote, Salience: 0.4},
	}
	sentences, err := extractive.New().Open(engine.Session{}).Write(t.Context(), engine.Request{Question: engine.Question{Language: "en"}}, findings)
	require.NoError(t, err)
	require.Equal(t, []engine.Sentence{
		{Text: findings[0].Claim, Findings: []int{0}},
		{Text: findings[1].Claim, Findings: []int{1}},
		{Text: findings[2].Claim, Findings: []int{2}},
	}, sentences, "nothing without a source, nothing twice")
}

func TestWrite_HasSixSentencesAtMostAndEveryThemeOnce(t *testing.T) {
	t.Parallel()
	var findings []engine.Finding
	for _, claim := range []string{"Apples ripen early.", "Pears ripen late.", "Plums rot fast.", "Figs need warmth.", "Grapes make wine.", "Nuts keep long.", "Dates are sweet."} {
		findings = append(findings, engine.Finding{Claim: claim, Theme: "Fruit", Citations: []engine.Quote{{}}, Salience: 0.9})
	}
	findings = append(findings, engine.Finding{Claim: "Cows give milk.", Theme: "Animals", Citations: []engine.Quote{{}}, Salience: 0.1})
	sentences, err := extractive.New().Open(engine.Session{}).Write(t.Context(), engine.Request{Question: engine.Question{Language: "en"}}, findings)
	require.NoError(t, err)
	require.Len(t, sentences, 6)
	require.Equal(t, "Cows give milk.", sentences[5].Text)
}

func TestWrite_OfAFactCheckSaysWhatTheSourcesSay(t *testing.T) {
	t.Parallel()
	q := engine.Question{Language: "en", Kind: engine.FactCheck}
	sentences, err := extractive.New().Open(engine.Session{}).Write(t.Context(), engine.Request{Question: q}, []engine.Finding{
		{Claim: "The dam was opened in 1980.", Citations: []engine.Quote{{Text: "The dam was opened\nin 1970."}}},
		{Claim: "Penguins live at the North Pole."},
	})
	require.NoError(t, err)
	require.Equal(t, []engine.Sentence{{Text: "The dam was opened in 1970.", Findings: []int{0}}}, sentences)
}
