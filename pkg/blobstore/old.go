package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
	"gocloud.dev/blob"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// pageSize is how many blobs are listed at a time: a folder is walked anew for each
// page.
const pageSize = 5000

// Old calls fn with the names of the blobs of a workspace that were written before a
// time, up to five thousand at a time, until fn returns an error, which Old returns.
// What a killed process left half written before that time goes.
func (s *Store) Old(ctx context.Context, workspaceID string, before time.Time, fn func(ctx context.Context, digests []string) error) error {
	if err := uuid.Validate(workspaceID); err != nil {
		return fmt.Errorf("blobstore: the workspace id %q: %w", workspaceID, err)
	}
	opts := &blob.ListOptions{Prefix: strings.ToLower(workspaceID) + "/"}
	for token := blob.FirstPageToken; len(token) > 0; {
		objects, next, err := s.bucket.ListPage(ctx, token, pageSize, opts)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list blobs: %w", kind(err))
		}
		token = next
		var digests []string
		for _, object := range objects {
			if !object.ModTime.Before(before) {
				continue
			}
			if name := path.Base(object.Key); valid(workspaceID, name) {
				digests = append(digests, name)
			} else if err := kind(s.bucket.Delete(ctx, object.Key)); err != nil && !errors.Is(err, errs.NotFound) {
				return fmt.Errorf("delete half a blob: %w", err)
			}
		}
		if len(digests) == 0 {
			continue
		}
		if err := fn(ctx, digests); err != nil {
			return err
		}
	}
	return nil
}
