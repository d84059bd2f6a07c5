package compose_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/compose"
)

// found is a small research with two cited sources, a weak finding and a failure.
func found() *reportv1.ComposeReportRequest {
	return &reportv1.ComposeReportRequest{
		Question: "How deep is Lake Baikal?", Engine: "extractive",
		Findings: []*analysisv1.Finding{
			finding("f1", "It is 1,642 m deep.", "Depth", cited("b", "1,642 m"), cited("a", "1642 m")),
			finding("f2", "It is 1,637 m deep.", "Depth", cited("a", "1,637 m")),
			finding("f3", "It may be old.", "Age", cited("b", "old")),
		},
		Sources: []*researchv1.Source{
			{Id: "a", Title: "Lakes", Url: "https://example.org/lakes", Connector: "web", Kind: "page", Published: "2019", Language: "en", Outcome: researchv1.Source_USED},
			{Id: "b", FileName: "baikal.pdf", Connector: "library", Published: "2021-05", Language: "de", Outcome: researchv1.Source_USED},
			{Id: "c", Title: "Never cited", Connector: "web", Language: "en", Outcome: researchv1.Source_USED},
			{Id: "d", FileName: "broken.pdf", Connector: "library", Outcome: researchv1.Source_UNREADABLE, OutcomeReason: "it is encrypted"},
		},
	}
}

func cited(source, quote string) *analysisv1.Citation {
	return &analysisv1.Citation{SourceId: source, Quote: quote, Support: analysisv1.Support_SUPPORTED}
}

func finding(id, claim, theme string, citations ...*analysisv1.Citation) *analysisv1.Finding {
	return &analysisv1.Finding{Id: id, Claim: claim, Section: theme, Support: analysisv1.Support_SUPPORTED, Citations: citations}
}

// made composes what was found; change edits it before that.
func made(t *testing.T, change func(*reportv1.ComposeReportRequest)) *reportv1.Material {
	t.Helper()
	in := found()
	change(in)
	m, err := compose.Material(in, compose.Options{})
	require.NoError(t, err)
	return m
}

func unchanged(*reportv1.ComposeReportRequest) {}

func TestMaterial_FindingsKeepTheirOrderAndQuotes(t *testing.T) {
	t.Parallel()
	m := made(t, unchanged)
	require.Len(t, m.GetFindings(), 3)
	require.Equal(t, int32(3), m.GetFindings()[2].GetNumber())
	require.Equal(t, "baikal.pdf", m.GetFindings()[0].GetQuotes()[0].GetSourceTitle(), "a file is called by its name")
	require.Equal(t, []string{"b", "a"}, []string{m.GetSources()[0].GetId(), m.GetSources()[1].GetId()}, "as findings rest on them; what nobody cites is none")
}

func TestMaterial_Title(t *testing.T) {
	t.Parallel()
	require.Equal(t, "How deep is Lake Baikal?", made(t, unchanged).GetTitle())
	m, err := compose.Material(found(), compose.Options{Title: "Baikal"})
	require.NoError(t, err)
	require.Equal(t, "Baikal", m.GetTitle())
}

func TestMaterial_TheLanguageIsThatOfMostSources(t *testing.T) {
	t.Parallel()
	require.Equal(t, "en", made(t, unchanged).GetLanguage())
	require.Equal(t, "de", made(t, func(r *reportv1.ComposeReportRequest) {
		r.Sources = r.GetSources()[1:2]
		r.Findings = r.GetFindings()[2:]
	}).GetLanguage())
	require.Equal(t, "en", made(t, func(r *reportv1.ComposeReportRequest) { r.Sources, r.Findings = nil, nil }).GetLanguage(), "unless nothing is known")
}

func TestMaterial_LimitsNameWhatFailedAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Sources = append(r.Sources, &researchv1.Source{Id: "e", Url: "https://example.org/x", Outcome: researchv1.Source_UNREADABLE, OutcomeReason: "it is gone."})
		r.Missing = []string{"2 USD were used up"}
	})
	require.Equal(t, []string{
		"The file broken.pdf could not be read: it is encrypted.",
		"The source https://example.org/x could not be asked: it is gone.",
		"2 USD were used up.",
	}, m.GetLimits())
	require.Contains(t, m.GetNotice(), "incomplete")
}

func TestMaterial_NoFindingsSaySo(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) { r.Findings = nil })
	require.True(t, m.GetEmpty())
	require.Contains(t, m.GetNotice(), "No evidence was found")
	require.False(t, made(t, unchanged).GetEmpty())
	require.Empty(t, made(t, unchanged).GetNotice())
}

func TestMaterial_ClaimsThatNoSourceSpeaksOfAreNoEvidence(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Kind, r.Findings = analysisv1.Kind_FACT_CHECK, []*analysisv1.Finding{{Id: "f1", Claim: "Nobody knows."}}
	})
	require.True(t, m.GetEmpty())
	require.Contains(t, m.GetNotice(), "not a finding that they are false")
	require.Len(t, m.GetFindings(), 1)
}

func TestMaterial_TheSummaryNamesItsFindings(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Summary = []*analysisv1.SummarySentence{{Text: "It is over 1,600 m deep.", FindingIds: []string{"f1", "f2"}}}
	})
	require.Len(t, m.GetSummary(), 1)
	require.Equal(t, []int32{1, 2}, m.GetSummary()[0].GetFindings())
}

func TestMaterial_RefusesWhatContradictsItself(t *testing.T) {
	t.Parallel()
	summary := func(ids ...string) func(*reportv1.ComposeReportRequest) {
		return func(r *reportv1.ComposeReportRequest) {
			r.Kind = analysisv1.Kind_FACT_CHECK
			r.Findings = append(r.Findings, &analysisv1.Finding{Id: "f4", Claim: "Nobody knows."})
			r.Summary = []*analysisv1.SummarySentence{{Text: "Nobody knows.", FindingIds: ids}}
		}
	}
	tests := map[string]func(*reportv1.ComposeReportRequest){
		"a citation of no source":                  func(r *reportv1.ComposeReportRequest) { r.Sources = r.GetSources()[1:] },
		"a citation of what could not be read":     func(r *reportv1.ComposeReportRequest) { r.Findings[0].Citations[0].SourceId = "d" },
		"a finding without a citation":             func(r *reportv1.ComposeReportRequest) { r.Findings[0].Citations = nil },
		"a summary of nothing":                     summary(),
		"a summary of a finding that is not there": summary("f1", "f9"),
		"a summary of a claim without a citation":  summary("f4"),
	}
	for name, breakIt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := found()
			breakIt(in)
			_, err := compose.Material(in, compose.Options{})
			require.ErrorIs(t, err, compose.ErrContent)
		})
	}
}

func TestMaterial_EachDisagreementIsToldOnce(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) {
		r.Findings[0].Contradictions = []*analysisv1.Contradiction{{FindingId: "f2", Reason: "One says 1,642 m, the other 1,637 m"}, {FindingId: "gone"}}
		r.Findings[1].Contradictions = []*analysisv1.Contradiction{{FindingId: "f1", Reason: "The same"}}
	})
	require.Len(t, m.GetDisagreements(), 1)
	require.Equal(t, "One says 1,642 m, the other 1,637 m.", m.GetDisagreements()[0].GetReason())
	require.Equal(t, int32(2), m.GetDisagreements()[0].GetSecond().GetNumber())
}

func TestMaterial_FactsTellOfTheMaking(t *testing.T) {
	t.Parallel()
	values := func(m *reportv1.Material) map[string]string {
		out := map[string]string{}
		for _, f := range m.GetFacts().GetFacts() {
			out[f.GetName()] = f.GetValue()
		}
		return out
	}
	require.Equal(t, map[string]string{
		"Engine": "extractive", "Sources from library": "2 found, 1 used, 1 unreadable", "Sources from web": "2 found, 2 used",
	}, values(made(t, unchanged)), "what is not known is not told, and what cost nothing has no cost")

	in := found()
	in.Model, in.Usage = "m", &analysisv1.Usage{InputTokens: 10, OutputTokens: 2, CostUsd: 0.25}
	m, err := compose.Material(in, compose.Options{Ended: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	require.NoError(t, err)
	got := values(m)
	require.Equal(t, "0.2500 USD", got["Cost"])
	require.Equal(t, "10 in, 2 out", got["Tokens"])
	require.Equal(t, "2026-01-02 03:04:05 UTC", got["Finished"])
}

func TestMaterial_KnowsWhatIsSaidWordForWord(t *testing.T) {
	t.Parallel()
	m := made(t, func(r *reportv1.ComposeReportRequest) { r.Findings[1].Citations[0].Quote = "It is\n1,637 m deep." })
	require.True(t, m.GetFindings()[1].GetQuotes()[0].GetVerbatim())
	require.False(t, m.GetFindings()[0].GetQuotes()[0].GetVerbatim())
}
