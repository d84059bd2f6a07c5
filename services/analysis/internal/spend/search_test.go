package spend_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// request is what a request of the tests' connector costs.
const request = 10_000_000

func TestASearchIsSetAsideAndSettledByRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{CostNanoUSD: 10 * request, Tokens: 1})
	n, err := b.ReserveSearch(t.Context(), a, "tavily", 6)
	require.NoError(t, err)
	require.Equal(t, 6, n, "a limit of tokens does not matter")
	require.Equal(t, [2]int64{6 * request, 0}, [2]int64{b.month().ReservedCost, b.month().ReservedTokens})

	b.clock.pass(3 * time.Second)
	for range 2 {
		require.NoError(t, b.SettleSearch(t.Context(), a, "tavily", 4))
		b.balance()
	}
	call := b.calls(a)[0]
	require.Equal(t, []any{store.CallSettled, "search", "tavily", "", int32(4), int64(4 * request), int64(3000)},
		[]any{call.State, call.Step, call.Engine, call.Model, call.Requests, call.Cost, call.DurationMS})
}

func TestReserveSearch_GivesWhatThereIsRoomFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{CostNanoUSD: 3*request - 1})
	n, err := b.ReserveSearch(t.Context(), a, "tavily", 6)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NoError(t, b.SettleSearch(t.Context(), a, "tavily", 2))
	a.Task = "search/2"
	_, err = b.ReserveSearch(t.Context(), a, "tavily", 6)
	require.ErrorIs(t, err, engine.ErrBudget)
	_, err = b.ReserveSearch(t.Context(), a, "nobody knows", 6)
	require.ErrorIs(t, err, errs.FailedPrecondition)
}

func TestASearchThatIsDoneAgainIsTakenOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{CostNanoUSD: 10 * request})
	for _, pass := range []time.Duration{0, time.Minute, 3 * time.Hour} {
		b.clock.pass(pass)
		_, err := b.Reserve(t.Context(), a, spend.Ask{Input: 1, MaxOutput: 1}) // which sweeps
		require.NoError(t, err)
		n, err := b.ReserveSearch(t.Context(), a, "tavily", 6)
		require.NoError(t, err)
		require.Equal(t, 6, n)
		b.balance()
	}
	require.Equal(t, store.CallLost, b.calls(a)[1].State, "after two hours nobody counts on it")
	require.NoError(t, b.SettleSearch(t.Context(), a, "tavily", 1))
	require.Equal(t, store.CallSettled, b.calls(a)[1].State)
	b.balance()
	n, err := b.ReserveSearch(t.Context(), a, "tavily", 6)
	require.NoError(t, err)
	require.Equal(t, 1, n, "it is settled")
}

func TestSettleSearch_OfNoneFreesAll(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{CostNanoUSD: 10 * request})
	require.NoError(t, b.SettleSearch(t.Context(), a, "tavily", 1), "nothing was set aside")
	require.Empty(t, b.calls(a))
	_, err := b.ReserveSearch(t.Context(), a, "tavily", 6)
	require.NoError(t, err)
	require.NoError(t, b.SettleSearch(t.Context(), a, "tavily", 0))
	require.Equal(t, []string{store.CallReleased}, b.states(a))
	require.Zero(t, b.month().ReservedCost)
	b.balance()
}
