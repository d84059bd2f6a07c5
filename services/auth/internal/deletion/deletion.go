// Package deletion sees the deletion of workspaces through: it announces them until
// every service has deleted its part, and then deletes this service's own rest.
package deletion

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// tombstoneLife is how long it is remembered that a workspace was deleted: a service
// that confirms late, or again, should not hear that there never was a deletion.
const tombstoneLife = 24 * time.Hour

// Services returns the services that keep something of workspaces, by the names
// that they confirm with.
func Services() []string { return []string{"research", "analysis", "report"} }

// Store is the part of the store that a Worker needs.
type Store interface {
	Deletions(ctx context.Context) ([]store.Deletion, error)
	FinishDeletion(ctx context.Context, workspaceID string) error
	ForgetDeletions(ctx context.Context, age time.Duration) error
}

// Worker finishes deletions. Every replica may run one.
type Worker struct {
	Store Store
	// Announce tells the services of the workspaces, see tenancy.Announce.
	Announce func(ctx context.Context, workspaceIDs ...string) error
	// Interval is the pause between two rounds.
	Interval time.Duration
}

// Run works until ctx ends. What fails is tried again in the next round.
func (w *Worker) Run(ctx context.Context) error {
	tick := time.NewTicker(w.Interval)
	defer tick.Stop()
	for {
		if err := w.round(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "the deletion of workspaces waits", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// round does what there is to do now. One workspace's failure keeps no other one
// from being deleted.
func (w *Worker) round(ctx context.Context) error {
	deletions, err := w.Store.Deletions(ctx)
	if err != nil {
		return err
	}
	var failed []error
	var pending []string
	for _, d := range deletions {
		if len(d.Pending) > 0 {
			pending = append(pending, d.WorkspaceID)
			continue
		}
		err := w.Store.FinishDeletion(ctx, d.WorkspaceID)
		switch {
		case err == nil:
			slog.InfoContext(ctx, "a workspace is deleted in every service", "workspace_id", d.WorkspaceID)
		case !errors.Is(err, errs.Conflict): // which is another replica at work
			failed = append(failed, err)
		}
	}
	if len(pending) > 0 {
		failed = append(failed, w.Announce(ctx, pending...))
	}
	return errors.Join(append(failed, w.Store.ForgetDeletions(ctx, tombstoneLife))...)
}
