// Package remember keeps the answers of another service for a while, so that it is not
// asked for each request and may be away for some time.
//
// An answer is used for half a minute without asking again, and for ten minutes while
// the other service cannot be asked. A refusal (errs.NotFound, errs.FailedPrecondition)
// is an answer, too, and ends what is known. What nobody may use any more is dropped,
// since it may be a secret.
package remember

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// freshFor is how long an answer is used without asking again.
	freshFor = 30 * time.Second
	// staleFor is how long an answer is used while the other service cannot be asked.
	staleFor = 10 * time.Minute
	// retryAfter is how long an old answer is used without asking again after the other
	// service could not be asked.
	retryAfter = time.Second
	// askTimeout bounds one question.
	askTimeout = 5 * time.Second
	// maxKnown bounds the answers that are kept.
	maxKnown = 10_000
)

// Answers are the answers to questions of one kind. They are safe for concurrent use.
type Answers[Q comparable, V any] struct {
	known  *lru.Cache[Q, answer[V]]
	asking singleflight.Group
	now    func() time.Time
}

// answer is what was said, and when.
type answer[V any] struct {
	value V
	at    time.Time
	// failed is when the other service could not be asked, since then.
	failed time.Time
}

// New returns no answers yet; now is the clock.
func New[Q comparable, V any](now func() time.Time) *Answers[Q, V] {
	known, _ := lru.New[Q, answer[V]](maxKnown) // fails on a size that is not positive
	return &Answers[Q, V]{known: known, now: now}
}

// Get returns the answer to a question: one that is known and fresh, else what ask
// says, else, when ask fails without refusing, one that is not too old. Such a failure
// is errs.Unavailable. Who asks the same at once is answered together.
func (a *Answers[Q, V]) Get(ctx context.Context, q Q, ask func(context.Context) (V, error)) (V, error) {
	now := a.now()
	last, ok := a.known.Get(q)
	usable := ok && now.Sub(last.at) < staleFor
	if usable && (now.Sub(last.at) < freshFor || now.Sub(last.failed) < retryAfter) {
		return last.value, nil
	}
	value, err := a.askOnce(ctx, q, ask)
	if err == nil {
		return value, nil
	}
	if usable && !refuses(err) && ctx.Err() == nil {
		return last.value, nil
	}
	var none V
	return none, err
}

// askOnce asks, once for all who want to know the same.
func (a *Answers[Q, V]) askOnce(ctx context.Context, q Q, ask func(context.Context) (V, error)) (V, error) {
	result := a.asking.DoChan(fmt.Sprintf("%#v", q), func() (any, error) {
		// It may have been answered between the look and the question.
		if last, ok := a.known.Get(q); ok && a.now().Sub(last.at) < freshFor {
			return last.value, nil
		}
		// Of those who wait the first may hang up; the others still want it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		value, err := ask(asking)
		a.remember(q, value, err)
		if err != nil && !refuses(err) {
			// Whatever it is, it is between the two services: the caller is signed in.
			err = fmt.Errorf("%w: %s", errs.Unavailable, err.Error())
		}
		return value, err
	})
	var value V
	select {
	case <-ctx.Done():
		return value, ctx.Err()
	case r := <-result:
		value, _ = r.Val.(V)
		return value, r.Err
	}
}

// remember keeps what came of a question, and drops what is too old to be used: it
// may be a secret.
func (a *Answers[Q, V]) remember(q Q, value V, err error) {
	now := a.now()
	for {
		oldest, last, ok := a.known.GetOldest()
		if !ok || now.Sub(last.at) < staleFor {
			break
		}
		a.known.Remove(oldest)
	}
	switch {
	case err == nil:
		a.known.Add(q, answer[V]{value: value, at: now})
	case refuses(err):
		a.known.Remove(q)
	default:
		if last, ok := a.known.Peek(q); ok {
			last.failed = now
			a.known.Add(q, last)
		}
	}
}

// refuses reports whether an error is the other service's decision, not its absence.
func refuses(err error) bool {
	return errors.Is(err, errs.NotFound) || errors.Is(err, errs.FailedPrecondition)
}
