package governor_test

import (
	"container/heap"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

// simulation lets jobs ask a key's governor in a time that only it moves on.
type simulation struct {
	t        *testing.T
	clock    *redistest.Clock
	replicas []*governor.Governor
	key      string
	limit    governor.Limit
	late     func() time.Duration // how much later than told a job comes
	took     func() time.Duration // how long its request takes

	now    time.Duration
	events events
	spans  []span // the requests, in the order in which they began
}

// span is one request.
type span struct {
	job        int
	begin, end time.Duration
}

// event is when a job asks, or is done if it has a permit.
type event struct {
	at     time.Duration
	job    int
	permit *governor.Permit
}

// run lets so many jobs come at once and ends when all have been served.
func (s *simulation) run(jobs int) {
	s.t.Helper()
	for i := range jobs {
		heap.Push(&s.events, event{at: 0, job: i})
	}
	for steps := 0; len(s.events) > 0; steps++ {
		require.Less(s.t, steps, 10000, "somebody starves")
		next := heap.Pop(&s.events).(event)
		s.clock.Advance(next.at - s.now)
		s.now = next.at
		if next.permit != nil {
			next.permit.Done(s.t.Context(), governor.Report{})
			continue
		}
		s.ask(next.job)
	}
}

// ask lets one job ask, and plans what it does next.
func (s *simulation) ask(job int) {
	s.t.Helper()
	ask := governor.Ask{Key: s.key, Limit: s.limit, Ticket: strconv.Itoa(job)}
	permit, err := s.replicas[job%len(s.replicas)].Acquire(s.t.Context(), ask)
	if err != nil {
		heap.Push(&s.events, event{at: s.now + after(s.t, err) + s.late(), job: job})
		return
	}
	end := s.now + s.took()
	s.spans = append(s.spans, span{job: job, begin: s.now, end: end})
	heap.Push(&s.events, event{at: end, job: job, permit: permit})
}

// check holds what happened against the limit.
func (s *simulation) check(t require.TestingT) {
	for i, first := range s.spans {
		inWindow, underWay := 0, 0
		for _, other := range s.spans[:i] {
			require.LessOrEqual(t, other.begin, first.begin)
			if s.limit.Gap > 0 {
				require.GreaterOrEqual(t, first.begin-other.end, s.limit.Gap, "the gap")
			}
			if other.end > first.begin {
				underWay++
			}
		}
		for _, other := range s.spans[i:] {
			if other.begin < first.begin+s.limit.Per {
				inWindow++
			}
		}
		if s.limit.Requests > 0 {
			require.LessOrEqual(t, inWindow, s.limit.Requests, "the rate")
		}
		if s.limit.Concurrency > 0 {
			require.Less(t, underWay, s.limit.Concurrency, "the concurrency")
		}
	}
}

// events is a heap of events, the earliest first; of two at once the one that gives
// back, then the older job.
type events []event

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func (e events) Less(i, j int) bool {
	switch a, b := e[i], e[j]; {
	case a.at != b.at:
		return a.at < b.at
	case (a.permit != nil) != (b.permit != nil):
		return a.permit != nil
	default:
		return a.job < b.job
	}
}
