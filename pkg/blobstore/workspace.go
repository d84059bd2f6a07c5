package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"gocloud.dev/blob"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// DeleteWorkspace deletes all blobs of a workspace, and what a killed process left
// half written among them. Whoever calls it sees to it that nobody writes there any
// more. Interrupted, it can be called again; nothing there is no error.
func (s *Store) DeleteWorkspace(ctx context.Context, workspaceID string) error {
	if err := uuid.Validate(workspaceID); err != nil {
		return fmt.Errorf("blobstore: the workspace id %q: %w", workspaceID, err)
	}
	list := s.bucket.List(&blob.ListOptions{Prefix: strings.ToLower(workspaceID) + "/"})
	for {
		if err := ctx.Err(); err != nil { // a folder does not ask
			return fmt.Errorf("delete blobs: %w", kind(err))
		}
		object, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("list blobs: %w", kind(err))
		}
		if err := kind(s.bucket.Delete(ctx, object.Key)); err != nil && !errors.Is(err, errs.NotFound) {
			return fmt.Errorf("delete blob %s: %w", object.Key, err)
		}
	}
	if s.folder == "" {
		return nil
	}
	// The store makes folders and never removes them. One that is not empty tells
	// of a file that the list does not show.
	err := os.Remove(filepath.Join(s.folder, strings.ToLower(workspaceID)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the workspace's folder: %w", kind(err))
	}
	return nil
}
