package blobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// dayAfter is when the blobs of a test are old.
func dayAfter() time.Time { return time.Now().Add(25 * time.Hour) }

func TestSweep_DeletesOldBlobsThatNoRowRefersTo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	done, err := f.Sweep(t.Context(), f.workspace, time.Now().Add(23*time.Hour))
	require.NoError(t, err)
	require.True(t, done)
	require.True(t, f.exists(t), "an upload may still be about to make its row")

	id, err := f.add(t.Context(), func() {})
	require.NoError(t, err)
	for range 2 {
		_, err = f.Sweep(t.Context(), f.workspace, dayAfter())
		require.NoError(t, err)
		require.True(t, f.exists(t), "a document refers to it")
	}
	_, err = f.rows.DeleteDocument(t.Context(), f.workspace, id, "")
	require.NoError(t, err)
	_, err = f.Sweep(t.Context(), uuid.NewString(), dayAfter())
	require.NoError(t, err)
	require.True(t, f.exists(t), "of another workspace")
	_, err = f.Sweep(t.Context(), f.workspace, dayAfter())
	require.NoError(t, err)
	require.False(t, f.exists(t))
}

func TestSweep_KeepsWhatARowIsBeingMadeOf(t *testing.T) {
	t.Parallel()
	f := setup(t)
	swept := make(chan error, 1)
	_, err := f.add(t.Context(), func() {
		go func() {
			_, err := f.Sweep(t.Context(), f.workspace, dayAfter())
			swept <- err
		}()
		f.awaitWaiter(t)
	})
	require.NoError(t, err)
	require.NoError(t, <-swept)
	require.True(t, f.exists(t))
}

func TestSweep_DoesItsShareAndSaysThatThereIsMore(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for i := range 1000 {
		_, err := f.Store.Put(t.Context(), f.workspace, strings.NewReader(fmt.Sprint(i)), 100)
		require.NoError(t, err)
	}
	done, err := f.Sweep(t.Context(), f.workspace, dayAfter())
	require.NoError(t, err)
	require.False(t, done)
	done, err = f.Sweep(t.Context(), f.workspace, dayAfter())
	require.NoError(t, err)
	require.True(t, done)
	require.False(t, f.exists(t))
}

func TestEnter_WritesTheBytesWithTheirRow(t *testing.T) {
	t.Parallel()
	f := setup(t)
	content, err := blobstore.Stage(t.Context(), strings.NewReader("other bytes"), 100)
	require.NoError(t, err)
	defer content.Close()
	require.NoError(t, f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		if err := f.Enter(ctx, tx, f.workspace, content); err != nil {
			return err
		}
		_, _, err := f.rows.CreateDocument(ctx, tx, store.Document{ID: uuid.NewString(), WorkspaceID: f.workspace, SHA256: content.Ref.SHA256})
		return err
	}))
	f.Release(t.Context(), f.workspace, content.Ref.SHA256)
	f.digest = content.Ref.SHA256
	require.True(t, f.exists(t))
}

func TestForetell_ComesBeforeTheFirstBlobOfADay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var at []time.Time
	var fail error
	f.Foretell(func(_ context.Context, workspaceID string, when time.Time) error {
		require.Equal(t, f.workspace, workspaceID)
		at = append(at, when)
		return fail
	})
	fail = errors.New("no database")
	_, err := f.Put(t.Context(), f.workspace, strings.NewReader("never written"), 100)
	require.ErrorIs(t, err, fail)
	fail = nil
	for i := range 3 {
		_, err := f.Put(t.Context(), f.workspace, strings.NewReader(fmt.Sprint(i)), 100)
		require.NoError(t, err)
		require.NoError(t, f.Begin(t.Context(), f.workspace))
	}
	require.Len(t, at, 2, "once that failed, and once for all")
	require.Greater(t, time.Until(at[1]), 24*time.Hour, "all blobs of today are old then")
}
