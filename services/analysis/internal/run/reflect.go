package run

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// maxQuery is how many characters a query may have, in research.
const maxQuery = 2000

// reflect looks at what the evidence leaves unanswered, and starts another round if
// there is something to search for.
func (t *task) reflect(ctx context.Context) (Outcome, error) {
	on := Outcome{Next: StepAnalyze, State: store.Analyzing, Progress: progressCollected}
	m, err := t.material(ctx)
	if err != nil {
		return Outcome{}, err
	}
	request := t.request(m)
	var found engine.Reflection
	ask := func(ctx context.Context, e engine.Engine) (err error) {
		found, err = e.Reflect(ctx, request)
		return err
	}
	reason, err := t.withModel(ctx, engine.StepReflect, ask)
	if err != nil {
		return Outcome{}, err
	}
	if reason != "" {
		on.Missing = []string{"No further round of collecting was made, because " + reason + "."}
		return on, nil
	}
	queries := t.news(found.Queries, request.Asked)
	if len(queries) == 0 || t.late() {
		return on, nil
	}
	next := &analysisv1.Round{Round: int32(t.round + 1), Questions: first(found.Unanswered, MaxQueries), Queries: queries}
	parts, err := wire.EncodeParts(append(slices.Clone(t.parts.GetRounds()), next), t.parts.GetSummary())
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{
		Next: At(StepSearch, t.round+1), State: store.Collecting, Progress: t.progress(t.round),
		Events: []*analysisv1.Event{RoundStarted(next)}, Change: func(a *store.Analysis) { a.Parts = parts },
	}, nil
}

// news returns the queries that were not asked before, as many as a round takes.
func (t *task) news(queries, asked []string) []string {
	seen := map[string]bool{plainly(t.req.GetQuestion()): true}
	for _, q := range asked {
		seen[plainly(q)] = true
	}
	var out []string
	for _, q := range queries {
		q = strings.TrimSpace(q)
		if q == "" || seen[plainly(q)] || utf8.RuneCountInString(q) > maxQuery {
			continue
		}
		seen[plainly(q)] = true
		out = append(out, q)
	}
	return first(out, min(t.breadth(), MaxQueries))
}

// plainly is a query without what search engines do not look at.
func plainly(query string) string { return strings.ToLower(strings.Join(strings.Fields(query), " ")) }
