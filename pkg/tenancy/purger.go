package tenancy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

const (
	// askTimeout bounds one call of auth.
	askTimeout = 5 * time.Second
	// longestPause is the longest pause before a purge that failed is tried again;
	// it doubles from the interval.
	longestPause = time.Minute
)

// Purger deletes from one service the workspaces that auth says are deleted. Any
// number of replicas may each run one.
type Purger struct {
	db     *pg.Pool
	redis  *redis.Client
	minter *authn.Minter
	cfg    Config
	now    func() time.Time

	failed map[string]failure // by workspace; of Run only
}

// failure is a purge that did not succeed.
type failure struct {
	times int
	next  time.Time // when to try again
}

// New returns a purger of the service's database, whose schema is the one that
// the pool's search_path leads to. It does nothing until Run.
func New(db *pg.Pool, client *redis.Client, minter *authn.Minter, cfg Config) *Purger {
	if cfg.Interval <= 0 {
		cfg.Interval = DefaultInterval
	}
	return &Purger{db: db, redis: client, minter: minter, cfg: cfg, now: time.Now, failed: map[string]failure{}}
}

// Run deletes what is to be deleted until ctx ends. It takes up what an earlier
// process has not finished without waiting for an announcement.
func (p *Purger) Run(ctx context.Context) error {
	heard := make(chan string, maxHeard)
	var listening sync.WaitGroup
	listening.Go(func() { listen(ctx, p.redis, heard) })
	defer listening.Wait()

	tick := time.NewTicker(p.cfg.Interval)
	defer tick.Stop()
	for {
		p.round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case id := <-heard:
			if err := p.hear(ctx, id); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "a deletion was announced and auth cannot be asked", "workspace_id", id, "error", err)
			}
		case <-tick.C:
		}
	}
}

// hear looks into an announcement: auth decides whether there is anything to it.
func (p *Purger) hear(ctx context.Context, workspaceID string) error {
	pending, err := p.pending(ctx, workspaceID)
	if errors.Is(err, errs.NotFound) {
		return nil // nobody deletes it
	}
	if err != nil {
		return err
	}
	if slices.Contains(pending, p.cfg.Service) {
		if err := p.bury(ctx, workspaceID); err != nil {
			return err
		}
	}
	p.forget(workspaceID) // another replica may have done the rest
	return nil
}

// bury writes the tombstone.
func (p *Purger) bury(ctx context.Context, workspaceID string) error {
	return p.db.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		return Bury(ctx, tx, workspaceID)
	})
}

// round purges each workspace that is not finished and may be tried again.
func (p *Purger) round(ctx context.Context) {
	ids, err := unfinished(ctx, p.db)
	if err != nil {
		if ctx.Err() == nil {
			slog.WarnContext(ctx, "deleted workspaces wait", "error", err)
		}
		return
	}
	for _, id := range ids {
		if p.now().Before(p.failed[id].next) {
			continue
		}
		err := p.purge(ctx, id)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			delete(p.failed, id)
			slog.InfoContext(ctx, "a deleted workspace is purged", "workspace_id", id)
		case !errors.Is(err, errBusy):
			p.postpone(id)
			slog.ErrorContext(ctx, "a deleted workspace is not yet purged, will be tried again",
				"workspace_id", id, "attempt", p.failed[id].times, "error", err)
		}
	}
}

// postpone doubles the pause before the next try.
func (p *Purger) postpone(workspaceID string) {
	f := p.failed[workspaceID]
	pause := longestPause
	if f.times < 10 { // beyond, it is the longest anyway
		pause = min(longestPause, p.cfg.Interval<<f.times)
	}
	p.failed[workspaceID] = failure{times: f.times + 1, next: p.now().Add(pause)}
}

// purge deletes a buried workspace and tells auth. It can be stopped anywhere and
// done again.
func (p *Purger) purge(ctx context.Context, workspaceID string) error {
	if err := p.cancelJobs(ctx, workspaceID); err != nil {
		return err
	}
	if _, err := DeleteRows(ctx, p.db.InWorkspace, workspaceID); err != nil {
		return err
	}
	if err := p.deleteJobs(ctx, workspaceID); err != nil {
		return err
	}
	if p.cfg.Blobs != nil {
		if err := p.cfg.Blobs.DeleteWorkspace(ctx, workspaceID); err != nil {
			return fmt.Errorf("delete blobs: %w", err)
		}
	}
	p.forget(workspaceID)
	if err := p.confirm(ctx, workspaceID); err != nil {
		return err
	}
	return finish(ctx, p.db, workspaceID)
}

// forget drops what this process remembers of a workspace.
func (p *Purger) forget(workspaceID string) {
	if p.cfg.Forget != nil {
		p.cfg.Forget(workspaceID)
	}
}

// pending asks auth which services have not yet confirmed.
func (p *Purger) pending(ctx context.Context, workspaceID string) (services []string, err error) {
	err = p.call(ctx, workspaceID, func(ctx context.Context) error {
		services, err = p.cfg.Auth.Pending(ctx, workspaceID)
		return err
	})
	return services, err
}

// confirm tells auth that nothing is left here. If auth does not know of the
// deletion any more, it was told before.
func (p *Purger) confirm(ctx context.Context, workspaceID string) error {
	err := p.call(ctx, workspaceID, func(ctx context.Context) error {
		return p.cfg.Auth.Confirm(ctx, workspaceID)
	})
	if err != nil && !errors.Is(err, errs.NotFound) {
		return fmt.Errorf("confirm the deletion: %w", err)
	}
	return nil
}

// call calls auth as this service, for the workspace.
func (p *Purger) call(ctx context.Context, workspaceID string, fn func(ctx context.Context) error) error {
	token, err := p.minter.Mint(authn.Caller{WorkspaceID: workspaceID})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return fn(authn.WithToken(ctx, token))
}
