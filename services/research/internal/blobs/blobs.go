// Package blobs decides over the bytes in the blob store: they stay as long as a
// row refers to them, and go with the last one. Rows and bytes are not in one
// transaction, and the same bytes may be deleted for one document while another
// is made of them; so both take a lock on their digest first.
package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// Blobs keeps the originals and the snapshots of all workspaces.
type Blobs struct {
	*blobstore.Store

	rows *store.Store
	days *days // nil until Foretell
}

// New returns the blobs of a blob store that the rows of s refer to. None can be
// put for a workspace that is deleted, which is errs.NotFound.
func New(b *blobstore.Store, s *store.Store) *Blobs {
	return &Blobs{Store: b.Guarded(s.HoldWorkspace), rows: s}
}

// Put stores what r gives, before a row refers to it; see blobstore.Store. Call Hold
// in the transaction of that row.
func (b *Blobs) Put(ctx context.Context, workspaceID string, r io.Reader, limit int64) (blobstore.Ref, error) {
	if err := b.days.foretell(ctx, workspaceID); err != nil {
		return blobstore.Ref{}, err
	}
	return b.Store.Put(ctx, workspaceID, r, limit)
}

// Enter stores contents inside the transaction that makes rows refer to them, before
// the rows: it is Put and Hold at once, in fewer steps. When tx is rolled back the
// bytes stay: call Release.
func (b *Blobs) Enter(ctx context.Context, tx pgx.Tx, workspaceID string, contents ...*blobstore.Staged) error {
	digests := make([]string, len(contents))
	for i, content := range contents {
		digests[i] = content.Ref.SHA256
	}
	if err := b.rows.EnterBlobs(ctx, tx, workspaceID, digests...); err != nil {
		return err
	}
	for _, content := range contents {
		if err := b.PutStaged(ctx, workspaceID, content); err != nil {
			return err
		}
	}
	return nil
}

// Hold is called inside the transaction that makes a row refer to a blob, before
// the row: until tx ends nobody deletes the blob. A blob that was deleted since it
// was put is errs.Conflict; putting it again helps.
func (b *Blobs) Hold(ctx context.Context, tx pgx.Tx, workspaceID, digest string) error {
	if err := b.rows.LockBlob(ctx, tx, workspaceID, digest); err != nil {
		return err
	}
	blob, _, err := b.Get(ctx, workspaceID, digest)
	if errors.Is(err, errs.NotFound) {
		return errs.New(errs.Conflict, "CONTENT_DELETED", "the same content was being deleted at this moment: try again")
	}
	if err != nil {
		return err
	}
	return blob.Close()
}

// Release deletes those of the blobs that no row refers to any more; an empty
// digest is none. The rows that did are gone by now, so a failure leaves only
// unused bytes behind: it is logged, and the caller's deletion has succeeded. For
// the same reason it does not end with the caller's context.
func (b *Blobs) Release(ctx context.Context, workspaceID string, digests ...string) {
	ctx = context.WithoutCancel(ctx)
	for _, digest := range digests {
		if digest == "" {
			continue
		}
		if err := b.release(ctx, workspaceID, digest); err != nil {
			slog.WarnContext(ctx, "blob left behind", "workspace_id", workspaceID, "sha256", digest, "error", err)
		}
	}
}

func (b *Blobs) release(ctx context.Context, workspaceID, digest string) error {
	return b.rows.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := b.rows.LockBlob(ctx, tx, workspaceID, digest); err != nil {
			return err
		}
		used, err := b.rows.BlobUsed(ctx, tx, digest)
		if err != nil || used {
			return err
		}
		if err := b.Delete(ctx, workspaceID, digest); err != nil {
			return fmt.Errorf("delete blob: %w", err)
		}
		return nil
	})
}
