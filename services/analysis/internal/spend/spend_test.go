package spend_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

func TestACallIsSetAsideAndThenSettled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	r := b.reserve(a, "k", 100, 50)
	require.Equal(t, int64(50), r.MaxOutput)
	month := b.month()
	require.Equal(t, [4]int64{0, 0, 200, 150}, [4]int64{month.Cost, month.Tokens, month.ReservedCost, month.ReservedTokens})

	b.settle(r, 80, 10)
	month = b.month()
	require.Equal(t, [4]int64{100, 90, 0, 0}, [4]int64{month.Cost, month.Tokens, month.ReservedCost, month.ReservedTokens})
	calls := b.calls(a)
	require.Len(t, calls, 1)
	require.Equal(t, []any{store.CallSettled, "analyze", "openai", "model", "p/1", int64(80), int64(10), int64(100), int64(7), int32(1)},
		[]any{calls[0].State, calls[0].Step, calls[0].Engine, calls[0].Model, calls[0].Prompt, calls[0].InputTokens, calls[0].OutputTokens, calls[0].Cost, calls[0].DurationMS, calls[0].Requests})
	b.balance()

	b.settle(r, 80, 10)
	require.NoError(t, b.Release(t.Context(), r, 0))
	require.Equal(t, month, b.month(), "what is settled stays settled")
}

func TestWhatTheServerSaysItCostCounts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	said := int64(7)
	require.NoError(t, b.Settle(t.Context(), b.reserve(a, "k", 100, 50), spend.Outcome{Usage: llm.Usage{InputTokens: 100, CostNanoUSD: &said}}))
	require.Equal(t, said, b.month().Cost)
}

func TestReleased_CostsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 150})
	require.NoError(t, b.Release(t.Context(), b.reserve(a, "k", 100, 50), time.Second))
	require.Equal(t, []string{store.CallReleased}, b.states(a))
	b.balance()
	b.reserve(a, "k", 100, 50)
}

func TestReserve_HoldsEachLimit(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		quota, budget spend.Amount
		limits        spend.Limits
	}{
		"the run's money":                {budget: spend.Amount{CostNanoUSD: 399}},
		"the run's tokens":               {budget: spend.Amount{Tokens: 299}},
		"the operator's money for runs":  {budget: spend.Amount{CostNanoUSD: 5000, Tokens: 5000}, limits: spend.Limits{Run: spend.Amount{CostNanoUSD: 399}}},
		"the user's money":               {limits: spend.Limits{User: spend.Amount{CostNanoUSD: 399}}},
		"the user's tokens":              {limits: spend.Limits{User: spend.Amount{Tokens: 299}}},
		"the workspace's money":          {quota: spend.Amount{CostNanoUSD: 399}},
		"the workspace's tokens":         {quota: spend.Amount{Tokens: 299}},
		"the operator's for workspaces":  {limits: spend.Limits{Workspace: spend.Amount{Tokens: 299}}},
		"the tighter one of both counts": {quota: spend.Amount{Tokens: 5000}, limits: spend.Limits{Workspace: spend.Amount{Tokens: 299}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, quota(tc.quota), func(_ *bundle, c *spend.Config) { c.Limits = tc.limits })
			a := b.run(tc.budget)
			b.settle(b.reserve(a, "first", 100, 50), 100, 50)
			_, err := b.Reserve(t.Context(), a, spend.Ask{Key: []byte("second"), Input: 100, MaxOutput: 50, MinOutput: 50})
			require.ErrorIs(t, err, engine.ErrBudget)
			require.Len(t, b.calls(a), 1)
			b.balance()

			r, err := b.Reserve(t.Context(), a, spend.Ask{Key: []byte("second"), Input: 100, MaxOutput: 50, MinOutput: 20})
			require.NoError(t, err, "less to write fits")
			require.Equal(t, int64(49), r.MaxOutput)
			b.settle(r, 100, 49)
			b.balance()
		})
	}
}

func TestReserve_OfNoRunCountsForUserAndWorkspaceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *bundle, c *spend.Config) { c.Limits.Run = spend.Amount{Tokens: 10} })
	a := b.run(spend.Amount{})
	a.Step = "ask"
	b.settle(b.reserve(a, "k", 100, 50), 100, 50)
	text := a
	text.AnalysisID, text.Task = "", ""
	r, err := b.Reserve(t.Context(), text, spend.Ask{Input: 100, MaxOutput: 50})
	require.NoError(t, err)
	require.NoError(t, b.Settle(t.Context(), r, used(10, 10)))
	require.Equal(t, int64(170), b.month().Tokens)
	require.Len(t, b.spending(), 2)
	b.balance()
}

func TestReserve_WithoutAPriceNeedsALimitOfTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{CostNanoUSD: 1e9})
	a.Model = "nobody knows"
	var field *errs.FieldError
	require.ErrorAs(t, b.Check(t.Context(), a), &field)
	require.Equal(t, "model", field.Violations[0].Field)
	_, err := b.Reserve(t.Context(), a, spend.Ask{Input: 1, MaxOutput: 1})
	require.ErrorIs(t, err, errs.InvalidArgument)

	a.Budget.Tokens = 100
	require.NoError(t, b.Check(t.Context(), a))
	b.settle(b.reserve(a, "k", 50, 50), 50, 50)
	require.Zero(t, b.month().Cost)
	_, err = b.Reserve(t.Context(), a, spend.Ask{Input: 1, MaxOutput: 1})
	require.ErrorIs(t, err, engine.ErrBudget)

	a.Model, a.Engine = "", "unpriced"
	require.ErrorIs(t, b.Check(t.Context(), a), errs.FailedPrecondition, "searches have no tokens to limit")
}

func TestReserve_WithoutTheWorkspacesLimitsSpendsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	down := spend.New(b.store, spend.Config{Quotas: func(context.Context, string, string) (spend.Amount, error) {
		return spend.Amount{}, errs.Unavailable
	}})
	_, err := down.Reserve(t.Context(), b.run(spend.Amount{Tokens: 10}), spend.Ask{Input: 1, MaxOutput: 1})
	require.ErrorIs(t, err, errs.Unavailable)
	require.Empty(t, b.spending())
}

func TestReserve_WaitsForWhatIsOnlySetAside(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *bundle, c *spend.Config) { c.Patience = time.Minute })
	a := b.run(spend.Amount{Tokens: 200})
	first := b.reserve(a, "first", 100, 50)
	done := make(chan error, 1)
	go func() {
		_, err := b.Reserve(t.Context(), a, spend.Ask{Key: []byte("second"), Input: 100, MaxOutput: 50, MinOutput: 50})
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatal("there was no room yet", err)
	case <-time.After(100 * time.Millisecond):
	}
	b.settle(first, 20, 10)
	require.NoError(t, <-done)
	b.balance()
}

func TestReserve_SaysHeldWhenItWaitsInVain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 200})
	first := b.reserve(a, "first", 100, 50)
	ask := spend.Ask{Key: []byte("second"), Input: 100, MaxOutput: 50, MinOutput: 50}
	_, err := b.Reserve(t.Context(), a, ask)
	var held *spend.Held
	require.ErrorAs(t, err, &held)
	require.Positive(t, held.After)

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Reserve(gone, a, ask)
	require.ErrorIs(t, err, context.Canceled)

	b.settle(first, 100, 50)
	_, err = b.Reserve(t.Context(), a, ask)
	require.ErrorIs(t, err, engine.ErrBudget, "what is spent does not come back")
}

func TestANewMonthBeginsWithNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, quota(spend.Amount{Tokens: 150}))
	b.clock.at = time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	a := b.run(spend.Amount{Tokens: 1000})
	late := b.reserve(a, "november", 100, 50)
	_, err := b.Reserve(t.Context(), a, spend.Ask{Input: 1, MaxOutput: 1})
	require.Error(t, err)
	b.clock.pass(2 * time.Minute)
	b.settle(b.reserve(a, "december", 100, 50), 1, 1)
	b.settle(late, 100, 50)
	require.Equal(t, int64(2), b.month().Tokens, "a call counts in the month in which it began")
	b.balance()
}

func TestWarnings_ComeOnceForEachScopeAndRun(t *testing.T) {
	t.Parallel()
	b := setup(t, quota(spend.Amount{CostNanoUSD: 1000}))
	take := func(a spend.Account) (out []store.Warning) {
		require.NoError(t, b.store.InWorkspace(t.Context(), b.workspace, func(ctx context.Context, tx pgx.Tx) (err error) {
			out, err = b.TakeWarnings(ctx, tx, a.AnalysisID)
			return err
		}))
		return out
	}
	first, second := b.run(spend.Amount{Tokens: 100}), b.run(spend.Amount{Tokens: 10_000})
	b.settle(b.reserve(first, "1", 79, 0), 79, 0)
	require.Empty(t, take(first))
	b.settle(b.reserve(first, "2", 1, 0), 1, 0)
	require.Equal(t, []store.Warning{{Scope: "run", Share: 0.8}}, take(first))
	b.settle(b.reserve(first, "3", 1, 0), 1, 0)
	require.Empty(t, take(first), "it has been told")

	b.settle(b.reserve(second, "1", 900, 0), 900, 0)
	require.Equal(t, []store.Warning{{Scope: "workspace", Share: 0.981}}, take(second))
	b.settle(b.reserve(first, "4", 1, 0), 1, 0)
	require.Equal(t, []store.Warning{{Scope: "workspace", Share: 0.982}}, take(first), "each run tells it")
}

func TestTheLedgerStaysWhenARunIsDeletedAndItsAnswersGo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	b.settle(b.reserve(a, "k", 10, 10), 10, 10)
	open := b.reserve(a, "open", 10, 10)
	require.NoError(t, b.store.InWorkspace(t.Context(), b.workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM analyses")
		return err
	}))
	b.settle(open, 5, 5)
	_, found, err := b.Answer(t.Context(), a, []byte("k"))
	require.NoError(t, err)
	require.False(t, found)
	require.Equal(t, int64(30), b.month().Tokens)
	require.Zero(t, b.month().ReservedTokens)
	_, err = b.Reserve(t.Context(), a, spend.Ask{Input: 1, MaxOutput: 1})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestOfRun_LeavesOutWhatWasAskedAfterwards(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	b.settle(b.reserve(a, "1", 10, 10), 10, 4)
	b.reserve(a, "2", 10, 10)
	require.NoError(t, b.Cached(t.Context(), a, spend.Ask{Key: []byte("3")}, []byte("cached")))
	ask := a
	ask.Step, ask.Budget = "ask", spend.Amount{}
	b.settle(b.reserve(ask, "4", 10, 10), 10, 10)
	require.NoError(t, b.store.InWorkspace(t.Context(), b.workspace, func(ctx context.Context, tx pgx.Tx) error {
		got, err := b.OfRun(ctx, tx, a.AnalysisID)
		require.Equal(t, store.Usage{Calls: 1, InputTokens: 10, OutputTokens: 4, Cost: 18, CachedCalls: 1}, got)
		return err
	}))
	answer, found, err := b.Answer(t.Context(), a, []byte("3"))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "cached", string(answer))
}

func TestAllowances(t *testing.T) {
	t.Parallel()
	b := setup(t, quota(spend.Amount{CostNanoUSD: 1000}), func(_ *bundle, c *spend.Config) {
		c.Limits = spend.Limits{User: spend.Amount{Tokens: 500}, Workspace: spend.Amount{CostNanoUSD: 2000, Tokens: 700}}
	})
	a := b.run(spend.Amount{Tokens: 100})
	b.reserve(a, "k", 10, 5)
	workspace, user, err := b.Allowances(t.Context(), b.workspace, b.user)
	require.NoError(t, err)
	require.Equal(t, spend.Amount{CostNanoUSD: 1000, Tokens: 700}, workspace.Limit)
	require.Equal(t, spend.Amount{Tokens: 500}, user.Limit)
	require.Equal(t, int64(15), workspace.Spent.ReservedTokens)
	_, other, err := b.Allowances(t.Context(), b.workspace, uuid.NewString())
	require.NoError(t, err)
	require.Zero(t, other.Spent.ReservedTokens)
	require.Equal(t, spend.Amount{CostNanoUSD: 5}, b.RunBudget(spend.Amount{CostNanoUSD: 5}))
}

func TestEstimateAndPaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Equal(t, int64(3_000_000_000+2_000_000), b.Estimate("openai", "dear", 3, 1, 1))
	require.Zero(t, b.Estimate("openai", "unknown", 3, 1, 1))
	require.True(t, b.Paid("tavily"))
	require.False(t, b.Paid("free"))
	require.False(t, b.Paid("arxiv"))
	require.NotErrorIs(t, b.Check(t.Context(), b.run(spend.Amount{})), errs.InvalidArgument)
}
