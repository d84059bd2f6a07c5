package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	// retries is how often Retry tries in all: with the pauses below, for about a
	// minute, in which a server is started anew.
	retries = 9
	// The pause before the second try, which doubles, and the longest.
	firstPause   = 250 * time.Millisecond
	longestPause = 15 * time.Second
)

// Retry calls fn until it succeeds, or fails for good: the server says no, ctx ends,
// or nobody has answered for a minute. fn must be safe to repeat.
func Retry(ctx context.Context, fn func(ctx context.Context) error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := fn(ctx)
		if err == nil || try == retries || ctx.Err() != nil || !temporary(err) {
			return err
		}
		wait := pause/2 + rand.N(pause/2) //nolint:gosec // no secret depends on it
		refused := &Error{}
		if errors.As(err, &refused) {
			wait = max(wait, min(refused.Wait, longestPause))
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		pause = min(2*pause, longestPause)
	}
}

// lostError is a request that was not answered, or not to the end.
type lostError struct{ err error }

// Error implements error.
func (e *lostError) Error() string { return "ask the server: " + e.err.Error() }

// Unwrap returns what happened.
func (e *lostError) Unwrap() error { return e.err }

// temporary reports whether the same call may succeed later: nobody was there, the
// connection broke, or the server says so.
func temporary(err error) bool {
	if lost := (*lostError)(nil); errors.As(err, &lost) {
		return true
	}
	refused := &Error{}
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Status {
	case http.StatusTooManyRequests: // a quota that is used up has it, too, and says no time
		return refused.Wait > 0
	case http.StatusConflict, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}
