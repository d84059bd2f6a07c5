package run

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// brokenEngine panics, as an engine with a bug does.
type brokenEngine struct {
	engine.Provider
	engine.Engine
}

func (brokenEngine) Name() string { return "broken" }

func (b brokenEngine) Open(engine.Session) engine.Engine { return b }

func (brokenEngine) Plan(context.Context, engine.Question) (engine.Plan, error) {
	panic("index out of range")
}

func TestDo_APanicIsAnErrorOfThatRunOnly(t *testing.T) {
	t.Parallel()
	w := NewWorker(Deps{Engines: engine.Set{brokenEngine{}}, Plain: brokenEngine{}})
	_, err := w.do(t.Context(), store.Analysis{Step: StepPlan, Engine: "broken", Request: []byte(`{"question":"why?"}`), Plan: []byte("{}")}, 1)
	require.ErrorContains(t, err, "index out of range")
	require.Equal(t, "internal error", errs.Message(err), "users see none of it")
}

func TestDo_AStepOfANewerVersionIsLeftToIt(t *testing.T) {
	t.Parallel()
	w := NewWorker(Deps{})
	_, err := w.do(t.Context(), store.Analysis{Step: "dream", Request: []byte("{}"), Plan: []byte("{}")}, 1)
	require.ErrorContains(t, err, "dream")
	require.False(t, hopeless(tried(1), err), "another process may know the step")
}

func TestHopeless(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		tries int
		want  bool
	}{
		"a peer that is gone comes back":            {errs.Unavailable, 1, false},
		"an unknown error may pass":                 {errors.New("broken pipe"), maxTries - 1, false},
		"not for ever":                              {errs.Unavailable, maxTries, true},
		"what is wrong stays wrong":                 {fmt.Errorf("search: %w", errs.InvalidArgument), 1, true},
		"what the state forbids stays so":           {errs.FailedPrecondition, 1, true},
		"what is gone stays gone":                   {errs.NotFound, 1, true},
		"what is forbidden stays so":                {errs.PermissionDenied, 1, true},
		"waiting is no failure however often it is": {river.JobSnooze(1), maxTries + 1, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, hopeless(tried(tc.tries), tc.err))
		})
	}
}

// River drops a job after its last attempt without asking the worker; the worker
// must have failed the run before.
func TestStepArgs_TheWorkerGivesUpBeforeRiver(t *testing.T) {
	t.Parallel()
	require.Greater(t, StepArgs{}.InsertOpts().MaxAttempts, maxTries)
}

func tried(times int) *river.Job[StepArgs] {
	return &river.Job[StepArgs]{JobRow: &rivertype.JobRow{Attempt: times}}
}
