package keyuse_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/keyuse"
)

// notes is a Store that passes on the ids of the keys that were used.
type notes chan string

// NoteKeyUse implements keyuse.Store. It fails for the key "bad".
func (n notes) NoteKeyUse(_ context.Context, userID, keyID string) error {
	n <- userID + "/" + keyID
	if keyID == "bad" {
		return errors.New("the database is down")
	}
	return nil
}

func TestRecorder_WritesWhatWasNotedAlsoAfterAFailure(t *testing.T) {
	t.Parallel()
	written := make(notes)
	r := keyuse.New(written)
	go func() { _ = r.Run(t.Context()) }()
	r.Note("ada", "bad")
	r.Note("ada", "good")
	require.Equal(t, "ada/bad", <-written)
	require.Equal(t, "ada/good", <-written)
}

// A database that hangs must not hold up the calls that show keys.
func TestNote_NeverBlocks(t *testing.T) {
	t.Parallel()
	r := keyuse.New(make(notes)) // nobody runs it
	for range 100_000 {
		r.Note("ada", "key")
	}
}

func TestRun_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := false
		go func() {
			ended = keyuse.New(make(notes)).Run(ctx) == nil
		}()
		synctest.Wait()
		require.False(t, ended)
		cancel()
		synctest.Wait()
		require.True(t, ended)
	})
}
