// Package documenttest makes documents that renderers are tested on.
package documenttest

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Full returns a document with every kind of block and of running text.
func Full() *reportv1.Document {
	return &reportv1.Document{
		Title: "How deep are the lakes?", Question: "How deep are the lakes of the world?", Language: "en", Layout: reportv1.Document_PAGES,
		Notice: "This report is incomplete. What is missing is listed under its limits.",
		Sections: []*reportv1.Section{
			section("section-1", "Summary", reportv1.Section_SUMMARY,
				paragraph(text("Baikal is the deepest lake."), citation(1, 2), text(" Superior is wide | flat."), citation(2), verdict())),
			section("section-2", "Side by side", reportv1.Section_COMPARISON, table()),
			section("section-3", "What happened when", reportv1.Section_TIMELINE, timeline(), chart()),
			section("section-4", "Depth", reportv1.Section_FINDINGS, finding(1, analysisv1.Support_SUPPORTED), finding(2, analysisv1.Support_PARTIAL)),
			section("section-5", "Where sources disagree", reportv1.Section_DISAGREEMENTS, disagreement()),
			section("section-6", "Notes of the template", reportv1.Section_ROLE_UNSPECIFIED, prose()...),
			section("section-7", "What this research could not answer", reportv1.Section_LIMITS, list(false, "Some places that were asked did not answer.")),
			section("section-8", "Sources", reportv1.Section_REFERENCES, &reportv1.Block{Kind: &reportv1.Block_ReferenceList{ReferenceList: &reportv1.ReferenceList{}}}),
			section("section-9", "How this report was made", reportv1.Section_PROVENANCE, facts()),
		},
		References: []*reportv1.Reference{
			reference(1, "Atlas of Lakes", "https://example.org/atlas?a=1&b=2"),
			reference(2, "survey.md", ""),
		},
		Provenance: &reportv1.Provenance{
			AnalysisId: "01970000-0000-7000-8000-000000000001", Question: "How deep are the lakes of the world?", Engine: "extractive",
			StartTime: day(2026, 1, 2), EndTime: day(2026, 1, 2), TemplateId: "detailed", CitationStyle: "NUMBERED",
			Searches: []*reportv1.Provenance_Search{{Connector: "library", Found: 2, Used: 2}},
		},
	}
}

func section(anchor, heading string, role reportv1.Section_Role, blocks ...*reportv1.Block) *reportv1.Section {
	return &reportv1.Section{Anchor: anchor, Heading: []*reportv1.Inline{text(heading)}, Role: role, Blocks: blocks}
}

func finding(number int32, support analysisv1.Support) *reportv1.Block {
	claim := "Lake Baikal is 1,642 m deep."
	quotes := []*reportv1.Quote{
		{Text: claim, SourceId: "s1", SourceTitle: "Atlas of Lakes", Page: 7, Support: support, Citation: citation(1).GetCitation()},
		{Text: "It is 1,642 metres deep.", SourceId: "s2", SourceTitle: "survey.md", Support: analysisv1.Support_SUPPORTED, Citation: citation(2).GetCitation()},
	}
	f := &reportv1.Finding{
		Number: number, Claim: claim, Support: support, Theme: "Depth", Date: "17 May 2021", Salience: 0.5,
		SupportingSources: 2, Tally: "2 sources say so.", Quotes: quotes,
	}
	if support != analysisv1.Support_SUPPORTED {
		f.Reason = "Words of the claim are not in the cited text."
	}
	return &reportv1.Block{Kind: &reportv1.Block_Finding{Finding: &reportv1.FindingBlock{
		Anchor: anchor("finding", number), Finding: f, Citation: citation(1, 2).GetCitation(), Quotes: quotes,
	}}}
}

func table() *reportv1.Block {
	cell := func(parts ...*reportv1.Inline) *reportv1.Table_Cell { return &reportv1.Table_Cell{Text: parts} }
	return &reportv1.Block{Kind: &reportv1.Block_Table{Table: &reportv1.Table{
		Columns: []*reportv1.Table_Column{{}, {Heading: []*reportv1.Inline{text("Baikal")}}, {Heading: []*reportv1.Inline{text("Superior | wide")}, Align: reportv1.Table_END}},
		Rows: []*reportv1.Table_Row{
			{Cells: []*reportv1.Table_Cell{{Text: []*reportv1.Inline{text("Depth")}, Heading: true}, cell(text("1,642 m"), citation(1)), cell(text("406 m"))}},
			{Cells: []*reportv1.Table_Cell{{Text: []*reportv1.Inline{text("Shape")}, Heading: true}, cell(), cell(text("wide | flat"), citation(2), verdict())}},
		},
	}}}
}

func timeline() *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Timeline{Timeline: &reportv1.Timeline{Events: []*reportv1.Timeline_Event{
		{Date: "1990", Text: []*reportv1.Inline{text("The lake was sounded."), citation(1)}},
		{Text: []*reportv1.Inline{text("It was named."), citation(2)}},
	}}}}
}

func chart() *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Chart{Chart: &reportv1.Chart{
		Anchor: "chart-1", Title: "Sources by year", Description: "2 sources: 1 of 2019 and 1 of 2021.", Form: reportv1.Chart_COLUMNS,
		Categories: []string{"2019", "2020", "2021"}, Series: []*reportv1.Chart_Series{{Values: []float64{1, 0, 1}}},
	}}}
}

func disagreement() *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Disagreement{Disagreement: &reportv1.DisagreementBlock{
		Reason: "One says 1,642 m, the other 1,741 m.",
		First:  []*reportv1.Inline{text("Lake Baikal is 1,642 m deep."), citation(1), number(1)},
		Second: []*reportv1.Inline{text("Lake Baikal is 1,741 m deep."), citation(2), number(2)},
	}}}
}

func facts() *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Facts{Facts: &reportv1.Facts{Facts: []*reportv1.Facts_Fact{
		{Name: "Engine", Value: "extractive"}, {Name: "Started", Value: "2026-01-02 03:04:05 UTC"},
	}}}}
}

func reference(n int32, title, url string) *reportv1.Reference {
	r := &reportv1.Reference{
		Anchor: anchor("source", n), Label: "[" + label(n) + "]", Text: []*reportv1.Inline{text("Curie, M. "), styled(reportv1.Span_EMPHASIS, text(title)), text(".")},
		Findings: []int32{1, 2}, FetchTime: day(2026, 1, 2), SnapshotSha256: digest,
		Work: &reportv1.Work{
			Id: "s" + label(n), Title: title, Authors: []*reportv1.Name{{Family: "Curie", Given: "Marie"}}, Kind: "article", Published: "2019-05",
			Container: "Journal of Lakes", Publisher: "Lake Press", Url: url, Language: "en", Accessed: "2026-01-02",
			Identifiers: map[string]string{"doi": "10.1000/lakes." + label(n)},
		},
	}
	if url == "" {
		r.Work.FileName, r.Warnings = title, []string{"preprint"}
		return r
	}
	r.Text = append(r.Text, text(" "), &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: url, Text: []*reportv1.Inline{text(url)}}}})
	return r
}

// digest is that of a snapshot.
const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func day(year int, month time.Month, day int) *timestamppb.Timestamp {
	return timestamppb.New(time.Date(year, month, day, 3, 4, 5, 0, time.UTC))
}
