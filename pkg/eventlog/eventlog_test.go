package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// tables is the migration that a service with an event log has.
var tables = fstest.MapFS{"0001_events.sql": {Data: []byte("-- +goose Up\n" + eventlog.Schema)}}

// never is a poll interval that no test waits for: what arrives was woken.
const never = time.Hour

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// bundle is one stream and a log over it.
type bundle struct {
	db                *pg.Pool
	log               *eventlog.Log
	workspace, stream string
}

// setup makes a stream's names and a log; nothing is appended yet.
func setup(t *testing.T, client *redis.Client, poll time.Duration) *bundle {
	t.Helper()
	b := &bundle{db: pgtest.New(t, tables), workspace: uuid.NewString(), stream: uuid.NewString()}
	b.log = openLog(t, b.db, client, poll)
	return b
}

// openLog opens a log that is closed when the test ends.
func openLog(t *testing.T, db *pg.Pool, client *redis.Client, poll time.Duration) *eventlog.Log {
	t.Helper()
	log := eventlog.Open(t.Context(), db, client, eventlog.Options{
		Topic: t.Name(), PollInterval: poll, Logger: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(log.Close)
	return log
}

// append commits events and wakes the followers.
func (b *bundle) append(ctx context.Context, events ...eventlog.New) (int64, error) {
	var last int64
	err := b.db.InWorkspace(ctx, b.workspace, func(ctx context.Context, tx pgx.Tx) (err error) {
		last, err = eventlog.Append(ctx, tx, b.workspace, b.stream, events...)
		return err
	})
	if err == nil {
		b.log.Notify(b.workspace, b.stream, last)
	}
	return last, err
}

// say appends one event per word.
func (b *bundle) say(t *testing.T, words ...string) {
	t.Helper()
	for _, word := range words {
		_, err := b.append(t.Context(), eventlog.New{Type: "SAID", Payload: []byte(word)})
		require.NoError(t, err)
	}
}

// follow follows in the background and gives each event to the channel, and the
// result of Follow to the other.
func (b *bundle) follow(t *testing.T, log *eventlog.Log, after int64) (<-chan eventlog.Event, <-chan error) {
	t.Helper()
	events, done := make(chan eventlog.Event, 1000), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		done <- log.Follow(ctx, b.workspace, b.stream, after, func(e eventlog.Event) error {
			events <- e
			return nil
		})
	}()
	t.Cleanup(func() { cancel(); <-finished })
	return events, done
}

// receive waits for a value.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestAppend_NumbersWithoutGapsUnderConcurrency(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, never)
	const writers, each = 8, 25
	rolledBack := errors.New("rolled back")

	var wg sync.WaitGroup
	failures := make(chan error, writers*each)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				// Every third change fails after its append.
				err := b.db.InWorkspace(t.Context(), b.workspace, func(ctx context.Context, tx pgx.Tx) error {
					_, err := eventlog.Append(ctx, tx, b.workspace, b.stream,
						eventlog.New{Type: "A", Payload: fmt.Appendf(nil, "%d/%d", w, i)}, eventlog.New{Type: "B"})
					if err == nil && i%3 == 2 {
						return rolledBack
					}
					return err
				})
				if err != nil && !errors.Is(err, rolledBack) {
					failures <- err
				}
			}
		})
	}
	wg.Wait()
	require.Empty(t, failures)

	events, err := b.log.Read(t.Context(), b.workspace, b.stream, 0, 10_000)
	require.NoError(t, err)
	const committed = writers * (each - each/3)
	require.Len(t, events, 2*committed)
	seen := map[string]bool{}
	for i, e := range events {
		require.Equal(t, int64(i+1), e.Sequence)
		if i > 0 {
			require.False(t, e.Time.Before(events[i-1].Time), "time must not decrease")
		}
		if e.Type == "A" {
			seen[string(e.Payload)] = true
			require.Equal(t, "B", events[i+1].Type, "events of one append stay together")
		}
	}
	require.Len(t, seen, committed)
}

func TestAppend_Refuses(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, never)
	_, err := b.append(t.Context())
	require.ErrorContains(t, err, "nothing to append")
	_, err = b.append(t.Context(), eventlog.New{Type: "END", Final: true}, eventlog.New{Type: "MORE"})
	require.ErrorContains(t, err, "only the last")

	_, err = b.append(t.Context(), eventlog.New{Type: "END", Final: true})
	require.NoError(t, err)
	_, err = b.append(t.Context(), eventlog.New{Type: "MORE"})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	require.ErrorContains(t, err, "closed")
}

func TestRead_PagesThroughTheStream(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, never)
	b.say(t, "one", "two", "three")
	tests := map[string]struct {
		after int64
		limit int
		want  []string
	}{
		"from the beginning": {0, 10, []string{"one", "two", "three"}},
		"a page":             {0, 2, []string{"one", "two"}},
		"the next page":      {2, 2, []string{"three"}},
		"behind the end":     {3, 2, []string{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, err := b.log.Read(t.Context(), b.workspace, b.stream, tc.after, tc.limit)
			require.NoError(t, err)
			got := make([]string, len(events))
			for i, e := range events {
				got[i] = string(e.Payload)
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestRead_AnotherWorkspacesStreamIsNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, never)
	b.say(t, "secret")
	_, err := b.log.Read(t.Context(), uuid.NewString(), b.stream, 0, 10)
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.log.Read(t.Context(), b.workspace, uuid.NewString(), 0, 10)
	require.ErrorIs(t, err, errs.NotFound)
	err = b.log.Follow(t.Context(), uuid.NewString(), b.stream, 0, func(eventlog.Event) error { return nil })
	require.ErrorIs(t, err, errs.NotFound)
}

func TestFollow_PastThenLiveOnTwoReplicas(t *testing.T) {
	t.Parallel()
	client := redistest.New(t)
	b := setup(t, client, never)
	other := openLog(t, b.db, client, never)
	b.say(t, "1", "2", "3")

	here, hereDone := b.follow(t, b.log, 0)
	there, thereDone := b.follow(t, other, 2) // one that comes back in the middle
	for _, want := range []int64{1, 2, 3} {
		require.Equal(t, want, receive(t, here).Sequence)
	}
	require.Equal(t, int64(3), receive(t, there).Sequence)

	for n := int64(4); n < 50; n++ {
		b.say(t, fmt.Sprint(n))
		require.Equal(t, n, receive(t, here).Sequence)
		require.Equal(t, n, receive(t, there).Sequence)
	}
	_, err := b.append(t.Context(), eventlog.New{Type: "END", Final: true})
	require.NoError(t, err)
	for _, events := range []<-chan eventlog.Event{here, there} {
		require.Equal(t, "END", receive(t, events).Type)
	}
	require.NoError(t, receive(t, hereDone))
	require.NoError(t, receive(t, thereDone))
	require.Empty(t, here)
	require.Empty(t, there)
}

func TestFollow_WithoutRedisEventsStillArrive(t *testing.T) {
	t.Parallel()
	dead := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", DialTimeout: time.Second, MaxRetries: -1})
	t.Cleanup(func() { _ = dead.Close() })
	b := setup(t, dead, never)
	other := openLog(t, b.db, dead, 20*time.Millisecond)
	b.say(t, "first")

	here, _ := b.follow(t, b.log, 0)     // is woken within the process
	there, done := b.follow(t, other, 0) // as another replica: it polls
	receive(t, here)
	receive(t, there)
	b.say(t, "second")
	require.Equal(t, "second", string(receive(t, here).Payload))
	require.Equal(t, "second", string(receive(t, there).Payload))
	_, err := b.append(t.Context(), eventlog.New{Type: "END", Final: true})
	require.NoError(t, err)
	require.NoError(t, receive(t, done))
}

func TestFollow_ManyPagesComeOnceAndInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, never)
	const many = 450
	batch := make([]eventlog.New, many)
	for i := range batch {
		batch[i] = eventlog.New{Type: "N"}
	}
	batch[many-1].Final = true
	last, err := b.append(t.Context(), batch...)
	require.NoError(t, err)
	require.Equal(t, int64(many), last)

	want := int64(1)
	require.NoError(t, b.log.Follow(t.Context(), b.workspace, b.stream, 0, func(e eventlog.Event) error {
		require.Equal(t, want, e.Sequence)
		want++
		return nil
	}))
	require.Equal(t, want, int64(many+1))
	require.NoError(t, b.log.Follow(t.Context(), b.workspace, b.stream, many, func(eventlog.Event) error {
		t.Error("nothing comes after the end")
		return nil
	}))
}

func TestFollow_EndsWithItsContextAndItsCallback(t *testing.T) {
	t.Parallel()
	b := setup(t, nil, never)
	b.say(t, "one")
	stop := errors.New("the socket is gone")
	require.ErrorIs(t, b.log.Follow(t.Context(), b.workspace, b.stream, 0, func(eventlog.Event) error { return stop }), stop)

	ctx, cancel := context.WithCancel(t.Context())
	err := b.log.Follow(ctx, b.workspace, b.stream, 0, func(eventlog.Event) error {
		cancel() // after the first event it waits for the second
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkAppend(b *testing.B) {
	db, workspace, stream := pgtest.New(b, tables), uuid.NewString(), uuid.NewString()
	for b.Loop() {
		require.NoError(b, db.InWorkspace(b.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
			_, err := eventlog.Append(ctx, tx, workspace, stream, eventlog.New{Type: "X", Payload: []byte("{}")})
			return err
		}))
	}
}
