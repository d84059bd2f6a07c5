package difference_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/difference"
)

func finding(number int32, claim string, quotes ...string) *reportv1.Finding {
	f := &reportv1.Finding{Number: number, Claim: claim, Support: analysisv1.Support_SUPPORTED}
	for _, q := range quotes {
		f.Quotes = append(f.Quotes, &reportv1.Quote{Text: q, SourceTitle: "Atlas", Support: analysisv1.Support_SUPPORTED})
	}
	return f
}

func document(findings ...*reportv1.Finding) *reportv1.Document {
	return &reportv1.Document{Findings: findings}
}

func TestOf_PairsFindings(t *testing.T) {
	t.Parallel()
	weaker := finding(1, "The lake is deep.", "It is deep.")
	weaker.Support = analysisv1.Support_PARTIAL
	before := document(finding(1, "The lake is deep.", "It is deep."), finding(2, "The lake is wide.", "It is wide."))
	tests := map[string]struct {
		after                     *reportv1.Document
		added, removed, unchanged int
		changed                   [][]string
	}{
		"the same":                              {after: before, unchanged: 2},
		"other numbers are no difference":       {after: document(finding(7, "The lake is wide.", "It is wide."), finding(9, "The lake is deep.", "It is deep.")), unchanged: 2},
		"white space and case are none":         {after: document(finding(1, "the lake  is deep.", "It is\ndeep."), finding(2, "The lake is wide.", "It is wide.")), unchanged: 2},
		"one more":                              {after: document(append(before.GetFindings(), finding(3, "The lake is old.", "It is old."))...), added: 1, unchanged: 2},
		"one less":                              {after: document(before.GetFindings()[0]), removed: 1, unchanged: 1},
		"another verdict":                       {after: document(weaker, before.GetFindings()[1]), unchanged: 1, changed: [][]string{{"support"}}},
		"another quote":                         {after: document(finding(1, "The lake is deep.", "Deep it is."), before.GetFindings()[1]), unchanged: 1, changed: [][]string{{"quotes"}}},
		"the same words under another claim":    {after: document(finding(1, "Deep.", "It is deep."), before.GetFindings()[1]), unchanged: 1, changed: [][]string{{"claim"}}},
		"another claim with other words is new": {after: document(finding(1, "Deep.", "Deep it is."), before.GetFindings()[1]), added: 1, removed: 1, unchanged: 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := difference.Of(before, tc.after)
			var changed [][]string
			for _, c := range d.GetChanged() {
				changed = append(changed, c.GetFields())
			}
			require.Equal(t, tc.changed, changed)
			require.Equal(t, []int{tc.added, tc.removed, tc.unchanged}, []int{len(d.GetAdded()), len(d.GetRemoved()), int(d.GetUnchangedCount())})
		})
	}
}

func TestOf_NamesSourcesThatCameAndWent(t *testing.T) {
	t.Parallel()
	listing := func(works ...*reportv1.Work) *reportv1.Document {
		doc := &reportv1.Document{}
		for _, w := range works {
			doc.References = append(doc.References, &reportv1.Reference{Work: w})
		}
		return doc
	}
	atlas, survey, file := &reportv1.Work{Id: "1", Title: "Atlas", Url: "https://example.org/atlas"}, &reportv1.Work{Id: "2", Title: "Survey"}, &reportv1.Work{Id: "3", Title: "notes", FileName: "notes.md"}
	again := &reportv1.Work{Id: "9", Title: "Atlas of Lakes", Url: "https://example.org/atlas"}
	d := difference.Of(listing(atlas, survey), listing(again, file))
	require.Len(t, d.GetAddedSources(), 1)
	require.Equal(t, "notes", d.GetAddedSources()[0].GetTitle())
	require.Len(t, d.GetRemovedSources(), 1)
	require.Equal(t, "Survey", d.GetRemovedSources()[0].GetTitle())
}
