package run_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// The latencies of the world outside: a search and then a fetch in each round, and the
// calls of a model.
const (
	searchTime = 300 * time.Millisecond
	fetchTime  = 200 * time.Millisecond
	modelTime  = 2 * time.Second
)

// take waits as long as something outside takes.
func take(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// deepRun is a run of three rounds in that world.
func deepRun(t *testing.T) (took, critical time.Duration) {
	t.Helper()
	f := setup(t, asking, further, func(f *fixture) {
		f.script.before = func(ctx context.Context, _ engine.Step, _ engine.Session) error { return take(ctx, modelTime) }
	})
	f.research.On("WaitResearch", func(ctx context.Context, _ int) error { return take(ctx, searchTime+fetchTime) })
	began := time.Now()
	a := f.finish(f.start(deep(3)))
	took = time.Since(began)
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState())
	require.Len(t, a.GetRounds(), 3)
	// plan, two reflections, analysis and summary, one after the other
	return took, 3*(searchTime+fetchTime) + 5*modelTime
}

// A run should take as long as the longest chain of its outside calls and little else.
// With -v it says how much.
func TestDeepRun_TakesAsLongAsItsOutsideCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes twelve seconds")
	}
	t.Parallel()
	took, critical := deepRun(t)
	share := float64(took) / float64(critical)
	t.Logf("took %s, critical path %s: %.3f", took, critical, share)
	// More than the 1.15 of `make bench`: other tests run beside this one.
	require.Less(t, share, 1.3)
}
