package tenancy_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
)

// refusal gives an error of PostgreSQL its kind, as stores do.
func refusal(err error) error { return pg.Error(err) }

// awaitWaiter returns when somebody waits for a lock on a workspace.
func (b *bundle) awaitWaiter(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waiting bool
		err := b.db.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&waiting)
		return err == nil && waiting
	}, patience, 5*time.Millisecond)
}

func TestDeleteRows_TakesManySlicesAndNobodyElsesRows(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.fill(t, b.mine, 700) // 2,100 books, 6,300 pages
	hers := b.left(t, b.hers)
	b.bury(t, b.mine)

	deleted, err := tenancy.DeleteRows(t.Context(), b.db.InWorkspace, b.mine)
	require.NoError(t, err)
	require.EqualValues(t, 701+2103+6309, deleted, "children go before their parents, not with them")
	require.Equal(t, map[string]int{"river_job": 2}, b.left(t, b.mine), "jobs are not its business")
	require.Equal(t, hers, b.left(t, b.hers))
}

func TestDeleteRows_StoppedAnywhereItCanGoOn(t *testing.T) {
	t.Parallel()
	for stopAt := 1; stopAt <= 7; stopAt++ {
		b := setup(t, nil)
		b.fill(t, b.mine, 400)
		b.bury(t, b.mine)
		killed, transactions := errors.New("killed"), 0
		_, err := tenancy.DeleteRows(t.Context(), func(ctx context.Context, id string, fn func(context.Context, pgx.Tx) error) error {
			if transactions++; transactions > stopAt {
				return killed
			}
			return b.db.InWorkspace(ctx, id, fn)
		}, b.mine)
		require.ErrorIs(t, err, killed)
		_, err = tenancy.DeleteRows(t.Context(), b.db.InWorkspace, b.mine)
		require.NoError(t, err)
		require.Equal(t, map[string]int{"river_job": 2}, b.left(t, b.mine), "after %d transactions", stopAt)
	}
}

func TestDeleteRows_LeavesAWorkspaceToTheReplicaThatIsAtIt(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.bury(t, b.mine)
	require.NoError(t, b.in(t, b.mine, func(ctx context.Context, tx pgx.Tx) error {
		// What the other replica holds in the middle of a slice.
		_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('purge/' || current_schema() || '/' || $1, 0))", b.mine)
		require.NoError(t, err)
		_, err = tenancy.DeleteRows(ctx, b.db.InWorkspace, b.mine)
		require.ErrorIs(t, err, errs.Conflict)
		_, err = tenancy.DeleteRows(ctx, b.db.InWorkspace, b.hers)
		return err
	}))
	require.NotEmpty(t, b.left(t, b.mine)["pages"])
	require.Empty(t, b.left(t, b.hers)["pages"], "another workspace's does not wait")
}
