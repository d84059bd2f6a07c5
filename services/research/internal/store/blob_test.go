package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestHoldDocuments_ADeletionWaitsForTheHolder(t *testing.T) {
	t.Parallel()
	rows, workspace, id := store.New(pgtest.New(t, migrations.FS)), uuid.NewString(), uuid.NewString()
	require.NoError(t, rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, _, err := rows.CreateDocument(ctx, tx, store.Document{ID: id, WorkspaceID: workspace, SHA256: "a"})
		return err
	}))
	deleted := make(chan error, 1)
	err := rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		held, err := rows.HoldDocuments(ctx, tx, []string{id, uuid.NewString()})
		require.NoError(t, err)
		require.Equal(t, map[string]bool{id: true}, held, "only those that are there")
		go func() {
			_, err := rows.DeleteDocument(context.WithoutCancel(ctx), workspace, id, "")
			deleted <- err
		}()
		patient, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		for waiting := false; !waiting; { // until the deletion waits for this transaction
			const q = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
			require.NoError(t, tx.QueryRow(patient, q).Scan(&waiting))
			require.Empty(t, deleted, "deleted under the holder's hands")
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, <-deleted)
}
