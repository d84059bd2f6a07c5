package governor

import (
	"errors"
	"fmt"
	"time"
)

// Limit is what a key may do. The zero Limit allows everything and still learns.
type Limit struct {
	// Requests is how many may begin in any time of Per, by weight; zero is any
	// number.
	Requests int
	Per      time.Duration
	// Burst is how many may begin at once after a pause; a tenth of Requests, at
	// least one, if zero. The steady rate is Requests - Burst + 1 in Per.
	Burst int
	// Concurrency is how many may be under way; zero is any number.
	Concurrency int
	// Gap is the least time between the end of one and the start of the next; with
	// it there is never more than one under way. Since it begins when the answer is
	// there, requests arrive at least as far apart, whatever the network does.
	Gap time.Duration
	// MaxRequests and MaxConcurrency are how far the other side may raise the limit by
	// what it says; what it says below the limit always counts.
	MaxRequests, MaxConcurrency int
	// Failures is how many failures in a row open the circuit; zero is never.
	Failures int
	// Strict says that the limit holds whatever happens: without Redis nothing goes,
	// and when Redis does not know the key, perhaps because it lost its memory, one
	// Gap passes first.
	Strict bool
}

// Rate is a limit that the other side told of. What is zero was not told.
type Rate struct {
	Requests    int
	Per         time.Duration
	Concurrency int
}

// The bounds of what is believed about a rate.
const (
	minPer = time.Millisecond
	maxPer = 24 * time.Hour
)

// check reports a mistake of the programmer's.
func (a Ask) check() error {
	switch l := a.Limit; {
	case a.Key == "":
		return errors.New("governor: a key is required")
	case l.Requests < 0 || l.Concurrency < 0 || l.Gap < 0 || l.Failures < 0:
		return errors.New("governor: a limit must not be negative")
	case l.Requests > 0 && (l.Per < minPer || l.Per > maxPer):
		return fmt.Errorf("governor: Per must be from %s to %s", minPer, maxPer)
	case l.Requests > 0 && a.Weight > l.Requests:
		return fmt.Errorf("governor: a weight of %d never fits into %d", a.Weight, l.Requests)
	}
	return nil
}

// burst is the burst in force for so many requests.
func burst(requests, wanted int) int {
	if wanted <= 0 {
		wanted = requests / 10
	}
	return min(max(wanted, 1), max(requests, 1))
}

// concurrency is how many may be under way, with what a gap says about it.
func (l Limit) concurrency() int {
	if l.Gap > 0 {
		return 1
	}
	return l.Concurrency
}

// share is what is left of the limit for one of so many replicas. It is never less
// than one, spread over a longer time instead.
func (l Limit) share(replicas int) Limit {
	l.Per *= time.Duration(replicas)
	l.Gap *= time.Duration(replicas)
	if l.Concurrency > 0 {
		l.Concurrency = max(l.Concurrency/replicas, 1)
	}
	return l
}

// valid reports whether a rate that was told may be believed.
func (r Rate) valid() bool { return r.Requests > 0 && r.Per >= minPer && r.Per <= maxPer }
