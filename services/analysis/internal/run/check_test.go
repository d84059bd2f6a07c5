package run

import (
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	sentence = "The log is flushed at every commit of a transaction."
	snapshot = "Größe zählt. " + sentence + " It is read again after a crash."
)

func TestChecker_PutsEachQuoteWhereItStands(t *testing.T) {
	t.Parallel()
	f := &analysisv1.Finding{Claim: sentence, Citations: []*analysisv1.Citation{
		{SourceId: "typed", Quote: "the log is  FLUSHED at every commit of a transaction."},
		{SourceId: "gone", Quote: sentence},
		{SourceId: "other", Quote: sentence},
	}}
	c := checker{texts: map[string]string{"typed": snapshot, "gone": "", "other": "Nothing of the kind."}}
	c.locate([]*analysisv1.Finding{f})
	c.judge([]*analysisv1.Finding{f})
	c.conclude(f)
	require.Len(t, f.GetCitations(), 1, "quotes that are not in their snapshot are dropped")
	q := f.GetCitations()[0]
	require.Equal(t, sentence, q.GetQuote(), "the snapshot's own words")
	require.Equal(t, sentence, snapshot[q.GetStartOffset():q.GetEndOffset()], "in bytes, umlauts before it or not")
	require.Equal(t, analysisv1.Support_SUPPORTED, q.GetSupport())
	require.Positive(t, q.GetScore())
	require.Equal(t, analysisv1.Support_SUPPORTED, f.GetSupport())
}

func TestBest(t *testing.T) {
	t.Parallel()
	const (
		yes, part, no, against = analysisv1.Support_SUPPORTED, analysisv1.Support_PARTIAL, analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED
	)
	tests := map[string]struct {
		verdicts []analysisv1.Support
		want     analysisv1.Support
	}{
		"one that supports is enough":        {[]analysisv1.Support{no, against, part, yes}, yes},
		"a part is more than nothing":        {[]analysisv1.Support{no, part}, part},
		"a contradiction is worth a warning": {[]analysisv1.Support{no, against}, against},
		"nothing supports it":                {[]analysisv1.Support{no, no}, no},
		"no citation is left":                {nil, no},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var citations []*analysisv1.Citation
			for _, v := range tc.verdicts {
				citations = append(citations, &analysisv1.Citation{Support: v})
			}
			require.Equal(t, tc.want, best(citations))
		})
	}
}

func TestFinish_ClosesGapsAndForgetsPairsThatAreGone(t *testing.T) {
	t.Parallel()
	kept := []*analysisv1.Finding{
		{Id: "a", Ordinal: 2, Contradictions: []*analysisv1.Contradiction{{FindingId: "dropped"}, {FindingId: "b"}}},
		{Id: "b", Ordinal: 5, Contradictions: []*analysisv1.Contradiction{{FindingId: "a"}}},
	}
	finish(kept)
	require.EqualValues(t, 1, kept[0].GetOrdinal())
	require.EqualValues(t, 2, kept[1].GetOrdinal())
	require.Len(t, kept[0].GetContradictions(), 1)
	require.Equal(t, "b", kept[0].GetContradictions()[0].GetFindingId())
	require.Len(t, kept[1].GetContradictions(), 1)
}
