package blobstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"

	"github.com/google/uuid"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Staged is a content that has come whole and has its name, but is in no store yet.
// At most a megabyte of it is in memory. Close it when it is stored, or not wanted.
type Staged struct {
	// Ref is what it will be named.
	Ref Ref

	content *spool
}

// Stage reads r to its end. More than limit bytes are errs.ResourceExhausted, and
// so is a full disk; an error of r is returned wrapped.
func Stage(ctx context.Context, r io.Reader, limit int64) (_ *Staged, err error) {
	// The name is known only at the end, and a bucket cannot rename: so the
	// content waits here meanwhile.
	content := &spool{}
	defer func() {
		if err != nil {
			content.close()
		}
	}()
	limit = min(limit, math.MaxInt64-1) // one more is read, to see that there is more
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(sum, content), io.LimitReader(contextReader{ctx, r}, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read the content: %w", kind(err))
	}
	if size > limit {
		return nil, errs.Newf(errs.ResourceExhausted, "TOO_LARGE", "the content is larger than %d bytes", limit)
	}
	return &Staged{Ref: Ref{SHA256: hex.EncodeToString(sum.Sum(nil)), Size: size}, content: content}, nil
}

// Close drops the content.
func (s *Staged) Close() { s.content.close() }

// PutStaged stores a content unless it is there. It does not enter the store's
// guard: whoever calls it sees to it that the workspace may be written to. Done
// twice, also at once, it is no error.
func (s *Store) PutStaged(ctx context.Context, workspaceID string, staged *Staged) error {
	if err := uuid.Validate(workspaceID); err != nil {
		return fmt.Errorf("blobstore: the workspace id %q: %w", workspaceID, err)
	}
	return s.upload(ctx, key(workspaceID, staged.Ref.SHA256), staged.content)
}
