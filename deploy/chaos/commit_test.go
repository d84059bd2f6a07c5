package chaos

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// killAtCommit kills both replicas of analysis while a step's work is done and what it
// found is being written: none of it may be there, and all of it must come again.
func (w *world) killAtCommit(t *testing.T, number int, step string, want story) {
	t.Helper()
	_, plan := w.asking.arm("plan") // no step is done before the mark is made
	defer plan()
	id := w.start(t, number)
	tx, err := w.admin.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	waiting := w.claim(t, tx, id, step)
	plan()
	eventually(t, "the commit of step "+step, waiting)
	began := time.Now()
	w.restartBoth(t, "analysis")
	require.NoError(t, tx.Rollback(t.Context()))
	require.NotContains(t, w.steps(t.Context(), t, id), step, "nothing was committed")
	w.requireGoesOn(t, id, began)
	lost := w.check(t, number, id, want)
	t.Logf("killed in the commit of %s: %d calls lost", step, lost)
}

// claim makes the mark that a step is done, in a transaction that never ends well: who
// makes the same mark waits for it. It returns what says whether somebody does.
func (w *world) claim(t *testing.T, tx pgx.Tx, id, step string) (waiting func(context.Context) bool) {
	t.Helper()
	// Without the foreign key's trigger, which would lock the run's row as well.
	_, err := tx.Exec(t.Context(), "SET LOCAL session_replication_role = replica")
	require.NoError(t, err)
	var claimed string
	require.NoError(t, tx.QueryRow(t.Context(), `
		INSERT INTO analysis.analysis_steps (analysis_id, step, workspace_id, attempt, start_time, finish_time)
		VALUES ($1, $2, $1, 1, now(), now()) RETURNING pg_current_xact_id()::xid::text`, id, step).Scan(&claimed))
	return func(ctx context.Context) (is bool) {
		require.NoError(t, w.admin.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid::text = $1)`, claimed).Scan(&is))
		return is
	}
}
