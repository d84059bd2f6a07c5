package spend

import (
	"context"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// terms returns the price and the limits of a call.
func (b *Book) terms(ctx context.Context, a Account) (terms, error) {
	limits, err := b.limitsOf(ctx, a)
	if err != nil {
		return terms{}, err
	}
	p, ok := b.prices.Of(price.Name(a.Engine, a.Model))
	if ok {
		return terms{price: p, limits: limits}, nil
	}
	// Without a price money cannot be counted; then tokens have to be.
	if a.Model == "" {
		return terms{}, errs.Newf(errs.FailedPrecondition, "PRICE_UNKNOWN",
			"the price of a search by %q is not known: the operator can name it in MODEL_PRICES", a.Engine)
	}
	for _, limit := range limits {
		if limit.Tokens > 0 {
			return terms{limits: limits}, nil
		}
	}
	return terms{}, errs.FieldBecause("PRICE_UNKNOWN", "model", fmt.Sprintf(
		"the price of %s of engine %s is not known: set budget.max_tokens, or let the operator name it in MODEL_PRICES", a.Model, a.Engine))
}

// limitsOf returns the limits of all who pay.
func (b *Book) limitsOf(ctx context.Context, a Account) (map[string]Amount, error) {
	quota, err := b.quotas(ctx, a.WorkspaceID, a.UserID)
	if err != nil {
		return nil, fmt.Errorf("ask for the limits of workspace %s: %w", a.WorkspaceID, err)
	}
	limits := map[string]Amount{
		store.ScopeWorkspace: tighter(quota, b.limits.Workspace),
		store.ScopeUser:      b.limits.User,
	}
	if a.AnalysisID != "" && a.Budget != (Amount{}) {
		limits[store.ScopeRun] = b.RunBudget(a.Budget)
	}
	return limits, nil
}

// Check reports whether calls of an account could be made at all: a model whose price
// is not known needs a limit of tokens. The error is as that of Reserve.
func (b *Book) Check(ctx context.Context, a Account) error {
	_, err := b.terms(ctx, a)
	return err
}

// Estimate returns what so many tokens of a model cost, in billionths of a US dollar;
// nothing when its price is not known.
func (b *Book) Estimate(engine, model string, calls, input, output int64) int64 {
	p, ok := b.prices.Of(price.Name(engine, model))
	if !ok {
		return 0
	}
	fee := p.Request
	p.Request = 0
	return p.Cost(price.Tokens{Input: input, Output: output}) + calls*fee
}

// Paid reports whether requests to a connector cost money.
func (b *Book) Paid(connector string) bool {
	p, ok := b.prices.Of(connector)
	return ok && p.Request > 0
}

// Allowance is a limit of the month with what is used of it.
type Allowance struct {
	Limit Amount
	Spent store.Spending
}

// Allowances returns what a workspace and one of its users may use in this month, and
// have used.
func (b *Book) Allowances(ctx context.Context, workspaceID, userID string) (workspace, user Allowance, err error) {
	limits, err := b.limitsOf(ctx, Account{WorkspaceID: workspaceID, UserID: userID})
	if err != nil {
		return workspace, user, err
	}
	workspace.Limit, user.Limit = limits[store.ScopeWorkspace], limits[store.ScopeUser]
	now := period(b.now())
	workspace.Spent, err = b.store.GetSpending(ctx, workspaceID, store.Purse{Scope: store.ScopeWorkspace, OwnerID: workspaceID, Period: now})
	if err != nil {
		return workspace, user, err
	}
	user.Spent, err = b.store.GetSpending(ctx, workspaceID, store.Purse{Scope: store.ScopeUser, OwnerID: userID, Period: now})
	return workspace, user, err
}
