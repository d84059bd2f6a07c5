package tenancy_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
)

func TestSchema_GuardsEveryTable(t *testing.T) {
	t.Parallel()
	tenancytest.Check(t, pgtest.New(t, tables))
}

func TestBury_NothingCanBeWrittenAfterwards(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.bury(t, b.mine)
	tests := map[string]func(ctx context.Context, tx pgx.Tx, workspace string) error{
		"a row": func(ctx context.Context, tx pgx.Tx, workspace string) error {
			_, err := tx.Exec(ctx, "INSERT INTO shelves (workspace_id, name) VALUES ($1, 'new')", workspace)
			return err
		},
		"an upsert of a row that is there": func(ctx context.Context, tx pgx.Tx, workspace string) error {
			_, err := tx.Exec(ctx, "INSERT INTO shelves (id, workspace_id, name) SELECT id, $1, name FROM shelves ON CONFLICT (id) DO UPDATE SET name = shelves.name", workspace)
			return err
		},
		"a job": func(ctx context.Context, tx pgx.Tx, workspace string) error {
			_, err := b.jobs.InsertTx(ctx, tx, readArgs{WorkspaceID: workspace}, nil)
			return err
		},
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error { return refusal(write(ctx, tx, b.mine)) })
			require.ErrorIs(t, err, errs.NotFound)
			require.NoError(t, b.in(t, b.hers, func(ctx context.Context, tx pgx.Tx) error { return write(ctx, tx, b.hers) }))
		})
	}
}

// A transaction that has read before the tombstone was written must not commit a
// row after it, and none may commit unseen.
func TestBury_WaitsForWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	buried := make(chan error, 1)
	require.NoError(t, b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO shelves (workspace_id, name) VALUES ($1, 'just in time')", b.mine); err != nil {
			return err
		}
		go func() {
			buried <- b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error { return tenancy.Bury(ctx, tx, b.mine) })
		}()
		b.awaitWaiter(t)
		require.Empty(t, buried, "it has to wait")
		return nil
	}))
	require.NoError(t, <-buried)
	require.Equal(t, 2, b.left(t, b.mine)["shelves"], "what was committed is seen, and will be deleted")
}

func TestBury_WhoWaitsForItIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	written := make(chan error, 1)
	require.NoError(t, b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error {
		if err := tenancy.Bury(ctx, tx, b.mine); err != nil {
			return err
		}
		go func() {
			written <- b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, "INSERT INTO shelves (workspace_id, name) VALUES ($1, 'too late')", b.mine)
				return refusal(err)
			})
		}()
		b.awaitWaiter(t)
		return nil
	}))
	require.ErrorIs(t, <-written, errs.NotFound)
}

func TestHold_KeepsTheWorkspaceUntilItsWorkIsDone(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	buried := make(chan error, 1)
	require.NoError(t, tenancy.Hold(t.Context(), b.db, b.mine, func(ctx context.Context) error {
		deadline, ok := ctx.Deadline()
		require.True(t, ok)
		require.Less(t, time.Until(deadline), 5*time.Minute, "PostgreSQL ends the lock after that")
		go func() {
			buried <- b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error { return tenancy.Bury(ctx, tx, b.mine) })
		}()
		b.awaitWaiter(t)
		require.Empty(t, buried)
		return nil
	}))
	require.NoError(t, <-buried)
	err := tenancy.Hold(t.Context(), b.db, b.mine, func(context.Context) error {
		t.Error("there is nothing to hold any more")
		return nil
	})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestTombstones_AreSeenInTheirWorkspaceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.bury(t, b.mine)
	count := func(tx pgx.Tx) (n int) {
		require.NoError(t, tx.QueryRow(t.Context(), "SELECT count(*) FROM deleted_workspaces").Scan(&n))
		return n
	}
	require.NoError(t, b.db.InTx(t.Context(), func(_ context.Context, tx pgx.Tx) error {
		require.Zero(t, count(tx))
		return nil
	}))
	for workspace, want := range map[string]int{b.mine: 1, b.hers: 0} {
		require.NoError(t, b.in(t, workspace, func(_ context.Context, tx pgx.Tx) error {
			require.Equal(t, want, count(tx))
			return nil
		}))
	}
}
