package governor

import (
	"sync"
	"time"
)

// maxBuckets is how many keys are kept in the process before the idle are dropped.
const maxBuckets = 1000

// local keeps limits within the process, while Redis is away. It knows no line and
// learns nothing.
type local struct {
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]*bucket
}

// bucket is the state of one key.
type bucket struct {
	full time.Time            // as in acquire.lua: when the bucket is full again
	rest time.Time            // before which nothing goes
	out  map[string]time.Time // permits, with the ends of their leases
	gap  time.Duration
}

func newLocal(now func() time.Time) *local {
	return &local{now: now, buckets: map[string]*bucket{}}
}

// acquire gives a permit within the limit, which is the process' share, or a *Wait.
func (l *local) acquire(p *Permit, limit Limit) (*Permit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.bucket(p.key, now)
	b.gap = limit.Gap
	turn := later(now, b.rest)
	if n := limit.concurrency(); n > 0 && len(b.out) >= n {
		turn = later(turn, now.Add(patience))
	}
	var cost time.Duration
	if limit.Requests > 0 {
		most := burst(limit.Requests, limit.Burst)
		each := limit.Per / time.Duration(limit.Requests-most+1)
		cost = time.Duration(p.weight) * each
		turn = later(turn, later(now, b.full).Add(cost-time.Duration(max(most, p.weight))*each))
	}
	if turn.After(now) {
		return nil, &Wait{After: min(ceil(turn.Sub(now).Microseconds()), longestWait)}
	}
	b.full = later(now, b.full).Add(cost)
	b.out[p.id] = now.Add(p.lease)
	p.local, p.cost = true, cost.Microseconds()
	return p, nil
}

// release takes a permit back.
func (l *local) release(p *Permit, report Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.bucket(p.key, now)
	delete(b.out, p.id)
	b.full = b.full.Add(-time.Duration(p.refund(report)) * time.Microsecond)
	b.rest = later(b.rest, now.Add(min(report.RetryAfter, longestHold)))
	if report.Outcome == Limited {
		b.rest = later(b.rest, now.Add(patience))
	}
	if report.Outcome != Unsent {
		b.rest = later(b.rest, now.Add(b.gap))
	}
}

// renew makes a permit's lease as long again as it was.
func (l *local) renew(p *Permit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.bucket(p.key, now)
	if _, ok := b.out[p.id]; !ok {
		return ErrLost
	}
	b.out[p.id] = now.Add(p.lease)
	return nil
}

// bucket returns the state of a key, without permits whose lease has ended.
func (l *local) bucket(key string, now time.Time) *bucket {
	if len(l.buckets) >= maxBuckets {
		for other, b := range l.buckets {
			if b.sweep(now); len(b.out) == 0 && !b.full.After(now) && !b.rest.After(now) {
				delete(l.buckets, other)
			}
		}
	}
	b, ok := l.buckets[key]
	if !ok {
		b = &bucket{out: map[string]time.Time{}}
		l.buckets[key] = b
	}
	b.sweep(now)
	return b
}

// sweep takes back the permits whose lease has ended.
func (b *bucket) sweep(now time.Time) {
	for id, till := range b.out {
		if !till.After(now) {
			delete(b.out, id)
			b.rest = later(b.rest, till.Add(b.gap))
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
