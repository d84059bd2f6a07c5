package calls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/redisx/cache"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
)

// Clients knows the servers of the engines' models.
type Clients interface {
	// Open returns the way to the server of an engine for a user of a workspace. An
	// engine that nobody has a key for is errs.FailedPrecondition.
	Open(ctx context.Context, engine, workspaceID, userID string) (Line, error)
	// Model returns the model of an engine for who names none.
	Model(engine string) string
}

// Line is the way to the server of a model.
type Line struct {
	Client llm.Client
	// Account names who is called and in whose name, without secrets: what the server
	// counts its limits for.
	Account string
	// Limits are those of the server.
	Limits Limits
}

// Limits are what a server allows an account, for each of its models. Zero means no
// limit.
type Limits struct {
	RequestsPerMinute, TokensPerMinute, Concurrency int
}

// Deps is what a Maker works with.
type Deps struct {
	Book     *spend.Book
	Cache    *cache.Cache
	Governor *governor.Governor
	Clients  Clients
}

// Maker makes calls. It is safe for concurrent use.
type Maker struct {
	Deps

	// asking joins those who ask the same in the same task at once.
	asking singleflight.Group
	now    func() time.Time
	wait   func(context.Context, time.Duration) error
}

// New returns a Maker.
func New(d Deps) *Maker { return &Maker{Deps: d, now: time.Now, wait: wait} }

// For returns the caller of a scope.
func (m *Maker) For(s Scope) engine.Caller { return caller{maker: m, scope: s} }

// caller makes the calls of one scope.
type caller struct {
	maker *Maker
	scope Scope
}

// Call implements engine.Caller. A *Busy says that the call can be made later: the job
// may be put off.
func (c caller) Call(ctx context.Context, call engine.Call) (llm.Response, error) {
	q, err := c.maker.query(c.scope, call)
	if err != nil {
		return llm.Response{}, err
	}
	if q.ask.Key == nil {
		return c.maker.answer(ctx, q)
	}
	// The first one streams to its own OnText; the others get it in one piece.
	first := false
	result, err, _ := c.maker.asking.Do(q.ticket, func() (any, error) {
		first = true
		return c.maker.answer(ctx, q)
	})
	response, _ := result.(llm.Response)
	if err == nil && !first {
		err = q.tell(response.Text)
	}
	return response, err
}

// answer answers out of what was stored for the task, out of the cache, or makes the
// call.
func (m *Maker) answer(ctx context.Context, q query) (llm.Response, error) {
	if stored, ok, err := m.Book.Answer(ctx, q.account, q.ask.Key); err != nil || ok {
		return q.replay(stored, err)
	}
	if q.bypass {
		return m.make(ctx, q)
	}
	cached, lead, err := m.Cache.Lead(ctx, q.cacheKey)
	if err != nil {
		return llm.Response{}, err
	}
	if lead == nil {
		response, err := decode(cached)
		if err != nil {
			return m.make(ctx, q) // another version wrote it
		}
		if err := m.Book.Cached(ctx, q.account, q.ask, cached); err != nil {
			return llm.Response{}, err
		}
		return response, q.tell(response.Text)
	}
	defer lead.End(ctx)
	return m.make(ctx, q)
}

// attempts is how often a call is made at most, as long as the server does not answer.
const attempts = 4

// make makes the call, again if the server does not answer.
func (m *Maker) make(ctx context.Context, q query) (llm.Response, error) {
	for attempt := 1; ; attempt++ {
		response, err := m.try(ctx, q)
		if err == nil {
			return response, nil
		}
		failed, ok := errors.AsType[*llm.Error](err)
		if !ok || failed.Kind != llm.Unavailable || attempt == attempts || q.told() || errors.Is(err, errLeftAlone) {
			return response, err
		}
		if err := m.pause(ctx, max(failed.RetryAfter, backoff(attempt))); err != nil {
			return response, err
		}
	}
}

// try makes the call once, within budget and limits, and enters it into the ledger.
func (m *Maker) try(ctx context.Context, q query) (llm.Response, error) {
	line, err := m.Clients.Open(ctx, q.account.Engine, q.account.WorkspaceID, q.account.UserID)
	if err != nil {
		return llm.Response{}, err
	}
	reserved, err := m.Book.Reserve(ctx, q.account, q.ask)
	if held, ok := errors.AsType[*spend.Held](err); ok {
		return llm.Response{}, newBusy(held.After, held)
	}
	if err != nil {
		return llm.Response{}, err
	}
	turn, err := m.turn(ctx, q, line)
	if err != nil {
		return llm.Response{}, errors.Join(err, m.Book.Release(ctx, reserved, 0))
	}
	began := m.now()
	request := q.request
	request.MaxTokens = int(reserved.MaxOutput)
	response, err := line.Client.Call(ctx, request, q.onText)
	turn.done(ctx, response, err)
	if settled := m.settle(ctx, q, entry{reserved, response, err, m.now().Sub(began)}); settled != nil {
		return response, settled
	}
	return response, err
}

// entry is a call that was made, for the ledger.
type entry struct {
	reserved spend.Reservation
	response llm.Response
	err      error
	took     time.Duration
}

// settle enters what became of a call, and keeps its answer.
func (m *Maker) settle(ctx context.Context, q query, e entry) error {
	if e.err != nil {
		return m.settleFailed(ctx, e)
	}
	answer, err := json.Marshal(e.response)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	if err := m.Book.Settle(ctx, e.reserved, spend.Outcome{Usage: e.response.Usage, Duration: e.took, Answer: answer}); err != nil {
		return err
	}
	// An answer that ends where the budget did is no good to others.
	if e.response.Finish != llm.Truncated || e.reserved.MaxOutput == q.ask.MaxOutput {
		m.Cache.Put(ctx, q.cacheKey, answer)
	}
	return nil
}

// settleFailed enters a call that failed: it may have cost something nevertheless.
func (m *Maker) settleFailed(ctx context.Context, e entry) error {
	failed, ok := errors.AsType[*llm.Error](e.err)
	switch {
	case e.response.Usage.InputTokens > 0 || e.response.Usage.OutputTokens > 0:
		return m.Book.Settle(ctx, e.reserved, spend.Outcome{Usage: e.response.Usage, Duration: e.took})
	case ok && !failed.Sent:
		return m.Book.Release(ctx, e.reserved, e.took)
	}
	return m.Book.Lose(ctx, e.reserved, e.took)
}

// DeleteWorkspace forgets what the cache holds of a workspace; it implements
// tenancy.Blobs. What was stored for its runs goes with their rows.
func (m *Maker) DeleteWorkspace(ctx context.Context, workspaceID string) error {
	return m.Cache.Forget(ctx, workspaceID+":")
}
