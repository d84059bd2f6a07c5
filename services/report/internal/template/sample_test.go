package template_test

import (
	"fmt"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// sampled returns small material of a kind, about nothing that matters, on which a
// template can be looked at before there is an analysis to use it on. Everything that a
// template can speak of is in it, but for what its kind has not.
func sampled(kind string) *reportv1.Material {
	m := &reportv1.Material{
		Title: "How deep are the lakes", Question: "How deep are the lakes?", Language: "en", Kind: kind,
		Notice: "This is a sample: neither its lakes nor its sources need exist.",
		Findings: []*reportv1.Finding{
			sampleFinding(1, "Depth", "Lake Alder is 642 m deep.", "atlas", "survey"),
			sampleFinding(2, "Depth", "Lake Alder is 741 m deep.", "survey"),
			sampleFinding(3, "Depth", "Lake Birch is 406 m deep.", "atlas"),
			sampleFinding(4, "Life", "Nobody has ever counted the fish of Lake Birch.", "notes"),
		},
		Disagreements: []*reportv1.Disagreement{{Reason: "One says 642 m, the other 741 m."}},
		Limits:        []string{"The file soundings.pdf could not be read: it is encrypted."},
		Facts:         &reportv1.Facts{Facts: []*reportv1.Facts_Fact{{Name: "Engine", Value: "extractive"}, {Name: "Sources", Value: "4 found, 1 of them unreadable"}}},
		Charts:        sampleCharts(),
		Sources: []*reportv1.Work{
			{Id: "atlas", Title: "Atlas of Lakes", Authors: []*reportv1.Name{{Family: "Alder", Given: "Ann"}}, Kind: "book", Published: "2019", Url: "https://example.org/atlas", Language: "en"},
			{Id: "survey", Title: "A survey of inland waters", Authors: []*reportv1.Name{{Family: "Birch", Given: "Ben"}}, Kind: "article", Published: "2021-05", Container: "Journal of Lakes", Url: "https://example.org/survey", Language: "en"},
			{Id: "notes", Title: "notes.md", FileName: "notes.md"},
		},
	}
	f := m.GetFindings()
	f[1].Support, f[1].Reason = analysisv1.Support_PARTIAL, "Words of the claim are not in the cited text."
	f[1].DisputingSources, f[1].Tally = 1, "1 source says so, 1 says otherwise."
	m.Disagreements[0].First, m.Disagreements[0].Second = f[0], f[1]
	m.Themes = []*reportv1.Theme{{Name: "Depth", Findings: f[:3]}, {Name: "Life", Findings: f[3:]}}
	m.Summary = []*reportv1.Statement{
		{Text: "Lake Alder is the deeper of the two.", Support: analysisv1.Support_SUPPORTED, Findings: []int32{1, 3}},
		{Text: "Its fish are better known.", Support: analysisv1.Support_SUPPORTED, Findings: []int32{4}},
	}
	ofKind(m)
	return m
}

// ofKind adds what material of its kind has.
func ofKind(m *reportv1.Material) {
	f := m.GetFindings()
	switch m.GetKind() {
	case "FACT_CHECK":
		m.Summary = nil
		for _, finding := range f {
			for _, q := range finding.GetQuotes() {
				q.Stance = "says so"
			}
		}
	case "TIMELINE":
		for i, date := range []string{"1930", "17 May 1985", "May 2021", ""} {
			f[i].Date = date
			m.Events = append(m.Events, &reportv1.Event{Date: date, Finding: f[i]})
		}
		m.Charts = append(m.Charts, &reportv1.Chart{
			Anchor: "timeline", Title: "Timeline", Description: "Events of 1930, 1985 and 2021.", Form: reportv1.Chart_TIME_AXIS,
			Categories: []string{"1930", "17 May 1985", "May 2021"}, Series: []*reportv1.Chart_Series{{Values: []float64{1930, 1985.38, 2021.33}}},
		})
	case "LITERATURE_REVIEW":
		m.Themes[0].Note, m.Themes[1].Note = "Drawn from 2 works.", "Drawn from 1 work."
	case "COMPARISON":
		m.Subjects = []string{"Lake Alder", "Lake Birch"}
		f[0].Subject, f[1].Subject, f[2].Subject, f[3].Subject = "Lake Alder", "Lake Alder", "Lake Birch", "Lake Birch"
		cell := func(i int) *reportv1.Statement {
			return &reportv1.Statement{Text: f[i].GetClaim(), Support: f[i].GetSupport(), Findings: []int32{f[i].GetNumber()}}
		}
		m.Comparison = []*reportv1.ComparisonRow{
			{Respect: "Depth", Cells: []*reportv1.Statement{cell(0), cell(2)}},
			{Cells: []*reportv1.Statement{cell(1), {}}},
			{Respect: "Life", Cells: []*reportv1.Statement{{}, cell(3)}},
		}
	}
}

// sampleFinding makes a finding that sources say word for word.
func sampleFinding(number int32, theme, claim string, sources ...string) *reportv1.Finding {
	f := &reportv1.Finding{
		Number: number, Theme: theme, Claim: claim, Support: analysisv1.Support_SUPPORTED,
		Salience: 1 / float64(number), SupportingSources: int32(len(sources)),
	}
	if len(sources) > 1 {
		f.Tally = fmt.Sprintf("%d sources say so.", len(sources))
	}
	titles := map[string]string{"atlas": "Atlas of Lakes", "survey": "A survey of inland waters", "notes": "notes.md"}
	for i, id := range sources {
		f.Quotes = append(f.Quotes, &reportv1.Quote{
			Text: claim, SourceId: id, SourceTitle: titles[id], Page: int32(i), Support: analysisv1.Support_SUPPORTED,
		})
	}
	return f
}

// sampleCharts are the charts that material of every kind has.
func sampleCharts() []*reportv1.Chart {
	one := func(values ...float64) []*reportv1.Chart_Series { return []*reportv1.Chart_Series{{Values: values}} }
	return []*reportv1.Chart{
		{Anchor: "sources-by-year", Title: "Sources by year", Description: "2 sources: 1 of 2019 and 1 of 2021.", Form: reportv1.Chart_COLUMNS, Categories: []string{"2019", "2020", "2021"}, Series: one(1, 0, 1)},
		{Anchor: "sources-by-kind", Title: "Sources by kind", Description: "1 book, 1 article, 1 file.", Form: reportv1.Chart_BARS, Categories: []string{"book", "article", "file"}, Series: one(1, 1, 1)},
		{Anchor: "evidence-by-source", Title: "Evidence by source", Description: "Quotes: 2 of the atlas, 2 of the survey, 1 of the notes.", Form: reportv1.Chart_BARS, Categories: []string{"Atlas of Lakes", "A survey of inland waters", "notes.md"}, Series: one(2, 2, 1)},
		{Anchor: "agreement", Title: "Agreement on the main claims", Description: "Of the sources of 2 claims, 3 say so and 1 says otherwise.", Form: reportv1.Chart_STACKED_BARS, Categories: []string{"Lake Alder is 642 m deep.", "Lake Alder is 741 m deep."}, Series: []*reportv1.Chart_Series{{Name: "Say so", Values: []float64{2, 1}}, {Name: "Say otherwise", Values: []float64{0, 1}}}},
	}
}
