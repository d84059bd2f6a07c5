package chaos

import (
	"testing"
	"time"
)

// slow are latencies as those outside have them.
var slow = latencies{search: 300 * time.Millisecond, page: 200 * time.Millisecond, model: 2 * time.Second}

// critical is the longest chain of calls that need each other in a run of two rounds:
// in each a search, then a page, whose host is known by then, and the plan, what is still
// open, the findings and the summary. All else can be done meanwhile.
func (l latencies) critical() time.Duration {
	return 2*(l.search+l.page) + 4*l.model
}

// BenchmarkDeepRun says how long a deep run takes beside the critical path of its
// outside calls: its own work, and all waiting that nobody needs, come on top. At most
// 1.15 is what is asked for.
func BenchmarkDeepRun(b *testing.B) {
	w := newWorld(b, slow)
	number := undisturbed
	w.finished(b, w.start(b, number)) // processes that just started have to warm up
	for b.Loop() {
		number++
		w.finished(b, w.start(b, number))
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(slow.critical()), "critical-paths/op")
}
