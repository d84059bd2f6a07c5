package worker_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestIndex_ADocumentThatIsDeletedMeanwhileLeavesNoSnapshot(t *testing.T) {
	t.Parallel()
	db, dir := pgtest.New(t, migrations.FS), t.TempDir()
	bytes, err := blobstore.Open(t.Context(), "file://"+dir)
	require.NoError(t, err)
	defer bytes.Close()
	rows := store.New(db)
	kept := blobs.New(bytes, rows)
	workers := river.NewWorkers()
	river.AddWorker(workers, worker.NewIndex(rows, kept, extract.New(extract.Config{})))
	client, err := jobs.New(t.Context(), db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, Logger: slog.New(slog.DiscardHandler)}, workers)
	require.NoError(t, err)
	defer client.Close()
	ended, unsubscribe := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed)
	defer unsubscribe()

	workspace, id, other := uuid.NewString(), uuid.NewString(), uuid.NewString()
	stay := map[string]bool{digest("The other."): true}
	for id, content := range map[string]string{id: "<p>The text.</p>", other: "<p>The other.</p>"} {
		original, err := kept.Put(t.Context(), workspace, strings.NewReader(content), 100)
		require.NoError(t, err)
		stay[original.SHA256] = id == other
		require.NoError(t, rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
			_, _, err := rows.CreateDocument(ctx, tx, store.Document{ID: id, WorkspaceID: workspace, FileName: "a.html", SHA256: original.SHA256, SizeBytes: original.Size})
			require.NoError(t, err)
			_, err = client.InsertTx(ctx, tx, worker.IndexArgs{WorkspaceID: workspace, DocumentID: id}, nil)
			return err
		}))
	}

	// The lock on its snapshot stops the job between reading and storing.
	require.NoError(t, rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		require.NoError(t, rows.LockBlob(ctx, tx, workspace, digest("The text.")))
		require.NoError(t, client.Start(t.Context()))
		patient, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		for waiting := false; !waiting; {
			const q = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
			require.NoError(t, tx.QueryRow(patient, q).Scan(&waiting))
		}
		digests, err := rows.DeleteDocument(ctx, workspace, id, "")
		require.NoError(t, err)
		kept.Release(ctx, workspace, digests...)
		return nil
	}))
	event := <-ended
	require.Equal(t, river.EventKindJobCompleted, event.Kind, event.Job.Errors)
	require.Eventually(t, func() bool {
		d, err := rows.GetDocument(t.Context(), workspace, other)
		return err == nil && d.State == store.DocumentReady
	}, 30*time.Second, 10*time.Millisecond, "the one that was read with it stays")
	require.NoError(t, client.Stop(t.Context()))
	left, err := filepath.Glob(filepath.Join(dir, workspace, "*"))
	require.NoError(t, err)
	for _, name := range left {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.True(t, info.IsDir() || stay[filepath.Base(name)], "%s is left behind", name)
	}
}

// digest is the name of a blob.
func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}
