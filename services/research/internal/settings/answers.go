package settings

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// freshFor is how long an answer is used without asking again.
	freshFor = 30 * time.Second
	// staleFor is how long an answer is used while auth cannot be asked.
	staleFor = 10 * time.Minute
	// retryAfter is how long an old answer is used without asking again after auth
	// could not be asked.
	retryAfter = time.Second
	// askTimeout bounds one question.
	askTimeout = 5 * time.Second
	// maxKnown bounds the answers that are kept.
	maxKnown = 10_000
)

// question is what an answer is for; what it does not depend on is empty.
type question struct{ workspace, user, provider string }

func (q question) String() string {
	return strings.Join([]string{q.workspace, q.user, q.provider}, "/")
}

// answers are what auth said to questions of one kind.
type answers[V any] struct {
	known  *lru.Cache[question, answer[V]]
	asking singleflight.Group
	now    func() time.Time
}

// answer is what auth said, and when.
type answer[V any] struct {
	value V
	at    time.Time
	// failed is when auth could not be asked, since then.
	failed time.Time
}

func newAnswers[V any](now func() time.Time) *answers[V] {
	known, _ := lru.New[question, answer[V]](maxKnown) // fails on a size that is not positive
	return &answers[V]{known: known, now: now}
}

// get returns the answer to a question: one that is known and fresh, else a new
// one, else, when auth cannot be asked, one that is not too old. A refusal is an
// answer, too, and ends what is known.
func (a *answers[V]) get(ctx context.Context, q question, ask func(context.Context) (V, error)) (V, error) {
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

// askOnce asks auth, once for all who want to know the same.
func (a *answers[V]) askOnce(ctx context.Context, q question, ask func(context.Context) (V, error)) (V, error) {
	result := a.asking.DoChan(q.String(), func() (any, error) {
		// Of those who wait the first may hang up; the others still want it.
		asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		value, err := ask(asking)
		a.remember(q, value, err)
		if err != nil && !refuses(err) {
			// Whatever it is, it is between auth and us: the caller is signed in.
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
func (a *answers[V]) remember(q question, value V, err error) {
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

// refuses reports whether an error is auth's decision, not its absence.
func refuses(err error) bool {
	return errors.Is(err, errs.NotFound) || errors.Is(err, errs.FailedPrecondition)
}
