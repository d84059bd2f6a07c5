package blobstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

func TestDeleteWorkspace_TakesAllOfItAndNothingElse(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		content := []byte("kept by both")
		var refs []blobstore.Ref
		for i := range 30 {
			ref, err := store.Put(t.Context(), alice, bytes.NewReader(fmt.Appendf(nil, "blob %d", i)), plenty)
			require.NoError(t, err)
			refs = append(refs, ref)
		}
		for _, workspace := range []string{alice, bob} {
			_, err := store.Put(t.Context(), workspace, bytes.NewReader(content), plenty)
			require.NoError(t, err)
		}
		for range 2 { // again is no error
			require.NoError(t, store.DeleteWorkspace(t.Context(), alice))
		}
		for _, ref := range refs {
			_, _, err := store.Get(t.Context(), alice, ref.SHA256)
			require.ErrorIs(t, err, errs.NotFound)
		}
		blob, _, err := store.Get(t.Context(), bob, hexSum(content))
		require.NoError(t, err)
		require.NoError(t, blob.Close())
	})
}

func TestDeleteWorkspace_TakesWhatAKilledProcessLeftHalfWritten(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store := open(t, "file://"+folder)
	ref, err := store.Put(t.Context(), alice, bytes.NewReader([]byte("whole")), plenty)
	require.NoError(t, err)
	half := filepath.Join(folder, alice, ref.SHA256+".18ab.tmp")
	require.NoError(t, os.WriteFile(half, []byte("ha"), 0o600))

	require.NoError(t, store.DeleteWorkspace(t.Context(), alice))
	_, err = os.Stat(filepath.Join(folder, alice))
	require.ErrorIs(t, err, os.ErrNotExist, "not even the folder is left")
}

func TestDeleteWorkspace_RefusesWhatIsNoWorkspace(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store := open(t, "file://"+folder)
	for _, name := range []string{"", ".", "..", "../" + alice, alice + "/x"} {
		require.Error(t, store.DeleteWorkspace(t.Context(), name), "%q", name)
	}
}

func TestDeleteWorkspace_StopsWithItsContext(t *testing.T) {
	t.Parallel()
	store := open(t, "file://"+t.TempDir())
	_, err := store.Put(t.Context(), alice, bytes.NewReader([]byte("a")), plenty)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, store.DeleteWorkspace(ctx, alice))
}

func TestGuarded_WritesInsideTheGuardOrNotAtAll(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		inside, refused := false, errors.New("refused")
		admit := store.Guarded(func(ctx context.Context, workspaceID string, write func(context.Context) error) error {
			require.Equal(t, alice, workspaceID)
			_, _, err := store.Get(ctx, alice, hexSum([]byte("yes")))
			require.ErrorIs(t, err, errs.NotFound, "nothing is written before the guard")
			inside = true
			return write(ctx)
		})
		_, err := admit.Put(t.Context(), alice, bytes.NewReader([]byte("yes")), plenty)
		require.NoError(t, err)
		require.True(t, inside)
		blob, _, err := store.Get(t.Context(), alice, hexSum([]byte("yes")))
		require.NoError(t, err)
		require.NoError(t, blob.Close())

		deny := store.Guarded(func(context.Context, string, func(context.Context) error) error { return refused })
		_, err = deny.Put(t.Context(), alice, bytes.NewReader([]byte("no")), plenty)
		require.ErrorIs(t, err, refused)
		_, _, err = store.Get(t.Context(), alice, hexSum([]byte("no")))
		require.ErrorIs(t, err, errs.NotFound)
	})
}

// A guard waits for locks. A client that sends slowly must not make it hold them.
func TestGuarded_EntersTheGuardOnlyWithTheWholeContent(t *testing.T) {
	t.Parallel()
	store := open(t, (&url.URL{Scheme: "file", Path: t.TempDir()}).String())
	content := bytes.NewReader([]byte("all of it"))
	guarded := store.Guarded(func(ctx context.Context, _ string, write func(context.Context) error) error {
		require.Zero(t, content.Len(), "the content is read by now")
		return write(ctx)
	})
	_, err := guarded.Put(t.Context(), alice, content, plenty)
	require.NoError(t, err)
}
