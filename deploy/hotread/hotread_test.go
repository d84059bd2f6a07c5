package hotread

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/researcherpro/researcherpro/deploy/programtest"
)

// target is one way to the same row.
type target struct {
	name string
	call call
	pids []int // of the processes whose time counts
}

// length is how much is measured.
type length struct {
	rounds int
	each   time.Duration // of a target in a round
}

func measured() length {
	if os.Getenv("RP_HOTREAD_SHORT") != "" {
		return length{rounds: 1, each: 300 * time.Millisecond}
	}
	return length{rounds: 7, each: 2 * time.Second}
}

// targets are asked in this order.
func (w *world) targets(tb testing.TB) []target {
	tb.Helper()
	processes := w.site.Processes
	pids := func(children ...*programtest.Child) (all []int) {
		for _, c := range children {
			all = append(all, c.PID())
		}
		return all
	}
	return []target{
		{"bare-http", overHTTP(tb, w.addrs[kindHTTP], w.token, w.id), pids(w.references[kindHTTP])},
		{"rest", overHTTP(tb, w.site.Addrs["HTTP_ADDR"], w.token, w.id), pids(processes["gateway"], processes["analysis"])},
		{"bare-grpc", overGRPC(tb, w.addrs[kindGRPC], w.token, w.id), pids(w.references[kindGRPC])},
		{"grpc", overGRPC(tb, w.site.Addrs["ANALYSIS_ADDR"], w.token, w.id), pids(processes["analysis"])},
	}
}

// BenchmarkHotRead says what a request costs in CPU time, in microseconds, over each
// way, and how many times the bare program's that is. What is asked for is at most 2.5
// for REST (gateway and service together) and 1.5 for gRPC.
func BenchmarkHotRead(b *testing.B) {
	programs := profiled(b)
	w := newWorld(b, programs)
	targets, size := w.targets(b), measured()
	for _, t := range targets {
		load(b, min(size.each, settle), t.call)
	}
	cost := map[string][]float64{}
	for b.Loop() {
		for range size.rounds {
			for _, t := range targets {
				cost[t.name] = append(cost[t.name], each(b, t, size.each))
			}
		}
	}
	b.ReportMetric(0, "ns/op") // means nothing: the length is given
	for _, t := range targets {
		b.ReportMetric(median(cost[t.name]), t.name+"-µs")
	}
	b.ReportMetric(median(ratios(cost["rest"], cost["bare-http"])), "rest/bare")
	b.ReportMetric(median(ratios(cost["grpc"], cost["bare-grpc"])), "grpc/bare")
	w.profile(b, programs, targets)
}

// each returns the microseconds of CPU time that a call takes.
func each(tb testing.TB, t target, length time.Duration) float64 {
	tb.Helper()
	before := cpuOf(tb, t.pids...)
	calls := load(tb, length, t.call)
	used := cpuOf(tb, t.pids...) - before
	return float64(used.Microseconds()) / float64(calls)
}

// ratios divides round by round, so that a round in which the machine was slow is slow
// for both.
func ratios(of, by []float64) []float64 {
	all := make([]float64, len(of))
	for i := range of {
		all[i] = of[i] / by[i]
	}
	return all
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
