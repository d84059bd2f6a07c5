package tenancy

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
)

const (
	// DefaultInterval is the pause between two announcements of a deletion, and
	// between two looks of a service for purges that it has not finished.
	DefaultInterval = 3 * time.Second
	// channel is where deletions are announced, by the workspace's id.
	channel = "researcherpro:deletions"
	// maxHeard bounds what is heard and not yet looked into: a flood on Redis must
	// not fill the memory. What is dropped will be announced again.
	maxHeard = 1000
)

// Announce tells all services that listen that workspaces are being deleted.
// Nobody hears it twice, and somebody may never: announce again until all is done.
func Announce(ctx context.Context, client redis.Cmdable, workspaceIDs ...string) error {
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range workspaceIDs {
			p.Publish(ctx, channel, id)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("announce %d deletions: %w", len(workspaceIDs), err)
	}
	return nil
}

// listen passes the workspaces that are announced to heard, until ctx ends. The
// client reconnects by itself.
func listen(ctx context.Context, client *redis.Client, heard chan<- string) {
	subscription := client.Subscribe(ctx, channel)
	defer subscription.Close() //nolint:errcheck // the connection goes either way
	messages := subscription.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case message, ok := <-messages:
			if !ok {
				return
			}
			id, err := uuid.Parse(message.Payload)
			if err != nil {
				continue // not from auth
			}
			select {
			case heard <- id.String():
			default: // it is busy: the next announcement will do
			}
		}
	}
}
