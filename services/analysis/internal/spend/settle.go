package spend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// settleTimeout bounds the noting of what became of a call. It does not end with the
// caller's context: what was used was used.
const settleTimeout = 10 * time.Second

// Outcome is what became of a call.
type Outcome struct {
	Usage    llm.Usage
	Duration time.Duration
	// Answer is kept for when the task is done again; nil when there is none.
	Answer []byte
}

// Settle notes that a call was made and what it used, and keeps its answer, in one
// transaction. It works after the end of ctx, too.
func (b *Book) Settle(ctx context.Context, r Reservation, o Outcome) error {
	return b.close(ctx, r, func(c *store.Call) {
		u := o.Usage
		c.State, c.Requests, c.DurationMS = store.CallSettled, 1, o.Duration.Milliseconds()
		c.InputTokens, c.CachedInputTokens = u.InputTokens, u.CachedInputTokens
		c.OutputTokens, c.ReasoningTokens = u.OutputTokens, u.ReasoningTokens
		c.Cost = b.costOf(*c, u)
	}, o.Answer)
}

// costOf is what a call cost: what the server says, else by the price.
func (b *Book) costOf(c store.Call, u llm.Usage) int64 {
	if u.CostNanoUSD != nil {
		return max(*u.CostNanoUSD, 0)
	}
	p, _ := b.prices.Of(price.Name(c.Engine, c.Model)) // none: tokens are limited instead
	return p.Cost(price.Tokens{Input: u.InputTokens, Cached: u.CachedInputTokens, Output: u.OutputTokens})
}

// Release notes that a call was not made, or was refused, and cost nothing. It works
// after the end of ctx, too.
func (b *Book) Release(ctx context.Context, r Reservation, took time.Duration) error {
	return b.close(ctx, r, func(c *store.Call) {
		c.State, c.DurationMS = store.CallReleased, took.Milliseconds()
	}, nil)
}

// Lose notes that a call was made, and that nobody knows what it used: all that was
// set aside counts. It works after the end of ctx, too.
func (b *Book) Lose(ctx context.Context, r Reservation, took time.Duration) error {
	return b.close(ctx, r, func(c *store.Call) {
		markLost(c)
		c.DurationMS = took.Milliseconds()
	}, nil)
}

// markLost makes a call LOST at what was set aside. How much of it would have been
// sent and how much written is not known either, so it stands as sent.
func markLost(c *store.Call) {
	c.State, c.Requests, c.InputTokens, c.Cost = store.CallLost, 1, c.ReservedTokens, c.ReservedCost
}

// close ends a reservation as become says. One that was thought lost meanwhile is
// corrected.
func (b *Book) close(ctx context.Context, r Reservation, become func(*store.Call), answer []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	err := b.store.InWorkspace(ctx, r.call.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		purses, err := b.store.LockSpending(ctx, tx, r.call.WorkspaceID, pursesOf(r.call))
		if err != nil {
			return err
		}
		c, err := b.store.LockCall(ctx, tx, r.call.ID)
		if err != nil {
			return err
		}
		if err := b.move(ctx, tx, c, become, purses); err != nil || answer == nil || c.Key == nil {
			return err
		}
		return b.store.SaveAnswer(ctx, tx, c, answer)
	})
	if errors.Is(err, errs.NotFound) {
		return nil // the workspace is deleted, and the ledger with it
	}
	if err != nil {
		return fmt.Errorf("settle call %s: %w", r.call.ID, err)
	}
	return nil
}

// move changes a call that is locked, with the spending of those who pay for it. One
// that is settled or released stays so.
func (b *Book) move(ctx context.Context, tx pgx.Tx, before store.Call, become func(*store.Call), known map[store.Purse]store.Spending) error {
	if before.State != store.CallReserved && before.State != store.CallLost {
		return nil
	}
	after := before
	after.InputTokens, after.Cost, after.Requests = 0, 0, 0
	become(&after)
	d := change{cost: after.Cost - before.Cost, tokens: tokensOf(after) - tokensOf(before)}
	if before.State == store.CallReserved {
		d.reservedCost, d.reservedTokens = -before.ReservedCost, -before.ReservedTokens
	}
	if after.Cost > before.ReservedCost || tokensOf(after) > before.ReservedTokens {
		slog.WarnContext(ctx, "a call used more than could be foreseen", "call", before.ID, "engine", before.Engine, "model", before.Model,
			"reserved_tokens", before.ReservedTokens, "tokens", tokensOf(after), "reserved_nano_usd", before.ReservedCost, "nano_usd", after.Cost)
	}
	if err := b.store.SaveCall(ctx, tx, after); err != nil {
		return err
	}
	return b.add(ctx, tx, after, d, known)
}

func tokensOf(c store.Call) int64 { return c.InputTokens + c.OutputTokens }

// lose makes a call LOST that is still RESERVED, inside tx, which holds the purses.
func (b *Book) lose(ctx context.Context, tx pgx.Tx, id string, known map[store.Purse]store.Spending) error {
	c, err := b.store.LockCall(ctx, tx, id)
	if err != nil || c.State != store.CallReserved {
		return err
	}
	return b.move(ctx, tx, c, markLost, known)
}

// Answer returns the answer that was kept for a call of a run; false when there is none.
func (b *Book) Answer(ctx context.Context, a Account, key []byte) ([]byte, bool, error) {
	if a.AnalysisID == "" || key == nil {
		return nil, false, nil
	}
	answer, err := b.store.GetAnswer(ctx, a.WorkspaceID, a.AnalysisID, key)
	if errors.Is(err, errs.NotFound) {
		return nil, false, nil
	}
	return answer, err == nil, err
}

// Cached enters a call that was answered from the cache and cost nothing, and keeps
// its answer, so that the task has the same one when it is done again.
func (b *Book) Cached(ctx context.Context, a Account, ask Ask, answer []byte) error {
	return b.store.InWorkspace(ctx, a.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		c := b.newCall(a, ask)
		c.State = store.CallCached
		if err := b.store.InsertCall(ctx, tx, c); err != nil || c.Key == nil {
			return err
		}
		return b.store.SaveAnswer(ctx, tx, c, answer)
	})
}
