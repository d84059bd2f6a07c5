package limit

import (
	"context"
	_ "embed" // the script
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

//go:embed take.lua
var takeSource string

// script is take.lua with its digest, which is all that is sent once Redis knows it.
var script = redis.NewScript(takeSource)

// take runs the script.
func take(ctx context.Context, client *redis.Client, key string, want, limit int) (grant, error) {
	reply, err := script.Run(ctx, client, []string{key}, want, limit, window.Microseconds()).Int64Slice()
	if err != nil {
		return grant{}, err
	}
	if len(reply) != 4 {
		return grant{}, fmt.Errorf("the script answered %d numbers, not 4", len(reply))
	}
	return grant{
		count: int(reply[0]), left: int(reply[1]),
		retry: time.Duration(reply[2]) * time.Microsecond, reset: time.Duration(reply[3]) * time.Microsecond,
	}, nil
}
