package fanout

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// perSecond is how many events are committed in a second, over all runs.
	perSecond = 200
	patience  = 2 * time.Minute
	// warm is how many sockets a gateway has before its memory is looked at, so that
	// what it sets up once does not count for the sockets.
	warm = 100
)

// text is what an event of the load tells, as long as a finding.
var text = strings.Repeat("Sockets cost memory. ", 8)

// number reads a number from the environment.
func number(b *testing.B, name string, otherwise int) int {
	value := os.Getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	require.NoError(b, err, name)
	return n
}

// BenchmarkSockets holds 10,000 sockets over two gateways and three runs, and commits
// 200 events a second for a minute. Every socket must get each event of its run once,
// in order.
func BenchmarkSockets(b *testing.B) {
	w := newWorld(b)
	sockets, seconds := number(b, "RP_BENCH_SOCKETS", 10_000), number(b, "RP_BENCH_SECONDS", 60)
	for b.Loop() {
		runs := []*run{w.start(b), w.start(b), w.start(b)}
		l := newLoad(b)
		l.add(w, warm, runs...)
		w.settle(b)
		before := w.memory(b)
		l.add(w, sockets-warm, runs...)
		w.settle(b)
		b.ReportMetric(float64(w.memory(b)-before)/float64(sockets-warm), "B/socket")
		first := w.cpu(b)
		began := time.Now()
		offered := w.commit(b, runs, seconds*perSecond)
		l.await(offered.events*int64(sockets)/int64(len(runs)), patience)
		took := time.Since(began)
		used := w.cpu(b) - first
		seen := l.end()
		require.Zero(b, seen.wrong, "an event was lost, came twice, or not in order")
		b.ReportMetric(float64(seen.messages)/took.Seconds(), "msg/s")
		b.ReportMetric(float64(seen.messages)/used.Seconds(), "msg/cpu-s")
		b.ReportMetric(perSecond, "offered/s")
		b.ReportMetric(float64(offered.events)/offered.took.Seconds(), "committed/s")
		b.ReportMetric(float64(offered.late.Milliseconds()), "commit-late-max-ms")
		b.ReportMetric(float64(seen.percentile(0.5)), "p50-ms")
		b.ReportMetric(float64(seen.percentile(0.99)), "p99-ms")
		b.ReportMetric(float64(w.memory(b)-before)/float64(sockets-warm), "B/socket-busy")
	}
}

// offer says what became of the events that were to be committed.
type offer struct {
	events int64
	took   time.Duration // until the last was committed
	late   time.Duration // how far behind its time the latest was
}

// commit commits n events, over the runs in turn, and says how that went. Each event
// has its time from the beginning on: after a slow commit those that are due follow at
// once, so that a slow database does not lower what is offered.
func (w *world) commit(b *testing.B, runs []*run, n int) offer {
	b.Helper()
	var writers sync.WaitGroup
	failed := make(chan error, len(runs))
	latest := make([]time.Duration, len(runs))
	each, start := n/len(runs), time.Now()
	for at, r := range runs {
		writers.Go(func() {
			for i := range each {
				due := start.Add(time.Duration(i*len(runs)+at) * time.Second / perSecond)
				<-time.After(time.Until(due))
				if err := w.append(context.WithoutCancel(b.Context()), r, 1, text); err != nil {
					failed <- err
					return
				}
				latest[at] = max(latest[at], time.Since(due))
			}
		})
	}
	writers.Wait()
	if len(failed) > 0 {
		require.NoError(b, <-failed)
	}
	return offer{events: int64(each * len(runs)), took: time.Since(start), late: slices.Max(latest)}
}

// BenchmarkBurst commits 100 events at once for 1,000 sockets of one run.
func BenchmarkBurst(b *testing.B) {
	w := newWorld(b)
	w.gateways = w.gateways[:1]
	sockets := min(1000, number(b, "RP_BENCH_SOCKETS", 10_000))
	r, l := w.start(b), newLoad(b)
	l.add(w, sockets, r)
	w.settle(b)
	const events, rounds = 100, 10
	for b.Loop() {
		first, began, came := w.cpu(b), time.Now(), l.got.Load()
		for i := range rounds {
			require.NoError(b, w.append(b.Context(), r, events, text))
			l.await(came+int64((i+1)*events*sockets), patience)
		}
		messages := float64(rounds * events * sockets)
		b.ReportMetric(messages/(w.cpu(b)-first).Seconds(), "msg/cpu-s")
		b.ReportMetric(messages/time.Since(began).Seconds(), "msg/s")
	}
	require.Zero(b, l.end().wrong)
}

// BenchmarkStuck has sockets of which 100 never read while 16 MB of events come, four
// times what a window holds. The others must not notice, and the stuck ones are told
// and refilled when they read again.
func BenchmarkStuck(b *testing.B) {
	w := newWorld(b)
	w.gateways = w.gateways[:1]
	const stuck, others, events = 100, 200, 2000
	long := strings.Repeat("x", 8<<10)
	for b.Loop() {
		alone := w.measure(b, w.start(b), nil, others, events, long)
		r := w.start(b)
		silent := make([]*socket, stuck)
		for i := range silent {
			var err error
			silent[i], err = dial(w.gateways[0].addr, w.token, r, r.last.Load())
			require.NoError(b, err)
		}
		w.settle(b)
		before := w.memory(b)
		beside := w.measure(b, r, silent, others, events, long)
		b.ReportMetric(float64(alone), "p99-ms-alone")
		b.ReportMetric(float64(beside), "p99-ms-beside")
		b.ReportMetric(float64(w.memory(b)-before)/(1<<20), "MiB-grown")
	}
}

// measure writes events to a run that others follow and returns their 99th percentile;
// then the silent ones read, too, and must get all.
func (w *world) measure(b *testing.B, r *run, silent []*socket, others, events int, long string) int {
	b.Helper()
	l := newLoad(b)
	l.add(w, others, r)
	const batch = 4
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for range events / batch {
		require.NoError(b, w.append(b.Context(), r, batch, long))
		<-pace.C
	}
	l.await(int64(others*events), patience)
	seen := l.end()
	require.Zero(b, seen.wrong)
	if len(silent) > 0 {
		again := newLoad(b)
		for _, s := range silent {
			again.watch(s)
		}
		again.await(int64(len(silent)*events), patience)
		require.Zero(b, again.end().wrong)
		for _, s := range silent {
			require.Positive(b, s.lags, "who does not read is told of it")
		}
	}
	return seen.percentile(0.99)
}
