package limit

import (
	"sync"
	"time"
)

const (
	// leaseLife is how long a batch may be spent. Longer, and a client that comes
	// back after a pause would find batches on top of its whole quota.
	leaseLife = time.Second
	// shares is how many batches a limit has at least.
	shares = 50
)

// lease is what a replica knows of one client: what it may spend without asking, or
// until when asking is useless.
type lease struct {
	mu sync.Mutex
	// left of the batch of size, good until end.
	left, size int
	end        time.Time
	// behind is what the count in Redis had left, and whole when it is whole again,
	// when the batch was taken.
	behind int
	whole  time.Time
	// closed is until when the client has nothing left.
	closed time.Time
	// own is when the quota is whole again that this replica counts by itself.
	own time.Time
}

// grant is what Redis answered.
type grant struct {
	count, left  int
	retry, reset time.Duration
}

// spend decides without asking, if it can.
func (s *lease) spend(now time.Time, limit int) (Verdict, bool) {
	if s.left > 0 && now.Before(s.end) {
		s.left--
		return Verdict{Allowed: true, Limit: limit, Left: s.behind + s.left, Reset: max(0, s.whole.Sub(now))}, true
	}
	return s.refused(now, limit)
}

// refused reports whether the client is known to have nothing left.
func (s *lease) refused(now time.Time, limit int) (Verdict, bool) {
	if !now.Before(s.closed) {
		return Verdict{}, false
	}
	return Verdict{Limit: limit, Retry: s.closed.Sub(now), Reset: max(0, s.whole.Sub(now))}, true
}

// want returns how large the next batch shall be: twice the last one if that was used
// up in its time, else one.
func (s *lease) want(now time.Time, limit int) int {
	if s.left > 0 || !now.Before(s.end) {
		return 1
	}
	return max(1, min(2*s.size, limit/shares))
}

// renew begins a new batch, of which the request at hand is the first.
func (s *lease) renew(now time.Time, limit int, g grant) Verdict {
	s.whole, s.behind = now.Add(g.reset), g.left
	if g.count == 0 {
		s.left, s.size = 0, 0
		s.closed = now.Add(g.retry)
		return Verdict{Limit: limit, Retry: g.retry, Reset: g.reset}
	}
	s.size, s.left, s.end = g.count, g.count-1, now.Add(leaseLife)
	return Verdict{Allowed: true, Limit: limit, Left: s.behind + s.left, Reset: g.reset}
}

// alone counts the request here, as the script does in Redis.
func (s *lease) alone(now time.Time, limit int) Verdict {
	each := window / time.Duration(limit)
	s.left, s.size = 0, 0
	next := s.own
	if next.Before(now) {
		next = now
	}
	next = next.Add(each)
	if over := next.Sub(now) - window; over > 0 {
		s.whole, s.closed = next.Add(-each), now.Add(over)
		return Verdict{Limit: limit, Retry: over, Reset: next.Sub(now) - each}
	}
	s.own = next
	return Verdict{Allowed: true, Limit: limit, Left: int((window - next.Sub(now)) / each), Reset: next.Sub(now)}
}
