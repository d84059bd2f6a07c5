// Package sample holds what an analysis might have found, for templates to be looked at
// before there is an analysis: of each part that a report can have there is some.
package sample

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// Content returns a sample of an answer's shape.
func Content(kind analysisv1.Kind) *reportv1.ComposeReportRequest {
	kind = max(kind, analysisv1.Kind_SUMMARY)
	found := &reportv1.ComposeReportRequest{
		AnalysisId: "00000000-0000-7000-8000-000000000000", Question: "How do Lake Baikal and Lake Tanganyika compare?", Kind: kind,
		Engine: "extractive", Sources: sources(), Findings: findings(),
		Missing:   []string{"One of the places that were asked did not answer in time."},
		StartTime: timestamppb.New(time.Date(2026, 1, 2, 9, 30, 0, 0, time.UTC)),
	}
	if kind == analysisv1.Kind_FACT_CHECK {
		found.Findings = append(found.Findings, &analysisv1.Finding{
			Id: "f7", Ordinal: 7, Claim: "Nobody has ever swum across Lake Baikal.", Support: analysisv1.Support_UNSUPPORTED,
			SupportReason: "None of the sources speaks of it.",
		})
		return found
	}
	found.Summary = []*analysisv1.SummarySentence{
		{Text: "Lake Baikal is the deepest lake, 1,642 m deep, and Lake Tanganyika the second.", FindingIds: []string{"f1", "f2"}},
		{Text: "Lake Tanganyika is the longest freshwater lake.", FindingIds: []string{"f5"}},
	}
	return found
}

// sources are four that were read, of several kinds, and one that could not be.
func sources() []*researchv1.Source {
	return []*researchv1.Source{
		{
			Id: "atlas", Title: "Atlas of Deep Lakes", Authors: []string{"Marie Lindqvist", "Jean-Paul Okoye"}, Kind: "book", Published: "2014",
			Publisher: "Northern Press", Identifiers: map[string]string{"isbn": "9780000000002"}, Connector: "library", FileName: "atlas.pdf",
		},
		{
			Id: "survey", Title: "A sonar survey of Lake Baikal", Authors: []string{"Anna Petrova"}, Kind: "article", Published: "2019-05",
			Container: "Journal of Lake Studies", Url: "https://example.org/survey", Identifiers: map[string]string{"doi": "10.5555/lakes.1"}, Connector: "crossref",
		},
		{
			Id: "preprint", Title: "Rift lakes and their age", Authors: []string{"Samuel Mbeki"}, Kind: "preprint", Published: "2021-11-03", Preprint: true,
			Url: "https://example.org/preprint", Connector: "arxiv",
		},
		{Id: "page", Title: "Lake Tanganyika", Kind: "encyclopedia", Published: "2023", Url: "https://example.org/tanganyika", Connector: "web"},
		{Id: "broken", FileName: "depths.xls", Connector: "library", Outcome: researchv1.Source_UNREADABLE, OutcomeReason: "the file is damaged"},
	}
}

// findings are six, on two subjects in three respects, with dates; two contradict each
// other and one is only partly supported.
func findings() []*analysisv1.Finding {
	list := []*analysisv1.Finding{
		about{"Baikal", "Depth", "2019-05"}.finding("f1", "Lake Baikal is 1,642 m deep.", citation("survey", "The greatest depth that was sounded in Lake Baikal is 1,642 m.")),
		about{"Tanganyika", "Depth", "2014"}.finding("f2", "Lake Tanganyika is 1,470 m deep.", citation("atlas", "Lake Tanganyika reaches a depth of 1,470 m.")),
		about{"Baikal", "Depth", "1930"}.finding("f3", "Lake Baikal is 1,741 m deep.", citation("atlas", "Older maps give a depth of 1,741 m for Lake Baikal.")),
		about{"Baikal", "Age", ""}.finding("f4", "Lake Baikal is some 25 million years old.", citation("preprint", "Baikal, at 25 to 30 million years, is the oldest lake.")),
		about{"Tanganyika", "Size", ""}.finding("f5", "Lake Tanganyika is the longest freshwater lake, 673 km from end to end.", citation("page", "With 673 km it is the longest freshwater lake.")),
		about{"Tanganyika", "Age", "2021-11-03"}.finding("f6", "Lake Tanganyika is younger than Lake Baikal.", citation("preprint", "Tanganyika formed 9 to 12 million years ago.")),
	}
	list[0].SupportingSources, list[0].DisputingSources = 2, 1
	list[0].Citations = append(list[0].Citations, citation("page", "Only Baikal, with 1,642 m, is deeper."))
	list[0].Contradictions = []*analysisv1.Contradiction{{FindingId: "f3", Reason: "One says 1,642 m, the other 1,741 m."}}
	list[5].Support, list[5].SupportReason = analysisv1.Support_PARTIAL, "The quote does not name Lake Baikal."
	for i, f := range list {
		f.Ordinal = int32(i + 1)
		f.Salience = 1 - float64(i)/10
	}
	return list
}

// about is what a finding is about.
type about struct{ lake, theme, date string }

func (a about) finding(id, claim string, rests *analysisv1.Citation) *analysisv1.Finding {
	return &analysisv1.Finding{
		Id: id, Subject: "Lake " + a.lake, Section: a.theme, Date: a.date, Claim: claim, Support: analysisv1.Support_SUPPORTED,
		Citations: []*analysisv1.Citation{rests}, SupportingSources: 1,
	}
}

func citation(source, quote string) *analysisv1.Citation {
	return &analysisv1.Citation{SourceId: source, Quote: quote, Support: analysisv1.Support_SUPPORTED, Score: 0.9}
}
