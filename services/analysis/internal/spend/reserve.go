package spend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// Ask is a call that is to be made.
type Ask struct {
	// Key is the digest of the call, by which it is known when its task is done again;
	// nil when it is never asked again. It needs a run.
	Key []byte
	// Prompt names the prompt and its version.
	Prompt string
	// Input is how many tokens are sent at most, MaxOutput how many may be written.
	Input, MaxOutput int64
	// MinOutput is how few may be written at least for the call to make sense; when
	// there is no room for MaxOutput, what there is room for is set aside instead.
	MinOutput int64
}

// Reservation is what was set aside for a call. Settle, Release or Lose it.
type Reservation struct {
	call store.Call
	// MaxOutput is how many tokens may be written.
	MaxOutput int64
}

// Held says that there is no room at the moment, because others have set aside what
// they may not need. It is an error only in form.
type Held struct {
	// After is when to ask again.
	After time.Duration
}

// Error implements error.
func (h *Held) Error() string {
	return fmt.Sprintf("the budget is set aside for other calls: again after %s", h.After)
}

const (
	// firstPause and longestPause are between two looks whether there is room.
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
	// heldPause is when to come again when there still is no room.
	heldPause = 5 * time.Second
)

// Reserve sets aside the most that a call can cost. The error is engine.ErrBudget when
// that does not fit into what is left, a *Held when it may fit later, an
// errs.InvalidArgument when neither a price nor a limit of tokens is known for the
// model.
func (b *Book) Reserve(ctx context.Context, a Account, ask Ask) (Reservation, error) {
	t, err := b.terms(ctx, a)
	if err != nil {
		return Reservation{}, err
	}
	return b.reserve(ctx, a, ask, t)
}

// reserve waits for room as long as there may be some soon.
func (b *Book) reserve(ctx context.Context, a Account, ask Ask, t terms) (Reservation, error) {
	give := time.NewTimer(b.patience)
	defer give.Stop()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		r, err := b.try(ctx, a, ask, t)
		if _, held := errors.AsType[*Held](err); !held {
			return r, err
		}
		again := time.NewTimer(pause/2 + rand.N(pause)) //nolint:gosec // no secret depends on it
		select {
		case <-again.C:
			continue
		case <-ctx.Done():
			err = ctx.Err()
		case <-give.C:
			err = &Held{After: heldPause}
		}
		again.Stop()
		return Reservation{}, err
	}
}

// try is reserve without waiting.
func (b *Book) try(ctx context.Context, a Account, ask Ask, t terms) (r Reservation, err error) {
	err = b.store.InWorkspace(ctx, a.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		c := b.newCall(a, ask)
		stale, err := b.store.StaleCalls(ctx, tx, c, b.now().Add(-lostAfter), b.now().Add(-searchLostAfter))
		if err != nil {
			return fmt.Errorf("look for lost calls: %w", err)
		}
		purses, err := b.store.LockSpending(ctx, tx, a.WorkspaceID, pursesOf(append(stale, c)...))
		if err != nil {
			return err
		}
		if _, there := purses[store.Purse{Scope: store.ScopeRun, OwnerID: a.AnalysisID}]; c.OfRun && !there {
			return fmt.Errorf("analysis %s: %w", a.AnalysisID, errs.NotFound)
		}
		for _, lost := range stale {
			if err := b.lose(ctx, tx, lost.ID, purses); err != nil {
				return err
			}
		}
		out, err := t.fit(ask, c, purses)
		if err != nil {
			return err
		}
		most := t.most(ask.Input, out)
		c.ReservedCost, c.ReservedTokens = most.CostNanoUSD, most.Tokens
		r = Reservation{call: c, MaxOutput: out}
		if err := b.store.InsertCall(ctx, tx, c); err != nil {
			return err
		}
		if err := b.add(ctx, tx, c, change{reservedCost: c.ReservedCost, reservedTokens: c.ReservedTokens}, purses); err != nil {
			return err
		}
		return b.warn(ctx, tx, c, t, purses)
	})
	return r, err
}

// newCall returns the ledger's row of a call that begins now.
func (b *Book) newCall(a Account, ask Ask) store.Call {
	now := b.now().UTC()
	c := store.Call{
		ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: a.WorkspaceID, UserID: a.UserID, Task: a.Task, Step: a.Step,
		Engine: a.Engine, Model: a.Model, Prompt: ask.Prompt, Key: ask.Key, State: store.CallReserved, Period: period(now), CreateTime: now,
	}
	if a.AnalysisID != "" {
		c.AnalysisID, c.OfRun = &a.AnalysisID, a.Budget != Amount{}
	}
	return c
}

// pursesOf returns who pays for calls.
func pursesOf(calls ...store.Call) []store.Purse {
	var out []store.Purse
	for _, c := range calls {
		out = append(out,
			store.Purse{Scope: store.ScopeWorkspace, OwnerID: c.WorkspaceID, Period: c.Period},
			store.Purse{Scope: store.ScopeUser, OwnerID: c.UserID, Period: c.Period})
		if c.OfRun {
			out = append(out, store.Purse{Scope: store.ScopeRun, OwnerID: *c.AnalysisID})
		}
	}
	return out
}

// change is what becomes of the spending of those who pay for a call.
type change struct{ cost, tokens, reservedCost, reservedTokens int64 }

// add changes the spending of all who pay for a call, in the database and in what is
// known of it.
func (b *Book) add(ctx context.Context, tx pgx.Tx, c store.Call, d change, known map[store.Purse]store.Spending) error {
	for _, p := range pursesOf(c) {
		delta := store.Spending{Purse: p, Cost: d.cost, Tokens: d.tokens, ReservedCost: d.reservedCost, ReservedTokens: d.reservedTokens}
		if err := b.store.AddSpending(ctx, tx, c.WorkspaceID, delta); err != nil {
			return err
		}
		s := known[p]
		s.Cost, s.Tokens = s.Cost+d.cost, s.Tokens+d.tokens
		s.ReservedCost, s.ReservedTokens = s.ReservedCost+d.reservedCost, s.ReservedTokens+d.reservedTokens
		known[p] = s
	}
	return nil
}

// warn notes for the run which limits are nearly used up.
func (b *Book) warn(ctx context.Context, tx pgx.Tx, c store.Call, t terms, known map[store.Purse]store.Spending) error {
	if !c.OfRun {
		return nil // there is no run whose log could tell
	}
	for _, p := range pursesOf(c) {
		share := t.limits[p.Scope].share(known[p])
		if share < lowShare {
			continue
		}
		if err := b.store.SaveWarning(ctx, tx, c.WorkspaceID, *c.AnalysisID, store.Warning{Scope: p.Scope, Share: share}); err != nil {
			return err
		}
	}
	return nil
}

// terms are what a call is reserved under.
type terms struct {
	price  price.Price
	limits map[string]Amount // by scope
	// search: it is not tokens that are counted, but requests to a connector.
	search bool
}

// most is the most that a call can use that sends so many tokens and may write so many.
func (t terms) most(input, output int64) Amount {
	if t.search {
		return Amount{CostNanoUSD: output * t.price.Request}
	}
	return Amount{CostNanoUSD: t.price.Most(input, output), Tokens: input + output}
}

// fit returns how many tokens may be written so that the call fits into all limits.
func (t terms) fit(ask Ask, c store.Call, known map[store.Purse]store.Spending) (int64, error) {
	out, later := ask.MaxOutput, ask.MaxOutput
	for _, p := range pursesOf(c) {
		s, limit := known[p], t.limits[p.Scope]
		spent := Amount{CostNanoUSD: s.Cost, Tokens: s.Tokens}
		aside := Amount{CostNanoUSD: s.Cost + s.ReservedCost, Tokens: s.Tokens + s.ReservedTokens}
		out = min(out, t.room(limit, aside, ask.Input))
		later = min(later, t.room(limit, spent, ask.Input))
	}
	least := min(max(ask.MinOutput, 0), ask.MaxOutput)
	switch {
	case out >= least:
		return out, nil
	case later >= least:
		return 0, &Held{After: heldPause}
	}
	return 0, engine.ErrBudget
}

// room is how many tokens may be written within a limit when so much is used and so
// many tokens are sent; less than nothing when not even those fit.
func (t terms) room(limit, used Amount, input int64) int64 {
	out := int64(unlimited)
	if t.search {
		if limit.CostNanoUSD > 0 && t.price.Request > 0 {
			out = max(limit.CostNanoUSD-used.CostNanoUSD, 0) / t.price.Request
		}
		return out
	}
	if limit.Tokens > 0 {
		out = min(out, limit.Tokens-used.Tokens-input)
	}
	if limit.CostNanoUSD > 0 {
		out = min(out, t.price.OutputFor(limit.CostNanoUSD-used.CostNanoUSD, input))
	}
	return out
}

// unlimited is more tokens than anybody writes.
const unlimited = 1 << 62

// share is how much of a limit is spent or set aside, of money or tokens.
func (a Amount) share(s store.Spending) float64 {
	var share float64
	if a.CostNanoUSD > 0 {
		share = float64(s.Cost+s.ReservedCost) / float64(a.CostNanoUSD)
	}
	if a.Tokens > 0 {
		share = max(share, float64(s.Tokens+s.ReservedTokens)/float64(a.Tokens))
	}
	return min(share, 1)
}
