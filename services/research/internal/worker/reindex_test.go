package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestReindex_GoesThroughTheLibraryInSlices(t *testing.T) {
	t.Parallel()
	const documents, slice = 25, 10
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	bytes, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	defer bytes.Close()
	rows := store.New(db)
	kept := blobs.New(bytes, rows)
	workers := river.NewWorkers()
	river.AddWorker(workers, worker.NewIndex(rows, kept, extract.New(extract.Config{})))
	river.AddWorker(workers, worker.NewReindexBy(rows, slice))
	client, err := jobs.New(t.Context(), db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, Logger: slog.New(slog.DiscardHandler)}, workers)
	require.NoError(t, err)
	defer client.Close()
	var last string
	for i := range documents {
		original, err := kept.Put(t.Context(), workspace, strings.NewReader(fmt.Sprintf("The text %d.", i)), 100)
		require.NoError(t, err)
		id, err := uuid.NewV7()
		require.NoError(t, err)
		last = id.String()
		require.NoError(t, rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
			d := store.Document{ID: last, WorkspaceID: workspace, FileName: "a.txt", SHA256: original.SHA256, SizeBytes: original.Size}
			if _, _, err := rows.CreateDocument(ctx, tx, d); err != nil {
				return err
			}
			return rows.FailDocument(ctx, tx, store.Finished{Document: d}, "UNSUPPORTED_TYPE", "an older version could not read it")
		}))
	}
	require.NoError(t, rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := client.InsertTx(ctx, tx, worker.ReindexArgs{WorkspaceID: workspace, Through: last}, nil)
		return err
	}))
	require.NoError(t, client.Start(t.Context()))
	require.Eventually(t, func() bool {
		list, err := rows.ListCollections(t.Context(), workspace, page.Query[store.CollectionPlace]{Limit: 10})
		return err == nil && list[0].Ready == documents
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, client.Stop(t.Context()))
	var slices, reads int
	require.NoError(t, pgtest.AllJobs(t, db).QueryRow(t.Context(), `
		SELECT count(*) FILTER (WHERE kind = 'reindex_library'), count(*) FILTER (WHERE kind = 'index_document') FROM river_job
		WHERE state = 'completed'`).Scan(&slices, &reads))
	require.Equal(t, 3, slices)
	require.Equal(t, documents, reads)
}
