package readable

import (
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Verdict says a verdict in words. An unknown one is not checked, never supported.
func Verdict(s analysisv1.Support) string {
	switch s {
	case analysisv1.Support_SUPPORTED:
		return "supported"
	case analysisv1.Support_PARTIAL:
		return "partly supported"
	case analysisv1.Support_UNSUPPORTED:
		return "not supported"
	case analysisv1.Support_CONTRADICTED:
		return "contradicted"
	default:
		return "not checked"
	}
}

// Outcome says the verdict on a finding in words. About a claim that nothing was found
// on there is none.
func Outcome(f *reportv1.Finding) string {
	if len(f.GetQuotes()) == 0 {
		return "nothing found"
	}
	return Verdict(f.GetSupport())
}

// Note is what is said of a quote beside its source: what it does to a claim that was
// given; elsewhere the verdict, unless it is that it supports its finding.
func Note(q *reportv1.Quote) string {
	switch {
	case q.GetStance() != "":
		return q.GetStance()
	case q.GetSupport() != analysisv1.Support_SUPPORTED:
		return Verdict(q.GetSupport())
	}
	return ""
}

// About is what is said of a finding below its claim: who says so, and why the verdict
// is not better.
func About(f *reportv1.Finding) string {
	return strings.TrimSpace(f.GetTally() + " " + f.GetReason())
}
