package calls_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// fails answers the first n requests with an error, and what it used nevertheless.
func fails(n int, e llm.Error, u llm.Usage) func(int, llm.Request, func(string) error) (llm.Response, error) {
	return func(request int, _ llm.Request, _ func(string) error) (llm.Response, error) {
		if request <= n {
			return llm.Response{Usage: u}, &e
		}
		return says("answer"), nil
	}
}

func TestAFailedCall(t *testing.T) {
	t.Parallel()
	used := llm.Usage{InputTokens: 10, OutputTokens: 2}
	tests := map[string]struct {
		failures int
		err      llm.Error
		usage    llm.Usage
		requests int
		states   string
		ok       bool
	}{
		"is made again when the server was busy":      {failures: 2, err: llm.Error{Kind: llm.Unavailable}, requests: 3, states: "RELEASED RELEASED SETTLED", ok: true},
		"counts with what it used nevertheless":       {failures: 1, err: llm.Error{Kind: llm.Unavailable, Sent: true}, usage: used, requests: 2, states: "SETTLED SETTLED", ok: true},
		"counts with all when nobody knows":           {failures: 1, err: llm.Error{Kind: llm.Unavailable, Sent: true}, requests: 2, states: "LOST SETTLED", ok: true},
		"is given up after four attempts":             {failures: 9, err: llm.Error{Kind: llm.Unavailable}, requests: 4, states: "RELEASED RELEASED RELEASED RELEASED"},
		"is not repeated when the key is refused":     {failures: 9, err: llm.Error{Kind: llm.Denied}, requests: 1, states: "RELEASED"},
		"is not repeated when it does not fit":        {failures: 9, err: llm.Error{Kind: llm.TooLong}, requests: 1, states: "RELEASED"},
		"is not repeated when the answer is no good":  {failures: 9, err: llm.Error{Kind: llm.Broken, Sent: true}, usage: used, requests: 1, states: "SETTLED"},
		"is not repeated when the model will not":     {failures: 9, err: llm.Error{Kind: llm.Refused, Sent: true}, usage: used, requests: 1, states: "SETTLED"},
		"is not repeated when there is no credit":     {failures: 9, err: llm.Error{Kind: llm.Exhausted}, requests: 1, states: "RELEASED"},
		"is made again after the pause it asked for":  {failures: 1, err: llm.Error{Kind: llm.Unavailable, RetryAfter: time.Millisecond}, requests: 2, states: "RELEASED SETTLED", ok: true},
		"does not charge for what was not worked on":  {failures: 3, err: llm.Error{Kind: llm.Unavailable}, requests: 4, states: "RELEASED RELEASED RELEASED SETTLED", ok: true},
		"is not repeated when the request is invalid": {failures: 9, err: llm.Error{Kind: llm.Invalid}, requests: 1, states: "RELEASED"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.model.reply = fails(tc.failures, tc.err, tc.usage)
			s := b.run()
			response, err := b.replica().For(s).Call(t.Context(), question("why?"))
			if tc.ok {
				require.NoError(t, err)
				require.Equal(t, "answer", response.Text)
			} else {
				var failed *llm.Error
				require.ErrorAs(t, err, &failed)
				require.Equal(t, tc.err.Kind, failed.Kind)
			}
			require.Equal(t, tc.requests, b.model.count())
			require.Equal(t, tc.states, b.states(s))
		})
	}
}

func TestAnAnswerThatBrokeOffWhileItWasToldIsNotToldAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = func(_ int, _ llm.Request, onText func(string) error) (llm.Response, error) {
		_ = onText("half an ans")
		return llm.Response{}, &llm.Error{Kind: llm.Unavailable}
	}
	c := question("why?")
	c.OnText = func(string) error { return nil }
	_, err := b.replica().For(b.run()).Call(t.Context(), c)
	require.Error(t, err)
	require.Equal(t, 1, b.model.count())
}

func TestAPauseThatIsTooLongPutsTheJobOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = fails(9, llm.Error{Kind: llm.Unavailable, RetryAfter: 5 * time.Minute}, llm.Usage{})
	s := b.run()
	_, err := b.replica().For(s).Call(t.Context(), question("why?"))
	var busy *calls.Busy
	require.ErrorAs(t, err, &busy)
	require.GreaterOrEqual(t, busy.After, 4*time.Minute)
	var snooze *river.JobSnoozeError
	require.ErrorAs(t, err, &snooze)
	require.ErrorIs(t, err, errs.Unavailable)
	require.Equal(t, "RELEASED", b.states(s))

	_, err = b.replica().For(b.run()).Call(t.Context(), question("why?"))
	require.ErrorAs(t, err, &busy, "the other replicas leave the server alone, too")
	require.Equal(t, 1, b.model.count())
}

// A server that is away is not waited for: who asks may have another way.
func TestAServerThatFailedTooOftenIsLeftAloneByAllReplicas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = fails(99, llm.Error{Kind: llm.Unavailable}, llm.Usage{})
	s := b.run()
	for i := range 5 {
		_, err := b.replica().For(s).Call(t.Context(), question(strconv.Itoa(i)))
		var failed *llm.Error
		require.ErrorAs(t, err, &failed)
		require.Equal(t, llm.Unavailable, failed.Kind)
		var busy *calls.Busy
		require.NotErrorAs(t, err, &busy, "the job is not put off again and again")
	}
	require.Equal(t, 8, b.model.count())
	for _, c := range b.ledger(s) {
		require.Equal(t, store.CallReleased, c.State)
	}
}

func TestAShortTimeIsNotWaitedAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.model.reply = fails(9, llm.Error{Kind: llm.Unavailable, RetryAfter: 10 * time.Second}, llm.Usage{})
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := b.replica().For(b.run()).Call(soon, question("why?"))
	var busy *calls.Busy
	require.ErrorAs(t, err, &busy, "the call itself would have no time left")
}

// Who waits for the answer goes away: what was used counts.
func TestACallWhoseCallerGoesAwayIsSettled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone, cancel := context.WithCancel(t.Context())
	b.model.reply = func(int, llm.Request, func(string) error) (llm.Response, error) {
		cancel()
		return llm.Response{Usage: llm.Usage{InputTokens: 10, OutputTokens: 2}}, &llm.Error{Kind: llm.Unavailable, Sent: true}
	}
	s := b.run()
	_, err := b.replica().For(s).Call(gone, question("why?"))
	require.Error(t, err)
	require.Equal(t, 1, b.model.count())
	tokens, _ := b.used(s)
	require.Equal(t, int64(12), tokens)
	require.Equal(t, "SETTLED", b.states(s))
	_, err = b.replica().For(s).Call(t.Context(), question("why?"))
	require.Error(t, err)
	require.Greater(t, b.model.count(), 1, "there is no answer to give again")
}

func TestAListenerThatFailsEndsTheCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wrong := errors.New("the reader hung up")
	b.model.reply = func(_ int, _ llm.Request, onText func(string) error) (llm.Response, error) {
		return llm.Response{Usage: llm.Usage{InputTokens: 10}}, onText("text")
	}
	s, c := b.run(), question("why?")
	c.OnText = func(string) error { return wrong }
	_, err := b.replica().For(s).Call(t.Context(), c)
	require.ErrorIs(t, err, wrong)
	require.Equal(t, "SETTLED", b.states(s))
}
