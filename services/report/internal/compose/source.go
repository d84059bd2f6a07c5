package compose

import (
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// cited returns the sources that findings rest on, in the order in which findings do.
func (c *composer) cited() []*reportv1.Work {
	seen := map[string]bool{}
	var works []*reportv1.Work
	for _, f := range c.findings {
		for _, q := range f.GetQuotes() {
			if !seen[q.GetSourceId()] {
				seen[q.GetSourceId()] = true
				works = append(works, cite.WorkOf(c.sources[q.GetSourceId()]))
			}
		}
	}
	return works
}
