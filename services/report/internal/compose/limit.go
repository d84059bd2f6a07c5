package compose

import (
	"cmp"
	"fmt"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// limits says what the research could not do: which sources could not be read, and what
// the run says is missing.
func (c *composer) limits() []string {
	var notes []string
	for _, s := range c.found.GetSources() {
		if s.GetOutcome() != researchv1.Source_UNREADABLE {
			continue
		}
		reason := sentence(s.GetOutcomeReason())
		if s.GetFileName() != "" {
			notes = append(notes, fmt.Sprintf("The file %s could not be read: %s", s.GetFileName(), reason))
		} else {
			notes = append(notes, fmt.Sprintf("The source %s could not be asked: %s", cmp.Or(s.GetTitle(), s.GetUrl()), reason))
		}
	}
	for _, missing := range c.found.GetMissing() {
		notes = append(notes, sentence(missing))
	}
	return notes
}

// notice says what a reader must know before all else.
func (c *composer) notice() string {
	switch {
	case !c.evident() && c.is(analysisv1.Kind_FACT_CHECK):
		return "No evidence was found: none of the sources that were read speaks of the claims. " +
			"This is not a finding that they are false."
	case !c.evident():
		return "No evidence was found: none of the sources that were read answers the question. " +
			"This is not a finding that the answer is no."
	case len(c.found.GetMissing()) > 0:
		return "This report is incomplete. What is missing is listed under its limits."
	}
	return ""
}
