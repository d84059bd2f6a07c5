package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
)

// claiming lets the engine make claims, each with the evidence at an index as a quote.
func claiming(claims map[string]int) func(*fixture) {
	return func(f *fixture) {
		f.script.analyze = func(r engine.Request) engine.Analysis {
			var out engine.Analysis
			for i, e := range r.Evidence {
				for claim, at := range claims {
					if at == i {
						out.Findings = append(out.Findings, engine.Finding{Claim: claim, Salience: 1, Citations: []engine.Quote{
							{EvidenceID: e.ID, SourceID: e.SourceID, Text: e.Text, Start: e.Start, End: e.Start + len(e.Text)},
						}})
					}
				}
			}
			for i, claim := range r.Question.Claims { // of a fact check, those without evidence too
				if _, ok := claims[claim]; !ok {
					out.Findings = append(out.Findings[:min(i, len(out.Findings))], append([]engine.Finding{{Claim: claim}}, out.Findings[min(i, len(out.Findings)):]...)...)
				}
			}
			return out
		}
	}
}

// Claims that words alone leave in doubt: one names what its source does not, the other
// gives a number.
const (
	logSays    = "The write-ahead log protects data because every change is written to it before the data pages are changed."
	withName   = "In Postgres the write-ahead log protects data because every change is written to it before the data pages are changed."
	withNumber = "The write-ahead log protects data in 12 ways because every change is written to it before the data pages are changed."
)

func TestDoubts_GoToTheModel(t *testing.T) {
	t.Parallel()
	const yes, part, no, against = analysisv1.Support_SUPPORTED, analysisv1.Support_PARTIAL, analysisv1.Support_UNSUPPORTED, analysisv1.Support_CONTRADICTED
	tests := map[string]struct {
		claim  string
		says   engine.Judgement
		want   analysisv1.Support
		by     string
		reason string
	}{
		"it finds support":               {withName, engine.Supports, yes, "openai", ""},
		"it finds some":                  {withName, engine.Partly, part, "openai", "The model says that the text bears out a part of it."},
		"it finds none":                  {withName, engine.Not, no, "openai", "The model says that the text does not bear it out."},
		"it finds the contrary":          {withName, engine.Against, against, "openai", "The model says that the text speaks against it."},
		"it does not know":               {withName, engine.Undecided, part, "check", "A name of the claim is not in the cited text."},
		"a missing number stays missing": {withNumber, engine.Supports, part, "check", "A number of the claim is not in the cited text."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []engine.Doubt
			f := setup(t, claiming(map[string]int{tc.claim: 0}), func(f *fixture) {
				f.script.judge = func(d engine.Doubt) engine.Judgement { asked = append(asked, d); return tc.says }
			})
			a := f.finish(f.start())
			require.Len(t, asked, 1)
			require.Equal(t, engine.Doubt{Claim: tc.claim, Quote: logSays, Context: documents()[0].Text}, asked[0])
			found := f.findings(a.GetId())
			require.Len(t, found, 1)
			require.Equal(t, tc.want, found[0].GetSupport())
			require.Equal(t, tc.by, found[0].GetCitations()[0].GetCheckedBy())
			require.Equal(t, tc.reason, found[0].GetSupportReason())
		})
	}
}

func TestDoubts_WithoutAModelTheCheckStands(t *testing.T) {
	t.Parallel()
	f := setup(t, claiming(map[string]int{withName: 0}), failing(engine.ErrBudget, engine.StepVerify))
	a := f.finish(f.start())
	require.Equal(t, []string{"Doubtful citations were not judged by a model, because the budget is used up."}, a.GetMissing())
	require.Equal(t, analysisv1.Support_PARTIAL, f.findings(a.GetId())[0].GetSupport())
}

func TestStrict_KeepsWhatIsSupported(t *testing.T) {
	t.Parallel()
	f := setup(t, claiming(map[string]int{withName: 0, documents()[1].Text: 2}))
	a := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) { r.CitationPolicy = analysisv1.CitationPolicy_STRICT }))
	found := f.findings(a.GetId())
	require.Len(t, found, 1)
	require.Equal(t, analysisv1.Support_SUPPORTED, found[0].GetSupport())
	require.EqualValues(t, 1, found[0].GetOrdinal())
	require.EqualValues(t, 1, found[0].GetSupportingSources())
}

func TestFactCheck_GivesAVerdictOnEachClaim(t *testing.T) {
	t.Parallel()
	const holds, fails, unknown = "Segments of the log hold 16 megabytes of data each.", "Segments of the log hold 64 megabytes of data each.", "Bread rises in the oven."
	f := setup(t, func(f *fixture) {
		f.research.Documents = []peertest.Document{{Title: "Manual", Text: "Segments of the log hold 16 megabytes of data each."}}
	}, claiming(map[string]int{holds: 0, fails: 0}), func(f *fixture) {
		analyze := f.script.analyze
		f.script.analyze = func(r engine.Request) engine.Analysis { // in the order of the claims
			byClaim := map[string]engine.Finding{}
			for _, found := range analyze(r).Findings {
				byClaim[found.Claim] = found
			}
			var out engine.Analysis
			for _, claim := range r.Question.Claims {
				out.Findings = append(out.Findings, byClaim[claim])
			}
			return out
		}
	})
	a := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) {
		r.Kind, r.Claims, r.CitationPolicy = analysisv1.Kind_FACT_CHECK, []string{holds, fails, unknown}, analysisv1.CitationPolicy_STRICT
	}))
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%v", a)
	found := f.findings(a.GetId())
	require.Len(t, found, 3, "the verdict is the answer, whatever the policy")
	require.Equal(t, []string{holds, fails, unknown}, []string{found[0].GetClaim(), found[1].GetClaim(), found[2].GetClaim()})
	require.Equal(t, analysisv1.Support_SUPPORTED, found[0].GetSupport())
	require.Equal(t, analysisv1.Support_CONTRADICTED, found[1].GetSupport())
	require.EqualValues(t, 1, found[1].GetDisputingSources())
	require.Equal(t, "The cited text gives another number.", found[1].GetSupportReason())
	require.Equal(t, analysisv1.Support_UNSUPPORTED, found[2].GetSupport())
	require.Equal(t, "No source says anything about it.", found[2].GetSupportReason())
	require.Equal(t, []string{holds, fails, unknown}, a.GetClaims())
}

func TestFactCheck_WithoutAnyEvidenceSaysSo(t *testing.T) {
	t.Parallel()
	f := setup(t, claiming(nil))
	a := f.finish(f.start(func(r *analysisv1.StartAnalysisRequest) { r.Kind = analysisv1.Kind_FACT_CHECK }))
	require.Equal(t, analysisv1.Analysis_NO_EVIDENCE, a.GetState())
	require.Equal(t, []string{question}, a.GetClaims(), "the question is the claim")
	require.Len(t, f.findings(a.GetId()), 1)
}

func TestContradictions_ArePairedAcrossSources(t *testing.T) {
	t.Parallel()
	const one, other = "Segments of the write-ahead log hold 16 megabytes of data each.", "Segments of the write-ahead log hold 64 megabytes of data each."
	f := setup(t, func(f *fixture) {
		f.research.Documents = []peertest.Document{{Title: "One", Text: one}, {Title: "Other", Text: other}}
	}, claiming(map[string]int{one: 0, other: 1}))
	a := f.finish(f.start())
	found := f.findings(a.GetId())
	require.Len(t, found, 2)
	for i, finding := range found {
		require.Len(t, finding.GetContradictions(), 1)
		require.Equal(t, found[1-i].GetId(), finding.GetContradictions()[0].GetFindingId())
		require.Equal(t, "One says 16 megabytes, the other 64 megabytes.", finding.GetContradictions()[0].GetReason())
		require.EqualValues(t, 1, finding.GetSupportingSources())
		require.EqualValues(t, 1, finding.GetDisputingSources())
	}
}

func TestSummary_ClaimsNothingThatItsFindingsDoNot(t *testing.T) {
	t.Parallel()
	f := setup(t, claiming(map[string]int{logSays: 0, documents()[1].Text: 2}), func(f *fixture) {
		f.script.write = func(findings []engine.Finding) []engine.Sentence {
			return []engine.Sentence{
				{Text: findings[0].Claim, Findings: []int{0}},
				{Text: "It does so in 40 ways.", Findings: []int{0}},
				{Text: findings[1].Claim, Findings: nil},
				{Text: findings[1].Claim, Findings: []int{7, -1}},
				{Text: "Bakers knead the dough for ten minutes.", Findings: []int{1}},
				{Text: "  ", Findings: []int{1}},
				{Text: findings[1].Claim, Findings: []int{1, 1, 9}},
			}
		}
	})
	a := f.finish(f.start())
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState())
	found := f.findings(a.GetId())
	require.Len(t, a.GetSummary(), 2)
	for i, sentence := range a.GetSummary() {
		require.Equal(t, found[i].GetClaim(), sentence.GetText())
		require.Equal(t, []string{found[i].GetId()}, sentence.GetFindingIds())
	}
	require.Equal(t, 1, f.count(a.GetId(), analysisv1.Event_TEXT))
	composed := f.report.Composed()[0]
	require.Len(t, composed.GetSummary(), 2)
	require.Equal(t, analysisv1.Kind_SUMMARY, composed.GetKind())
}
