package blobstore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// old returns the blobs of a workspace that were written before a time.
func old(t *testing.T, store *blobstore.Store, workspace string, before time.Time) (digests []string) {
	t.Helper()
	require.NoError(t, store.Old(t.Context(), workspace, before, func(_ context.Context, some []string) error {
		digests = append(digests, some...)
		return nil
	}))
	return digests
}

func TestOld_ListsWhatWasWrittenBeforeATime(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		var want []string
		for _, text := range []string{"one", "two"} {
			ref, err := store.Put(t.Context(), alice, strings.NewReader(text), plenty)
			require.NoError(t, err)
			want = append(want, ref.SHA256)
		}
		_, err := store.Put(t.Context(), bob, strings.NewReader("bob's"), plenty)
		require.NoError(t, err)
		require.ElementsMatch(t, want, old(t, store, alice, time.Now().Add(time.Hour)))
		require.Empty(t, old(t, store, alice, time.Now().Add(-time.Hour)))

		enough := errors.New("enough")
		err = store.Old(t.Context(), alice, time.Now().Add(time.Hour), func(context.Context, []string) error { return enough })
		require.ErrorIs(t, err, enough)
	})
}

func TestOld_TakesAwayWhatAKilledProcessLeftHalfWritten(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store := open(t, "file://"+folder)
	ref, err := store.Put(t.Context(), alice, strings.NewReader("whole"), plenty)
	require.NoError(t, err)
	half := filepath.Join(folder, alice, ref.SHA256+".18ab.tmp")
	require.NoError(t, os.WriteFile(half, []byte("wh"), 0o600))

	require.Empty(t, old(t, store, alice, time.Now().Add(-time.Hour)))
	require.FileExists(t, half, "it may be about to become whole")
	require.Equal(t, []string{ref.SHA256}, old(t, store, alice, time.Now().Add(time.Hour)))
	require.NoFileExists(t, half)
}

func TestOld_OfNoWorkspaceIsRefusedAndOfAnEmptyOneNothing(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		require.Empty(t, old(t, store, alice, time.Now()))
		require.Error(t, store.Old(t.Context(), "..", time.Now(), nil))
	})
}

func TestStage_NamesAContentBeforeItIsStored(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		for _, text := range []string{"small", strings.Repeat("large ", 1<<19)} {
			staged, err := blobstore.Stage(t.Context(), strings.NewReader(text), plenty)
			require.NoError(t, err)
			require.Equal(t, blobstore.Ref{SHA256: hexSum([]byte(text)), Size: int64(len(text))}, staged.Ref)
			_, _, err = store.Get(t.Context(), alice, staged.Ref.SHA256)
			require.ErrorIs(t, err, errs.NotFound)
			for range 2 { // a transaction may be tried again
				require.NoError(t, store.PutStaged(t.Context(), alice, staged))
			}
			reader, size, err := store.Get(t.Context(), alice, staged.Ref.SHA256)
			require.NoError(t, err)
			require.NoError(t, reader.Close())
			require.Equal(t, staged.Ref.Size, size)
			require.Error(t, store.PutStaged(t.Context(), "../bob", staged))
			staged.Close()
		}
		_, err := blobstore.Stage(t.Context(), strings.NewReader("123456"), 5)
		require.ErrorIs(t, err, errs.ResourceExhausted)
	})
}
