package spend_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

func TestTheSameCallAgainFindsTheLostOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	b.reserve(a, "k", 100, 50)           // the process is killed here
	second := b.reserve(a, "k", 100, 50) // and the step is done again
	require.Equal(t, []string{store.CallLost, store.CallReserved}, b.states(a))
	month := b.month()
	require.Equal(t, [2]int64{150, 150}, [2]int64{month.Tokens, month.ReservedTokens}, "the lost one counts as if it had used all")
	b.balance()

	b.settle(second, 10, 10)
	answer, found, err := b.Answer(t.Context(), a, []byte("k"))
	require.NoError(t, err)
	require.True(t, found, "from now on it is not made again")
	require.Equal(t, "answer", string(answer))
	b.balance()
}

func TestOtherCallsAreNotThoughtLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, other := b.run(spend.Amount{Tokens: 1000}), b.run(spend.Amount{Tokens: 1000})
	b.reserve(a, "k", 10, 10)
	b.reserve(a, "another", 10, 10)
	b.reserve(other, "k", 10, 10)
	require.Equal(t, []string{store.CallReserved, store.CallReserved}, b.states(a))

	text := a
	text.AnalysisID, text.Task = "", ""
	for range 2 {
		_, err := b.Reserve(t.Context(), text, spend.Ask{Input: 10, MaxOutput: 10})
		require.NoError(t, err)
	}
	require.Equal(t, int64(100), b.month().ReservedTokens, "texts that are looked through at once are not one")
}

func TestWhatNobodyComesBackToIsSwept(t *testing.T) {
	t.Parallel()
	b := setup(t, quota(spend.Amount{Tokens: 400}))
	a := b.run(spend.Amount{Tokens: 1000})
	b.reserve(a, "k", 100, 50)
	other := b.run(spend.Amount{Tokens: 1000})
	other.UserID = uuid.NewString()
	b.clock.pass(4 * time.Minute)
	b.settle(b.reserve(other, "1", 10, 10), 1, 1)
	require.Equal(t, []string{store.CallReserved}, b.states(a))
	b.clock.pass(2 * time.Minute)
	b.settle(b.reserve(other, "2", 10, 10), 1, 1)
	require.Equal(t, []string{store.CallLost}, b.states(a))
	month := b.month()
	require.Equal(t, [2]int64{154, 0}, [2]int64{month.Tokens, month.ReservedTokens})
	b.balance()
}

func TestALostCallThatComesBackIsCorrected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	slow, released := b.reserve(a, "k", 100, 50), b.reserve(a, "refused", 100, 50)
	b.clock.pass(10 * time.Minute)
	b.settle(b.reserve(a, "other", 10, 10), 10, 10)
	require.Equal(t, int64(320), b.month().Tokens)

	b.settle(slow, 60, 10)
	require.NoError(t, b.Release(t.Context(), released, 0))
	require.Equal(t, int64(90), b.month().Tokens)
	require.Equal(t, []string{store.CallSettled, store.CallReleased, store.CallSettled}, b.states(a))
	b.balance()
}

func TestLose_CountsAllThatWasSetAside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.run(spend.Amount{Tokens: 1000})
	require.NoError(t, b.Lose(t.Context(), b.reserve(a, "k", 100, 50), 3*time.Second))
	call := b.calls(a)[0]
	require.Equal(t, []any{store.CallLost, int64(150), int64(200), int64(3000)}, []any{call.State, call.InputTokens, call.Cost, call.DurationMS})
	require.Equal(t, int64(150), b.month().Tokens)
	b.balance()
}
