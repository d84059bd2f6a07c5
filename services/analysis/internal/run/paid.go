package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
)

// defaultBreadth is how many queries a connector is asked in a round of a run that
// does not say, as in research.
const defaultBreadth = 4

// breadth is how many queries a round asks.
func (t *task) breadth() int { return breadth(t.req.GetParameters()) }

func breadth(p *researchv1.ResearchParameters) int {
	return cmp.Or(int(p.GetBreadth()), defaultBreadth)
}

// Requests is how many requests a connector gets at most in a round with so many
// queries.
func Requests(p *researchv1.ResearchParameters, queries int) int {
	return min(queries, breadth(p)) * max(1, int(p.GetDepth()))
}

// requests is how many requests a connector gets in this round at most.
func (t *task) requests() int {
	queries := len(t.roundQueries())
	if t.round == 1 {
		queries++ // the question itself
	}
	return Requests(t.req.GetParameters(), queries)
}

// searchAccount is who pays for the searches of this round. Its task is the same in the
// two steps that reserve and settle.
func (t *task) searchAccount() spend.Account {
	return spend.Account{
		WorkspaceID: t.a.WorkspaceID, UserID: t.a.UserID, AnalysisID: t.a.ID,
		Task:   fmt.Sprintf("%s of collection %d", At(StepSearch, t.round), t.a.Collection),
		Budget: t.Book.RunBudget(Budget(t.req)),
	}
}

// unaffordable says why a connector is not asked, and gives back what was set aside for
// a part of its requests. An error that says nothing of the kind is returned.
func (t *task) unaffordable(ctx context.Context, name string, err error) (reason string, _ error) {
	switch {
	case err == nil: // there was room for some
		return "the budget does not suffice", t.Book.SettleSearch(ctx, t.searchAccount(), name, 0)
	case errors.Is(err, engine.ErrBudget):
		return "the budget is used up", nil
	case errs.Reason(err) == "PRICE_UNKNOWN":
		return "what it costs is not known", nil
	}
	return "", fmt.Errorf("set aside what %s costs: %w", name, err)
}

// settlePaid notes how many requests the connectors that cost money got in this round.
// Research counts those of all rounds together.
func (t *task) settlePaid(ctx context.Context, research *researchv1.Research) error {
	for _, c := range research.GetConnectors() {
		if !t.Book.Paid(c.GetConnector()) {
			continue
		}
		made := int(c.GetRequests())
		if c.GetState() == researchv1.ConnectorOutcome_SKIPPED || c.GetState() == researchv1.ConnectorOutcome_FAILED {
			made = int(c.GetAnswered()) // what was refused is not charged
		}
		if t.round > 1 {
			made = min(made, t.requests())
		}
		if err := t.Book.SettleSearch(ctx, t.searchAccount(), c.GetConnector(), made); err != nil {
			return fmt.Errorf("settle what %s cost: %w", c.GetConnector(), err)
		}
	}
	return nil
}
