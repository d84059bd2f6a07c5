package tenancy

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

const (
	// holdLimit bounds what is done inside Hold.
	holdLimit = 4 * time.Minute
	// idleLimit is how long PostgreSQL lets the transaction of Hold wait for it:
	// longer, so that the lock never ends before the work.
	idleLimit = "5min"
)

// Hold runs fn while the workspace cannot be deleted. It is for what leaves
// something of the workspace outside of the database's transactions; rows need it
// not. A workspace that is deleted is errs.NotFound, and fn does not run. It has
// four minutes, and its context ends with them.
func Hold(ctx context.Context, db *pg.Pool, workspaceID string, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, holdLimit)
	defer cancel()
	return db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = '"+idleLimit+"'"); err != nil {
			return fmt.Errorf("hold workspace %s: %w", workspaceID, pg.Error(err))
		}
		if _, err := tx.Exec(ctx, "SELECT hold_workspace($1)", workspaceID); err != nil {
			return fmt.Errorf("hold workspace %s: %w", workspaceID, pg.Error(err))
		}
		return fn(ctx)
	})
}

// Bury writes the tombstone of a workspace, inside tx. It waits until no other
// transaction holds the workspace. Done again, it makes the purge run once more.
func Bury(ctx context.Context, tx pgx.Tx, workspaceID string) error {
	if _, err := tx.Exec(ctx, "SELECT bury_workspace($1)", workspaceID); err != nil {
		return fmt.Errorf("bury workspace %s: %w", workspaceID, pg.Error(err))
	}
	return nil
}

// asWorker runs fn in a transaction that sees all tombstones.
func asWorker(ctx context.Context, db *pg.Pool, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('app.deletions', 'on', true)"); err != nil {
			return fmt.Errorf("see the tombstones: %w", pg.Error(err))
		}
		return fn(ctx, tx)
	})
}

// maxUnfinished bounds the purges that are looked at in one round.
const maxUnfinished = 100

// unfinished returns the workspaces that are still to be purged, the oldest first.
func unfinished(ctx context.Context, db *pg.Pool) (ids []string, err error) {
	err = asWorker(ctx, db, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx,
			"SELECT workspace_id::text FROM deleted_workspaces WHERE purge_time IS NULL ORDER BY delete_time LIMIT $1", maxUnfinished)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list unfinished deletions: %w", pg.Error(err))
	}
	return ids, nil
}

// finish notes that a workspace is purged and auth knows it.
func finish(ctx context.Context, db *pg.Pool, workspaceID string) error {
	return db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE deleted_workspaces SET purge_time = now() WHERE workspace_id = $1", workspaceID)
		return pg.Error(err)
	})
}

// errBusy says that another replica deletes in the workspace at this moment.
var errBusy = fmt.Errorf("another replica is at it: %w", errs.Conflict)
