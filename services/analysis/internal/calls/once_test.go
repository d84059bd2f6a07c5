package calls_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// numbered answers with the number of the request, so that a repeated one shows.
func numbered(n int, _ llm.Request, _ func(string) error) (llm.Response, error) {
	return says(fmt.Sprint("answer ", n)), nil
}

func TestACallThatWasAnsweredIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = numbered
	s := b.run()
	require.Equal(t, "answer 1", ask(t, b.replica(), s, "why?"))
	require.NoError(t, b.redis.FlushAll(t.Context()).Err())

	bypass := s
	bypass.Bypass = true
	for _, scope := range []calls.Scope{s, bypass} {
		require.Equal(t, "answer 1", ask(t, b.replica(), scope, "why?"), "another process does the step again")
	}
	require.Equal(t, "SETTLED", b.states(s))
	tokens, cost := b.used(s)
	require.Equal(t, [2]int64{15, 20}, [2]int64{tokens, cost})

	require.Equal(t, "answer 2", ask(t, b.replica(), s, "why not?"))
	again := s
	again.Task, again.Bypass = "analyze/2", true
	require.Equal(t, "answer 3", ask(t, b.replica(), again, "why?"), "another task asks for itself")
}

func TestTheSameAtOnceInATaskIsOneCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	begun, answer := make(chan struct{}), make(chan struct{})
	b.model.reply = func(n int, r llm.Request, onText func(string) error) (llm.Response, error) {
		close(begun)
		<-answer
		return numbered(n, r, onText)
	}
	m, s := b.replica(), b.run()
	var group sync.WaitGroup
	for i := range 5 {
		if i == 1 {
			<-begun
		}
		group.Go(func() {
			var told strings.Builder
			c := question("why?")
			c.OnText = func(text string) error { told.WriteString(text); return nil }
			response, err := m.For(s).Call(t.Context(), c)
			if err != nil || response.Text != "answer 1" || i > 0 && told.String() != "answer 1" {
				t.Errorf("call %d: %v %q %q", i, err, response.Text, told.String())
			}
		})
	}
	close(answer)
	group.Wait()
	require.Equal(t, 1, b.model.count())
}

func TestTheCacheAnswersOtherRunsOfTheWorkspaceForNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = numbered
	first := b.run()
	require.Equal(t, "answer 1", ask(t, b.replica(), first, "why?"))

	second := b.runIn(first.WorkspaceID)
	require.Equal(t, "answer 1", ask(t, b.replica(), second, "why?"))
	require.Equal(t, "CACHED", b.states(second))
	tokens, cost := b.used(second)
	require.Zero(t, tokens+cost)
	require.NoError(t, b.redis.FlushAll(t.Context()).Err())
	require.Equal(t, "answer 1", ask(t, b.replica(), second, "why?"), "what came from the cache is kept for the task, too")
	require.Equal(t, "CACHED", b.states(second))

	require.Equal(t, "answer 2", ask(t, b.replica(), b.run(), "why?"), "another workspace asks for itself")
}

func TestTheCacheTellsRequestsApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = numbered
	m, s := b.replica(), b.run()
	for i, change := range []func(*calls.Scope, *engine.Call){
		func(*calls.Scope, *engine.Call) {},
		func(_ *calls.Scope, c *engine.Call) { c.Prompt = "analyze/2" },
		func(_ *calls.Scope, c *engine.Call) { c.Request.Messages[0].Text += " " },
		func(_ *calls.Scope, c *engine.Call) { c.Request.Messages[0].Role = llm.System },
		func(_ *calls.Scope, c *engine.Call) { c.Request.MaxTokens++ },
		func(_ *calls.Scope, c *engine.Call) { c.Request.Model = "another" },
		func(s *calls.Scope, _ *engine.Call) { s.Model = "a third" },
		func(_ *calls.Scope, c *engine.Call) { c.Request.Schema = &llm.Schema{Name: "x", JSON: []byte("{}")} },
		func(s *calls.Scope, _ *engine.Call) { s.Engine = "perplexity" },
	} {
		scope, c := b.runIn(s.WorkspaceID), question("why?")
		change(&scope, &c)
		for range 2 {
			response, err := m.For(scope).Call(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint("answer ", i+1), response.Text)
			scope.Task += "+" // the second one is another task, which the cache answers
		}
	}
}

func TestBypass_TakesNothingFromTheCacheAndFillsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = numbered
	first := b.run()
	ask(t, b.replica(), first, "why?")
	fresh := b.runIn(first.WorkspaceID)
	fresh.Bypass = true
	require.Equal(t, "answer 2", ask(t, b.replica(), fresh, "why?"))
	require.Equal(t, "answer 2", ask(t, b.replica(), b.runIn(first.WorkspaceID), "why?"))
}

// Thirty-two runs ask two replicas the same at once: one call is made and paid for.
func TestAStampedeIsOneCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = func(n int, r llm.Request, onText func(string) error) (llm.Response, error) {
		<-time.After(50 * time.Millisecond)
		return numbered(n, r, onText)
	}
	first := b.run()
	makers := []*calls.Maker{b.replica(), b.replica()}
	scopes := make([]calls.Scope, 32)
	for i := range scopes {
		scopes[i] = b.runIn(first.WorkspaceID)
	}
	var group sync.WaitGroup
	for i, s := range scopes {
		group.Go(func() {
			response, err := makers[i%2].For(s).Call(t.Context(), question("why?"))
			if err != nil || response.Text != "answer 1" {
				t.Error(err, response.Text)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, b.model.count())
	states := map[string]int{}
	for _, s := range scopes {
		states[b.states(s)]++
	}
	require.Equal(t, map[string]int{"SETTLED": 1, "CACHED": 31}, states)
}

func TestWithoutRedisCallsAreMade(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m, s := b.replica(), b.run()
	require.NoError(t, b.redis.Close())
	require.Equal(t, "answer", ask(t, m, s, "why?"))
	require.Equal(t, "answer", ask(t, m, b.runIn(s.WorkspaceID), "why?"))
	require.Equal(t, 2, b.model.count())
}

// A process is killed while it calls: the step is done again elsewhere.
func TestACallOfALostProcessIsMadeAgainAndCounted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	begun, answer := make(chan struct{}), make(chan struct{})
	b.model.reply = func(n int, r llm.Request, onText func(string) error) (llm.Response, error) {
		if n == 1 {
			close(begun)
			<-answer
		}
		return numbered(n, r, onText)
	}
	s := b.run()
	s.Bypass = true // the lost one keeps the lead in the cache for some seconds; see package cache
	lost := make(chan error, 1)
	go func() {
		_, err := b.replica().For(s).Call(t.Context(), question("why?"))
		lost <- err
	}()
	<-begun
	require.Equal(t, "answer 2", ask(t, b.replica(), s, "why?"))
	require.Equal(t, "LOST SETTLED", b.states(s))
	tokens, _ := b.used(s)
	require.Greater(t, tokens, int64(1000), "the lost one counts with all that was set aside")

	close(answer) // it was only slow
	require.NoError(t, <-lost)
	require.Equal(t, "SETTLED SETTLED", b.states(s))
	tokens, _ = b.used(s)
	require.Equal(t, int64(30), tokens)
	require.Equal(t, "answer 2", ask(t, b.replica(), s, "why?"), "the first answer that was kept stays")
}

func TestTextsOfNoRunAreOnlyCached(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = numbered
	s := b.run()
	s.AnalysisID, s.Task, s.Budget = "", "", calls.Budget{}
	require.Equal(t, "answer 1", ask(t, b.replica(), s, "why?"))
	require.Equal(t, "answer 1", ask(t, b.replica(), s, "why?"))
	s.Bypass = true
	require.Equal(t, "answer 2", ask(t, b.replica(), s, "why?"))
}

func TestADeletedWorkspaceLeavesNothingInTheCache(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = numbered
	m, s, other := b.replica(), b.run(), b.run()
	ask(t, m, s, "why?")
	ask(t, m, other, "why?")
	require.NoError(t, m.DeleteWorkspace(t.Context(), s.WorkspaceID))
	require.Equal(t, "answer 3", ask(t, m, b.runIn(s.WorkspaceID), "why?"))
	require.Equal(t, "answer 2", ask(t, m, b.runIn(other.WorkspaceID), "why?"))
}

func TestCall_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.replica().For(b.run()).Call(gone, question("why?"))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, b.model.count())
}
