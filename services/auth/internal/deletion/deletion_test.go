package deletion_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/deletion"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// rows stands in for the store, which has tests of its own.
type rows struct {
	mu       sync.Mutex
	pending  map[string][]string // by workspace
	finished map[string]int
	err      map[string]error // of FinishDeletion, by workspace
	down     bool
	forgot   time.Duration
}

func (r *rows) Deletions(context.Context) ([]store.Deletion, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		return nil, errors.New("PostgreSQL is down")
	}
	var list []store.Deletion
	for id, pending := range r.pending {
		list = append(list, store.Deletion{WorkspaceID: id, Pending: slices.Clone(pending)})
	}
	return list, nil
}

func (r *rows) FinishDeletion(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished[id]++
	if err := r.err[id]; err != nil {
		return err
	}
	delete(r.pending, id)
	return nil
}

func (r *rows) ForgetDeletions(_ context.Context, age time.Duration) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forgot = age
	return nil
}

// set changes the rows.
func (r *rows) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// start runs a worker until the test ends and returns what it announces.
func start(t *testing.T, r *rows) <-chan []string {
	t.Helper()
	announced := make(chan []string)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	w := &deletion.Worker{Store: r, Interval: time.Millisecond, Announce: func(_ context.Context, ids ...string) error {
		select {
		case announced <- ids:
		case <-ctx.Done():
		}
		return nil
	}}
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return announced
}

func TestWorker_AnnouncesUntilAllHaveConfirmedAndFinishesThen(t *testing.T) {
	t.Parallel()
	r := &rows{pending: map[string][]string{"a": deletion.Services()}, finished: map[string]int{}}
	announced := start(t, r)
	for range 3 {
		require.Equal(t, []string{"a"}, <-announced)
	}
	r.set(func() {
		require.Zero(t, r.finished["a"], "while a service has something, so has auth")
		r.pending = map[string][]string{"a": nil, "b": {"report"}}
	})
	require.Eventually(t, func() bool { return slices.Equal(<-announced, []string{"b"}) }, 10*time.Second, time.Millisecond)
	r.set(func() {
		require.Equal(t, 1, r.finished["a"])
		require.Equal(t, 24*time.Hour, r.forgot)
	})
}

func TestWorker_OneFailureIsNotTheEnd(t *testing.T) {
	t.Parallel()
	r := &rows{
		pending: map[string][]string{"bad": nil, "busy": nil, "good": {"report"}}, finished: map[string]int{},
		err: map[string]error{"bad": errors.New("broken"), "busy": errs.Conflict}, down: true,
	}
	announced := start(t, r)
	r.set(func() { r.down = false })
	require.Equal(t, []string{"good"}, <-announced)
	require.Equal(t, []string{"good"}, <-announced)
	r.set(func() {
		require.Positive(t, r.finished["bad"])
		require.Positive(t, r.finished["busy"])
	})
}
