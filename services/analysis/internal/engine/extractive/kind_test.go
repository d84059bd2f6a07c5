package extractive_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// ask runs a kind of analysis.
func ask(t *testing.T, q engine.Question, evidence []engine.Evidence) engine.Analysis {
	t.Helper()
	found, err := extractive.New().Open(engine.Session{}).Analyze(t.Context(), engine.Request{Question: q, Evidence: evidence})
	require.NoError(t, err)
	return found
}

// bridges is evidence on two kinds of bridges.
func bridges() []engine.Evidence {
	return []engine.Evidence{
		passage("a", "Suspension bridges span up to two thousand metres between their towers. The cost of suspension bridges is high because of their cables."),
		passage("b", "Arch bridges span at most six hundred metres of a valley. The cost of arch bridges is low where stone is at hand."),
		passage("c", "Maintenance of suspension bridges means painting the cables every few years. Maintenance of arch bridges is nearly nothing over a century."),
	}
}

func TestCompare_EachFindingSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	found := ask(t, engine.Question{Text: "What is the difference between suspension bridges and arch bridges?", Language: "en", Kind: engine.Comparison}, bridges())
	require.Empty(t, found.Missing)
	subjects := map[string]int{}
	for _, f := range found.Findings {
		require.Contains(t, strings.ToLower(f.Claim), f.Subject)
		subjects[f.Subject]++
	}
	require.GreaterOrEqual(t, subjects["suspension bridges"], 2)
	require.GreaterOrEqual(t, subjects["arch bridges"], 2)
}

func TestCompare_SaysWhatItLacks(t *testing.T) {
	t.Parallel()
	q := engine.Question{Text: "Compare suspension bridges and ferries", Language: "en", Kind: engine.Comparison}
	found := ask(t, q, bridges())
	require.NotEmpty(t, found.Findings)
	require.Len(t, found.Missing, 1)
	require.Contains(t, found.Missing[0], "“ferries”")

	q.Text = "What do suspension bridges cost?"
	found = ask(t, q, bridges())
	require.NotEmpty(t, found.Findings, "a plain summary instead")
	require.Len(t, found.Missing, 1)
	require.Empty(t, found.Findings[0].Subject)
}

// dam is the history of a dam.
func dam() []engine.Evidence {
	return []engine.Evidence{
		passage("a", "The Aswan Dam was opened on 21 July 1970 by the president. Work on the Aswan Dam began in January 1960 with Soviet help."),
		passage("b", "In 1976 the reservoir of the Aswan Dam was full for the first time. The Aswan Dam is 111 metres high and 3,830 metres long."),
		passage("c", "The Aswan Dam was opened on 21 July 1970 by the president himself. In the 1990s the fishing at the Aswan Dam grew."),
	}
}

func TestTimeline_IsSortedByDate(t *testing.T) {
	t.Parallel()
	found := ask(t, engine.Question{Text: "What is the history of the Aswan Dam?", Language: "en", Kind: engine.Timeline}, dam())
	var dates []string
	for _, f := range found.Findings {
		dates = append(dates, f.Date)
	}
	require.Equal(t, []string{"1960-01", "1970-07-21", "1976"}, dates)
	require.Len(t, found.Findings[1].Citations, 2, "two sources date the opening")
	require.Len(t, found.Themes, 1)
	require.Empty(t, found.Missing)
}

func TestTimeline_WithoutDatesIsASummaryThatSaysSo(t *testing.T) {
	t.Parallel()
	found := ask(t, engine.Question{Text: "History of suspension bridges", Language: "en", Kind: engine.Timeline}, bridges())
	require.NotEmpty(t, found.Findings)
	require.Len(t, found.Missing, 1)
	require.Empty(t, found.Findings[0].Date)
}

func TestTimeline_RelativeDatesNeedAPublicationDate(t *testing.T) {
	t.Parallel()
	e := passage("a", "The Aswan Dam was repaired last year by engineers from the ministry.")
	q := engine.Question{Text: "history of the Aswan Dam", Language: "en", Kind: engine.Timeline}
	require.NotEmpty(t, ask(t, q, []engine.Evidence{e}).Missing)
	e.Published = time.Date(2011, 3, 1, 0, 0, 0, 0, time.UTC)
	found := ask(t, q, []engine.Evidence{e})
	require.Empty(t, found.Missing)
	require.Equal(t, "2010", found.Findings[0].Date)
}

// works are publications about one question.
func works() []engine.Evidence {
	old := passage("old", "Vitamin D supplements reduce the risk of falls in older adults by a fifth.")
	old.Published = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	recent := passage("new", "Vitamin D supplements lower the number of fractures in older adults who live in homes.")
	recent.Published = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)
	gap := passage("gap", "Further research is needed on vitamin D supplements in older adults with kidney disease.")
	retracted := passage("retracted", "Vitamin D supplements in older adults cure falls and the risk of all fractures within weeks.")
	retracted.Retracted = true
	return []engine.Evidence{old, recent, gap, retracted}
}

func TestReview_EndsWithWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	found := ask(t, engine.Question{Text: "What do vitamin D supplements do in older adults?", Language: "en", Kind: engine.LiteratureReview}, works())
	last := found.Themes[len(found.Themes)-1]
	require.Equal(t, "Open questions", last.Label)
	require.Len(t, last.Findings, 1)
	require.Equal(t, "gap", found.Findings[last.Findings[0]].Citations[0].SourceID)
}

func TestReview_ARetractedSourceNeverLeads(t *testing.T) {
	t.Parallel()
	for _, kind := range []engine.Kind{engine.LiteratureReview, engine.Summary} {
		found := ask(t, engine.Question{Text: "What do vitamin D supplements do in older adults?", Language: "en", Kind: kind}, works())
		for _, theme := range found.Themes {
			require.NotEqual(t, "retracted", found.Findings[theme.Findings[0]].Citations[0].SourceID)
		}
	}
}

func TestReview_SaysWhenNoSourceNamesAGap(t *testing.T) {
	t.Parallel()
	found := ask(t, engine.Question{Text: "What do vitamin D supplements do in older adults?", Language: "en", Kind: engine.LiteratureReview}, works()[:2])
	require.NotEmpty(t, found.Findings)
	require.Equal(t, []string{"No source says what remains to be studied."}, found.Missing)
}

func TestFactCheck_EachClaimIsAFindingWithWhatBearsOnIt(t *testing.T) {
	t.Parallel()
	claims := []string{
		"The Aswan Dam is 111 metres high.",
		"Penguins live at the North Pole.",
		"The Aswan Dam was opened in 1980 by the president.",
	}
	found := ask(t, engine.Question{Kind: engine.FactCheck, Claims: claims}, dam())
	require.Len(t, found.Findings, 3)
	for i, f := range found.Findings {
		require.Equal(t, claims[i], f.Claim)
	}
	require.Contains(t, found.Findings[0].Citations[0].Text, "111 metres high")
	require.Empty(t, found.Findings[1].Citations)
	require.Contains(t, found.Findings[2].Citations[0].Text, "1970", "against it")
	require.Len(t, found.Missing, 1)
	require.Contains(t, found.Missing[0], "Penguins")
	require.Equal(t, []engine.Theme{{Findings: []int{0, 1, 2}}}, found.Themes)
}

func TestFactCheck_WhatIsSaidOfAnotherThingBearsOnNothing(t *testing.T) {
	t.Parallel()
	found, err := extractive.New().Open(engine.Session{}).Analyze(t.Context(), engine.Request{
		Question: engine.Question{Text: "Facts", Kind: engine.FactCheck, Claims: []string{"Lake Baikal has a maximum depth of 1,642 metres."}},
		Evidence: []engine.Evidence{
			passage("one", "Lake Tanganyika is the second deepest lake in the world, with a maximum depth of 1,470 metres."),
			passage("two", "The deepest lake in the world is Baikal, with a maximum depth of 1,642 metres."),
		},
	})
	require.NoError(t, err)
	require.Len(t, found.Findings[0].Citations, 1)
	require.Equal(t, "two", found.Findings[0].Citations[0].SourceID)
}

func TestAnalyze_AnswersInTheLanguageOfTheQuestion(t *testing.T) {
	t.Parallel()
	evidence := []engine.Evidence{
		passage("en", "Lake Baikal is with 1642 metres the deepest lake of the world, and one of the oldest."),
		passage("de", "Der See Baikal ist mit 1642 Metern der tiefste See der Welt, und einer der ältesten."),
	}
	require.Equal(t, "de", ask(t, engine.Question{Text: "Wie tief ist der See Baikal?"}, evidence).Findings[0].Citations[0].SourceID)
	require.Equal(t, "en", ask(t, engine.Question{Text: "How deep is Lake Baikal?"}, evidence).Findings[0].Citations[0].SourceID)
	found := ask(t, engine.Question{Text: "Wie tief ist der See Baikal?"}, evidence[:1])
	if len(found.Findings) > 0 {
		require.Len(t, found.Missing, 1, "what is in another language says so")
	}
}

func TestAnalyze_ReadsASentenceThatLeansWithTheOneBefore(t *testing.T) {
	t.Parallel()
	found := ask(t, engine.Question{Text: "When was the harbour of Odessa closed?", Language: "en"}, []engine.Evidence{
		passage("a", "The harbour of Odessa was founded by a decree of the empress. It was closed in 1941 when the city fell."),
	})
	require.Equal(t, "The harbour of Odessa was founded by a decree of the empress. It was closed in 1941 when the city fell.", found.Findings[0].Claim)
}

func TestAnalyze_AsidesAreNoFindings(t *testing.T) {
	t.Parallel()
	const good = "The harbour of Odessa is free of ice in most winters."
	for name, bad := range map[string]string{
		"an announcement":   "I'll now research the harbour of Odessa and whether it is free of ice.",
		"of the text":       "This report examines the harbour of Odessa and its ice in winter.",
		"a pointer":         "As shown above, the harbour of Odessa is free of most of the ice.",
		"an advertisement":  "Book your trip to the harbour of Odessa and its free ice cream now.",
		"references before": "[3] [4]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := ask(t, engine.Question{Text: "Is the harbour of Odessa free of ice?", Language: "en"}, []engine.Evidence{passage("a", bad+" "+good)})
			require.Len(t, found.Findings, 1)
			require.Equal(t, good, found.Findings[0].Claim)
		})
	}
}
