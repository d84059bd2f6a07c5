// Package recall tells Redis again what has ended, when Redis has forgotten it: a
// Redis that was restarted empty would let ended sessions live on until their access
// tokens expire.
package recall

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// Interval is the pause between two looks whether Redis has forgotten.
const Interval = 2 * time.Second

// Store is the part of the store that a Worker needs.
type Store interface {
	EndedWithin(ctx context.Context, age time.Duration) (store.Ended, error)
}

// Worker looks after what Redis knows. Every replica may run one.
type Worker struct {
	Store Store
	Redis *authn.RedisRevocations
	// Interval is the pause between two looks.
	Interval time.Duration
}

// Run works until ctx ends. What fails is tried again in the next round.
func (w *Worker) Run(ctx context.Context) error {
	tick := time.NewTicker(w.Interval)
	defer tick.Stop()
	for {
		if err := w.round(ctx); err != nil && ctx.Err() == nil {
			// The verifiers say loudly what it means that Redis is away.
			slog.DebugContext(ctx, "what has ended cannot be told again now", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// round tells everything again unless Redis still knows it.
func (w *Worker) round(ctx context.Context) error {
	knows, err := w.Redis.Complete(ctx)
	if err != nil || knows {
		return err
	}
	ended, err := w.Store.EndedWithin(ctx, w.Redis.Life())
	if err != nil {
		return fmt.Errorf("read what has ended: %w", err)
	}
	if err := w.Redis.Revoke(ctx, ended.IDs...); err != nil {
		return err
	}
	if err := w.Redis.ChangeMemberships(ctx, ended.Changed...); err != nil {
		return err
	}
	if err := w.Redis.MarkComplete(ctx); err != nil {
		return err
	}
	slog.InfoContext(ctx, "Redis was told again what has ended", "ended", len(ended.IDs), "memberships", len(ended.Changed))
	return nil
}
