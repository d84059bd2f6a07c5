package compose

import (
	"fmt"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// check reports a finding that rests on nothing, or on a source that is not there.
func (c *composer) check() error {
	for i, f := range c.found.GetFindings() {
		if len(f.GetCitations()) == 0 && !c.is(analysisv1.Kind_FACT_CHECK) {
			return fmt.Errorf("%w: finding %d has no citation", ErrContent, i+1)
		}
		for _, citation := range f.GetCitations() {
			if c.sources[citation.GetSourceId()] == nil {
				return fmt.Errorf("%w: finding %d cites unknown source %q", ErrContent, i+1, citation.GetSourceId())
			}
		}
	}
	return c.checkSummary()
}

// checkSummary reports a sentence of the summary that rests on nothing.
func (c *composer) checkSummary() error {
	for i, s := range c.found.GetSummary() {
		cited := false
		for _, id := range s.GetFindingIds() {
			at, ok := c.places[id]
			if !ok {
				return fmt.Errorf("%w: sentence %d of the summary is made of an unknown finding", ErrContent, i+1)
			}
			cited = cited || len(c.found.GetFindings()[at].GetCitations()) > 0
		}
		if !cited {
			return fmt.Errorf("%w: sentence %d of the summary has no citation", ErrContent, i+1)
		}
	}
	return nil
}
