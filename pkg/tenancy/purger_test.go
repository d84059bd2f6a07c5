package tenancy_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
)

// blobs stands in for a blob store; fail is called before each deletion.
type blobs struct {
	mu      sync.Mutex
	deleted []string
	fail    func() error
}

// DeleteWorkspace implements tenancy.Blobs.
func (b *blobs) DeleteWorkspace(_ context.Context, workspaceID string) error {
	if b.fail != nil {
		if err := b.fail(); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deleted = append(b.deleted, workspaceID)
	return nil
}

func TestPurger_DeletesWhatAuthSaysAndTellsIt(t *testing.T) {
	t.Parallel()
	b, kept := setup(t, nil), &blobs{}
	hers := b.left(t, b.hers)
	var forgotten sync.Map
	b.run(t, func(c *tenancy.Config) {
		c.Blobs = kept
		c.Forget = func(id string) { forgotten.Store(id, true) }
	})
	b.auth.Delete(b.mine, "library", "museum")
	tenancytest.Await(t, b.redis, b.mine, b.confirmed)

	require.Empty(t, b.left(t, b.mine))
	require.Equal(t, []string{b.mine}, kept.deleted)
	_, ok := forgotten.Load(b.mine)
	require.True(t, ok)
	require.Equal(t, hers, b.left(t, b.hers))
	_, ok = forgotten.Load(b.hers)
	require.False(t, ok)
}

// Everybody in the cluster may be able to write to Redis.
func TestPurger_BelievesAuthAndNotTheAnnouncement(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	before := b.left(t, b.hers)
	b.run(t)
	b.auth.Delete(b.mine, "museum") // its part here is confirmed already
	for _, workspace := range []string{b.hers, b.mine} {
		tenancytest.Await(t, b.redis, workspace, func() bool { return b.auth.Asked(workspace) > 1 })
	}
	require.NoError(t, tenancy.Announce(t.Context(), b.redis, "no workspace", "", "'; DROP TABLE shelves"))
	require.Equal(t, before, b.left(t, b.hers))
	require.NotEmpty(t, b.left(t, b.mine))
	require.NoError(t, b.in(t, b.hers, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO shelves (workspace_id, name) VALUES ($1, 'new')", b.hers)
		return err
	}), "and it can be written to")
}

func TestPurger_GoesOnWithoutAnAnnouncementAfterARestart(t *testing.T) {
	t.Parallel()
	b, reached := setup(t, nil), make(chan struct{}, 1)
	stop := b.run(t, func(c *tenancy.Config) {
		c.Blobs = &blobs{fail: func() error {
			select {
			case reached <- struct{}{}:
			default:
			}
			return errors.New("the store is down")
		}}
	})
	b.auth.Delete(b.mine, "library")
	tenancytest.Await(t, b.redis, b.mine, func() bool { return len(reached) > 0 })
	stop() // between the rows and the blobs
	require.False(t, b.confirmed())

	require.NoError(t, b.redis.FlushAll(t.Context()).Err())
	kept := &blobs{}
	b.run(t, func(c *tenancy.Config) { c.Blobs = kept })
	require.Eventually(t, b.confirmed, patience, 10*time.Millisecond)
	require.Equal(t, []string{b.mine}, kept.deleted)
	require.Empty(t, b.left(t, b.mine))
}

func TestPurger_TriesAgainUntilItSucceeds(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	var tries atomic.Int32
	b.run(t, func(c *tenancy.Config) {
		c.Blobs = &blobs{fail: func() error {
			if tries.Add(1) < 4 {
				return errors.New("the store is down")
			}
			return nil
		}}
	})
	b.auth.Delete(b.mine, "library")
	tenancytest.Await(t, b.redis, b.mine, func() bool { return tries.Load() > 0 })
	require.Eventually(t, b.confirmed, patience, 10*time.Millisecond)
	require.EqualValues(t, 4, tries.Load())
}

func TestPurger_ConfirmsWhenAuthIsBack(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.auth.Delete(b.mine, "library")
	b.bury(t, b.mine)
	b.auth.SetDown(true)
	b.run(t)
	require.Eventually(t, func() bool { return len(b.left(t, b.mine)) == 0 }, patience, 10*time.Millisecond)
	require.False(t, b.confirmed())
	b.auth.SetDown(false)
	require.Eventually(t, b.confirmed, patience, 10*time.Millisecond)
}

func TestPurger_AnotherReplicaForgetsToo(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	forgotten := make(chan string, 100)
	b.run(t, func(c *tenancy.Config) { c.Forget = func(id string) { forgotten <- id } })
	b.auth.Delete(b.mine) // the first replica has done all
	tenancytest.Await(t, b.redis, b.mine, func() bool { return len(forgotten) > 0 })
	require.Equal(t, b.mine, <-forgotten)
}

func TestPurger_CancelsJobsThatRunAndLetsThemLeaveNothing(t *testing.T) {
	t.Parallel()
	var b *bundle
	working, ended := make(chan string, 2), make(chan error, 1)
	b = setup(t, func(ctx context.Context, job *river.Job[readArgs]) error {
		working <- job.Args.WorkspaceID
		if job.Args.WorkspaceID != b.mine {
			return nil
		}
		<-ctx.Done()
		// Stubborn: it wants to store its result all the same.
		ended <- b.db.InWorkspace(context.WithoutCancel(ctx), b.mine, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO shelves (workspace_id, name) VALUES ($1, 'late')", b.mine)
			return err
		})
		return ctx.Err()
	})
	require.NoError(t, b.jobs.Start(t.Context()))
	t.Cleanup(func() { _ = b.jobs.Stop(context.WithoutCancel(t.Context())) })
	seen := map[string]bool{<-working: true, <-working: true}
	require.True(t, seen[b.mine])

	b.run(t)
	b.auth.Delete(b.mine, "library")
	tenancytest.Await(t, b.redis, b.mine, b.confirmed)
	require.Error(t, <-ended)
	require.NoError(t, b.jobs.Stop(t.Context()), "the client takes it that the job's row is gone")
	require.Empty(t, b.left(t, b.mine))
}

func TestPurger_ReplicasDoNotHinderEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.fill(t, b.mine, 700)
	for range 3 {
		b.run(t)
	}
	b.auth.Delete(b.mine, "library")
	tenancytest.Await(t, b.redis, b.mine, b.confirmed)
	require.Empty(t, b.left(t, b.mine))
	require.NotEmpty(t, b.left(t, b.hers))
	require.Empty(t, b.left(t, uuid.NewString()))
}
