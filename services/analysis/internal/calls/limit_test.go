package calls_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

func TestACallThatDoesNotFitIsNotMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.run()
	s.Budget = calls.Budget{Tokens: 200}
	_, err := b.replica().For(s).Call(t.Context(), question("why?"))
	require.ErrorIs(t, err, engine.ErrBudget)
	require.Zero(t, b.model.count())
	require.Empty(t, b.ledger(s))
}

func TestLessIsWrittenWhenThereIsRoomForLess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := 0
	b.model.reply = func(_ int, r llm.Request, _ func(string) error) (llm.Response, error) {
		asked = r.MaxTokens
		cut := says("an ans")
		cut.Finish = llm.Truncated
		return cut, nil
	}
	s := b.run()
	s.Budget = calls.Budget{Tokens: 900}
	require.Equal(t, "an ans", ask(t, b.replica(), s, "why?"))
	require.Less(t, asked, 900)
	require.Greater(t, asked, 500, "as much as there is room for")
	require.Equal(t, "an ans", ask(t, b.replica(), s, "why?"), "for the task it is the answer")

	b.model.reply = nil
	require.Equal(t, "answer", ask(t, b.replica(), b.runIn(s.WorkspaceID), "why?"), "others get a whole one")
}

func TestTheLimitsOfAServerAreSharedByAllReplicas(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]calls.Limits{
		"requests": {RequestsPerMinute: 2},
		"tokens":   {TokensPerMinute: 1200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.limits = limits
			b.model.reply = func(int, llm.Request, func(string) error) (llm.Response, error) {
				all := says("answer")
				all.Usage.OutputTokens = 1000
				return all, nil
			}
			s := b.run()
			ask(t, b.replica(), s, "first")
			// The second one's turn comes after half a minute, and it has less time.
			soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := b.replica().For(s).Call(soon, question("second"))
			var busy *calls.Busy
			require.ErrorAs(t, err, &busy)
			require.Equal(t, 1, b.model.count())
			require.Equal(t, "SETTLED RELEASED", b.states(s), "what was set aside is free again")
		})
	}
}

func TestConcurrencyIsSharedByAllReplicas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.limits.Concurrency = 3
	b.model.reply = func(int, llm.Request, func(string) error) (llm.Response, error) {
		<-time.After(10 * time.Millisecond)
		return says("answer"), nil
	}
	s := b.run()
	makers := []*calls.Maker{b.replica(), b.replica()}
	for _, m := range makers {
		m.WaitWith(func(context.Context, time.Duration) error { <-time.After(5 * time.Millisecond); return nil })
	}
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := makers[i%2].For(s).Call(t.Context(), question(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 20, b.model.count())
	require.LessOrEqual(t, b.model.most, 3)
}

// Two replicas, 64 runs, a workspace with one cent left, and a model that writes as much
// as it may or less: nothing is overspent, and the ledger is what the model counted.
func TestOneCentIsNotOverspent(t *testing.T) {
	t.Parallel()
	const cent = 10_000_000
	b := setup(t)
	b.quota = spend.Amount{CostNanoUSD: cent}
	b.model.reply = func(_ int, r llm.Request, _ func(string) error) (llm.Response, error) {
		answer := says("answer")
		answer.Usage.InputTokens = rand.Int64N(calls.MostTokens(r) + 1)
		answer.Usage.OutputTokens = rand.Int64N(int64(r.MaxTokens) + 1)
		return answer, nil
	}
	first := b.run()
	makers := []*calls.Maker{b.replica(), b.replica()}
	scopes := []calls.Scope{first}
	for len(scopes) < 64 {
		scopes = append(scopes, b.runIn(first.WorkspaceID))
	}
	var group sync.WaitGroup
	for i, s := range scopes {
		s.Budget = calls.Budget{CostNanoUSD: cent}
		group.Go(func() {
			for n := 0; ; n++ {
				c := question(fmt.Sprint(i, n, strings.Repeat(" because", 1000)))
				c.Request.MaxTokens = 100_000
				_, err := makers[i%2].For(s).Call(t.Context(), c)
				if errors.Is(err, engine.ErrBudget) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	_, total, err := b.store.SumUsage(t.Context(), first.WorkspaceID, "DAY", time.Now().Add(-time.Hour), time.Now().Add(time.Hour), 10)
	require.NoError(t, err)
	require.LessOrEqual(t, total.Cost, int64(cent))
	require.Greater(t, total.Cost, int64(cent/2))
	require.Equal(t, store.Usage{
		Calls: int64(b.model.count()), Cost: b.model.cost, InputTokens: total.InputTokens, OutputTokens: b.model.tokens - total.InputTokens,
	}, total)
}
