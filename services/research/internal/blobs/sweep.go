package blobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// orphanAge is how old a blob without a row has to be before it is taken for one
	// that nobody will refer to: longer than any upload or job takes.
	orphanAge = 24 * time.Hour
	// sweepBatch is how many blobs one sweep deletes.
	sweepBatch = 1000
	// maxDays bounds the workspaces that a process remembers to have foretold.
	maxDays = 10_000
)

// Foretell sets what is called before the first blob of a workspace on a day (UTC)
// is written by this process: bytes and rows are not in one transaction, and what a
// killed process leaves without a row has to be looked for, so the note that there
// may be something is made first. sweep makes it: Sweep is to be called for the
// workspace at the given time. An error of it keeps the blob from being written.
// Call Foretell before the first use.
func (b *Blobs) Foretell(sweep func(ctx context.Context, workspaceID string, at time.Time) error) {
	known, _ := lru.New[string, time.Time](maxDays) // fails on a size that is not positive
	b.days = &days{known: known, sweep: sweep, now: time.Now}
}

// days remembers for which workspaces a sweep is foretold.
type days struct {
	known *lru.Cache[string, time.Time]
	sweep func(ctx context.Context, workspaceID string, at time.Time) error
	now   func() time.Time
}

// foretell makes the note for a workspace unless it was made today.
func (d *days) foretell(ctx context.Context, workspaceID string) error {
	if d == nil {
		return nil
	}
	today := d.now().UTC().Truncate(24 * time.Hour)
	if last, ok := d.known.Get(workspaceID); ok && last.Equal(today) {
		return nil
	}
	// An hour more, for what is begun before midnight and written after it.
	if err := d.sweep(ctx, workspaceID, today.Add(24*time.Hour+orphanAge+time.Hour)); err != nil {
		return fmt.Errorf("foretell a sweep of workspace %s: %w", workspaceID, err)
	}
	d.known.Add(workspaceID, today)
	return nil
}

// Begin makes the note that Foretell tells of, if it is due. Call it before the
// transaction of Enter; Put does it by itself.
func (b *Blobs) Begin(ctx context.Context, workspaceID string) error {
	return b.days.foretell(ctx, workspaceID)
}

// errEnough ends a sweep that has deleted its share.
var errEnough = errors.New("enough for one sweep")

// Sweep deletes the blobs of a workspace that were written more than a day before
// now and that no row refers to, and what was left half written then. It returns
// false when there may be more of them: call it again.
func (b *Blobs) Sweep(ctx context.Context, workspaceID string, now time.Time) (done bool, err error) {
	deleted := 0
	err = b.Old(ctx, workspaceID, now.Add(-orphanAge), func(ctx context.Context, digests []string) error {
		unused, err := b.rows.UnusedBlobs(ctx, workspaceID, digests)
		if err != nil {
			return err
		}
		for _, digest := range unused {
			if deleted == sweepBatch {
				return errEnough
			}
			// It looks again, under the lock: a row may have come since.
			if err := b.release(ctx, workspaceID, digest); err != nil {
				return err
			}
			deleted++
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("sweep the blobs of workspace %s: %w", workspaceID, err)
	}
	return true, nil
}
