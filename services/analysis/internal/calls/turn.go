package calls

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/llm"
)

const (
	// spare is the time that waiting leaves of the caller's for the call itself.
	spare = 15 * time.Second
	// patience is how long a turn is waited for by who has no deadline.
	patience = 45 * time.Second
	// failures in a row after which a server is left alone for a while.
	failures = 8
	// believed is how many times a configured limit the server may say that it allows.
	believed = 1000
	// firstBackoff is the pause before the second attempt; it doubles.
	firstBackoff = 500 * time.Millisecond
)

// Busy says that a call cannot be made now, and can be later. River puts a job off
// that ends with it; callers of the API see errs.Unavailable with the time.
type Busy struct {
	// After is when to try again.
	After time.Duration

	why error
}

func newBusy(after time.Duration, why error) *Busy {
	return &Busy{After: max(after, time.Second), why: why}
}

// Error implements error.
func (b *Busy) Error() string { return fmt.Sprintf("the call can be made in %s: %s", b.After, b.why) }

// Unwrap lets errors.Is and errors.As find what River and the API's edge look for.
func (b *Busy) Unwrap() []error {
	return []error{
		errs.Later(errs.Unavailable, "MODEL_BUSY", "the language model is busy, try again later", b.After),
		river.JobSnooze(b.After), b.why,
	}
}

// turn is the right to make one call.
type turn struct {
	tokens, request *governor.Permit
}

// turn waits until the server may be called: for its tokens first, which hold nothing
// up, then for a place.
func (m *Maker) turn(ctx context.Context, q query, line Line) (_ *turn, err error) {
	t := &turn{}
	// Servers count for each model by itself.
	key := "llm:" + q.account.Engine + ":" + hex.EncodeToString(digest(line.Account, q.account.Model)[:12])
	size := int(q.ask.Input + q.ask.MaxOutput)
	if limit := line.Limits.TokensPerMinute; limit > 0 {
		t.tokens, err = m.acquire(ctx, governor.Ask{
			Key: key + ":tokens", Ticket: q.ticket, Weight: min(size, limit),
			Limit: governor.Limit{Requests: limit, Per: time.Minute, Burst: max(limit/4, 1), MaxRequests: believed * limit},
		}, q)
		if err != nil {
			return nil, err
		}
	}
	t.request, err = m.acquire(ctx, governor.Ask{
		Key: key, Ticket: q.ticket,
		Limit: governor.Limit{
			Requests: line.Limits.RequestsPerMinute, Per: time.Minute, MaxRequests: believed * line.Limits.RequestsPerMinute,
			Concurrency: line.Limits.Concurrency, Failures: failures,
		},
	}, q)
	if err != nil {
		if t.tokens != nil {
			t.tokens.Done(ctx, governor.Report{Outcome: governor.Unsent})
		}
		return nil, err
	}
	for _, permit := range []*governor.Permit{t.tokens, t.request} {
		if permit != nil {
			permit.Keep(ctx)
		}
	}
	return t, nil
}

// done gives the turn back and says how the call went.
func (t *turn) done(ctx context.Context, response llm.Response, err error) {
	report := governor.Report{Outcome: governor.Answered}
	failed, ok := errors.AsType[*llm.Error](err)
	switch {
	case err == nil:
	case ctx.Err() != nil || !ok:
		report.Outcome = governor.Abandoned
	case failed.Kind == llm.Unavailable && failed.RetryAfter > 0:
		report.Outcome, report.RetryAfter = governor.Limited, failed.RetryAfter
	case failed.Kind == llm.Unavailable:
		report.Outcome = governor.Failed
	}
	if t.tokens != nil {
		used := response.Usage.InputTokens + response.Usage.OutputTokens
		t.tokens.Done(ctx, governor.Report{Outcome: governor.Answered, Used: int(used), Learnt: learnt(response.Limits.Tokens)})
	}
	report.Learnt = learnt(response.Limits.Requests)
	t.request.Done(ctx, report)
}

// learnt is a limit that the server told of.
func learnt(a llm.Allowance) governor.Rate {
	return governor.Rate{Requests: int(a.Limit), Per: a.Per}
}

// errLeftAlone says that a call was not made because those before it failed, by whoever
// they were made.
var errLeftAlone = errors.New("the server failed too often just now")

// acquire waits for a permit as long as there is time. A server that failed too often
// is not waited for: it is not busy but away, and whoever asks may have another way.
func (m *Maker) acquire(ctx context.Context, ask governor.Ask, q query) (*governor.Permit, error) {
	for {
		permit, err := m.Governor.Acquire(ctx, ask)
		turn, busy := errors.AsType[*governor.Wait](err)
		if !busy {
			return permit, err
		}
		if turn.Why == governor.Open {
			m.Governor.Leave(ctx, ask.Key, ask.Ticket)
			away := &llm.Error{Kind: llm.Unavailable, Message: errLeftAlone.Error(), RetryAfter: turn.After}
			return nil, fmt.Errorf("%w: %w", errLeftAlone, away)
		}
		if err := m.pause(ctx, turn.After); err != nil {
			if q.ask.Key == nil || ctx.Err() != nil {
				m.Governor.Leave(ctx, ask.Key, ask.Ticket) // nobody comes back with this ticket
			}
			return nil, err
		}
	}
}

// pause waits, if that leaves time for the call; else it is a *Busy.
func (m *Maker) pause(ctx context.Context, d time.Duration) error {
	left := patience
	if deadline, ok := ctx.Deadline(); ok {
		left = deadline.Sub(m.now()) - spare
	}
	if d > left {
		return newBusy(d, errors.New("the server's limits"))
	}
	return m.wait(ctx, d)
}

// wait waits, or returns the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backoff is the pause after so many attempts, with jitter, so that those who failed
// together do not come back together.
func backoff(attempt int) time.Duration {
	pause := firstBackoff << (attempt - 1)
	return pause/2 + rand.N(pause) //nolint:gosec // no secret depends on it
}
