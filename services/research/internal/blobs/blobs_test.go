package blobs_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fixture is a workspace with one blob that no row refers to yet.
type fixture struct {
	*blobs.Blobs

	rows      *store.Store
	workspace string
	digest    string
}

func setup(t *testing.T) fixture {
	t.Helper()
	bytes, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bytes.Close()) })
	rows := store.New(pgtest.New(t, migrations.FS))
	f := fixture{Blobs: blobs.New(bytes, rows), rows: rows, workspace: uuid.NewString()}
	ref, err := f.Put(t.Context(), f.workspace, strings.NewReader("the bytes"), 100)
	require.NoError(t, err)
	f.digest = ref.SHA256
	return f
}

// add makes a document of the blob, and calls before ahead of the commit.
func (f fixture) add(ctx context.Context, before func()) (id string, err error) {
	id = uuid.NewString()
	err = f.rows.InWorkspace(ctx, f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		if err := f.Hold(ctx, tx, f.workspace, f.digest); err != nil {
			return err
		}
		_, _, err := f.rows.CreateDocument(ctx, tx, store.Document{ID: id, WorkspaceID: f.workspace, SHA256: f.digest})
		before()
		return err
	})
	return id, err
}

// exists reports whether the blob is there.
func (f fixture) exists(t *testing.T) bool {
	t.Helper()
	blob, _, err := f.Get(t.Context(), f.workspace, f.digest)
	if err != nil {
		require.ErrorIs(t, err, errs.NotFound)
		return false
	}
	_, err = io.Copy(io.Discard, blob)
	require.NoError(t, err)
	require.NoError(t, blob.Close())
	return true
}

func TestRelease_DeletesWithTheLastRow(t *testing.T) {
	t.Parallel()
	f := setup(t)
	id, err := f.add(t.Context(), func() {})
	require.NoError(t, err)
	f.Release(t.Context(), f.workspace, "", f.digest)
	require.True(t, f.exists(t), "a document refers to it")

	digests, err := f.rows.DeleteDocument(t.Context(), f.workspace, id, "")
	require.NoError(t, err)
	require.Contains(t, digests, f.digest)
	f.Release(t.Context(), f.workspace, digests...)
	require.False(t, f.exists(t))
	f.Release(t.Context(), f.workspace, digests...) // what is gone may go again
}

func TestRelease_WaitsForTheRowThatIsBeingMade(t *testing.T) {
	t.Parallel()
	f := setup(t)
	released := make(chan struct{})
	_, err := f.add(t.Context(), func() {
		go func() {
			defer close(released)
			f.Release(t.Context(), f.workspace, f.digest)
		}()
		f.awaitWaiter(t)
	})
	require.NoError(t, err)
	<-released
	require.True(t, f.exists(t), "it saw the row that it had to wait for")
}

// awaitWaiter returns when somebody waits for a blob's lock.
func (f fixture) awaitWaiter(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for waiting := 0; waiting == 0; {
		err := f.rows.InWorkspace(ctx, f.workspace, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").Scan(&waiting)
		})
		require.NoError(t, err)
	}
}

func TestHold_RefusesABlobThatWasDeletedSinceItWasPut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.Release(t.Context(), f.workspace, f.digest)
	_, err := f.add(t.Context(), func() {})
	require.ErrorIs(t, err, errs.Conflict)
	require.ErrorContains(t, err, "try again")
}

func TestRelease_FinishesForACallerWhoHasGone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	f.Release(gone, f.workspace, f.digest)
	require.False(t, f.exists(t))
}
