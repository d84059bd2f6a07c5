// Package keyuse notes when API keys were last used, beside the calls that use
// them: no call waits for it, and none fails with it.
package keyuse

import (
	"context"
	"log/slog"
	"time"
)

const (
	// queued bounds the uses that wait to be noted. One that finds no place is
	// forgotten: the next look-up of the key, within a minute, notes it again.
	queued = 1024
	// noteTimeout bounds one write.
	noteTimeout = 5 * time.Second
)

// Store is where uses are noted.
type Store interface {
	NoteKeyUse(ctx context.Context, userID, keyID string) error
}

// use is one use of a key.
type use struct{ userID, keyID string }

// Recorder notes uses. It is safe for concurrent use.
type Recorder struct {
	store Store
	uses  chan use
}

// New returns a recorder, which writes nothing until Run.
func New(store Store) *Recorder {
	return &Recorder{store: store, uses: make(chan use, queued)}
}

// Note notes that a user's key is used now. It never blocks.
func (r *Recorder) Note(userID, keyID string) {
	select {
	case r.uses <- use{userID: userID, keyID: keyID}:
	default:
	}
}

// Run writes what was noted until ctx ends. What is left then is lost, which
// costs a minute of accuracy. Its error is always nil.
func (r *Recorder) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case u := <-r.uses:
			r.write(ctx, u)
		}
	}
}

// write notes one use in the store.
func (r *Recorder) write(ctx context.Context, u use) {
	ctx, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	if err := r.store.NoteKeyUse(ctx, u.userID, u.keyID); err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "the last use of an API key is not noted", "key", u.keyID, "error", err)
	}
}
