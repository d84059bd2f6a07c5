package converse

import (
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// lake is what the answers of these tests rest on.
func lake() passages {
	return passages{
		{Evidence: engine.Evidence{ID: "p1", SourceID: "s1", SourceTitle: "Guide", Start: 100, Text: "The lake is 40 metres deep. It was surveyed in 1998."}, snapshotSHA256: "aa", page: 3},
		{Evidence: engine.Evidence{ID: "p2", SourceID: "s2", SourceTitle: "Notes", Start: 0, Text: "Anglers say that the lake is 55 metres deep."}},
	}
}

// quoted is a sentence that quotes a passage.
func quoted(text, passage, quote string, start int) engine.AnswerSentence {
	return engine.AnswerSentence{Text: text, Quotes: []engine.Quote{{EvidenceID: passage, Text: quote, Start: start, End: start + len(quote)}}}
}

func TestCompose_NumbersWhatItCites(t *testing.T) {
	t.Parallel()
	got := compose(engine.Answer{Sentences: []engine.AnswerSentence{
		quoted("The lake is 40 metres deep.", "p1", "The lake is 40 metres deep.", 100),
		quoted("The lake is 55 metres deep.", "p2", "the lake is 55 metres deep.", 17),
		quoted("The lake is 40 metres deep, says the guide.", "p1", "The lake is 40 metres deep.", 100),
	}}, lake())
	require.Equal(t, "The lake is 40 metres deep. [1] The lake is 55 metres deep. [2] The lake is 40 metres deep, says the guide. [1]", got.GetText())
	require.False(t, got.GetNoEvidence())
	require.Len(t, got.GetCitations(), 2, "the same span is one citation")
	first := got.GetCitations()[0]
	require.Equal(t, "The lake is 40 metres deep.", first.GetQuote())
	require.EqualValues(t, 100, first.GetStartOffset())
	require.EqualValues(t, 127, first.GetEndOffset())
	require.Equal(t, "Guide", first.GetSourceTitle())
	require.Equal(t, "aa", first.GetSnapshotSha256())
	require.EqualValues(t, 3, first.GetPage())
	require.Equal(t, analysisv1.Support_SUPPORTED, got.GetSentences()[0].GetSupport())
}

func TestCompose_WhatNobodyCanLookUpIsDropped(t *testing.T) {
	t.Parallel()
	tests := map[string]engine.AnswerSentence{
		"a claim without a quote":             {Text: "The lake is bottomless."},
		"a quote that is not in its passage":  quoted("The lake is bottomless.", "p1", "The lake is bottomless.", 100),
		"a passage that was not given":        quoted("The lake is 40 metres deep.", "p9", "The lake is 40 metres deep.", 100),
		"a sentence without words":            quoted("  ", "p1", "The lake is 40 metres deep.", 100),
		"a quote of another passage than its": quoted("The lake is 55 metres deep.", "p1", "the lake is 55 metres deep", 17),
	}
	for name, sentence := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compose(engine.Answer{Sentences: []engine.AnswerSentence{sentence}}, lake())
			require.Empty(t, got.GetSentences())
			require.Empty(t, got.GetCitations())
			require.True(t, got.GetNoEvidence())
			require.Equal(t, nothing, got.GetText())
		})
	}
}

func TestCompose_QuotesHaveTheWordsOfThePassage(t *testing.T) {
	t.Parallel()
	got := compose(engine.Answer{Sentences: []engine.AnswerSentence{
		quoted("It was surveyed in 1998.", "p1", "it  was surveyed\nin 1998", 0),
	}}, lake())
	require.Equal(t, "It was surveyed in 1998", got.GetCitations()[0].GetQuote())
	require.EqualValues(t, 128, got.GetCitations()[0].GetStartOffset())
}

func TestCompose_AClaimThatItsQuoteDoesNotSaySaysSo(t *testing.T) {
	t.Parallel()
	got := compose(engine.Answer{Sentences: []engine.AnswerSentence{
		quoted("The lake is 90 metres deep.", "p1", "The lake is 40 metres deep.", 100),
	}}, lake())
	require.Contains(t, []analysisv1.Support{analysisv1.Support_CONTRADICTED, analysisv1.Support_UNSUPPORTED}, got.GetSentences()[0].GetSupport())
}

func TestCompose_NothingSaysSoBeforeWhatIsNear(t *testing.T) {
	t.Parallel()
	got := compose(engine.Answer{Nothing: true, Sentences: []engine.AnswerSentence{
		quoted("It was surveyed in 1998.", "p1", "It was surveyed in 1998.", 128),
	}}, lake())
	require.True(t, got.GetNoEvidence())
	require.Equal(t, nothing+" It was surveyed in 1998. [1]", got.GetText())
}
