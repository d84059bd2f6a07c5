package process

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Together runs the background work of a service: all of it until ctx ends, or
// until one part fails.
func Together(ctx context.Context, parts ...func(ctx context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, part := range parts {
		group.Go(func() error { return part(ctx) })
	}
	return group.Wait()
}
