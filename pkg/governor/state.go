package governor

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// State is what is known of a key. A zero time means never, or not now.
type State struct {
	// LastSuccess and LastFailure are the ends of the last request that was answered,
	// and of the last that failed.
	LastSuccess, LastFailure time.Time
	// Failures is how many have failed in a row.
	Failures int
	// OpenUntil is until when nobody goes because too many failed, HeldUntil until
	// when because the other side asked for a pause.
	OpenUntil, HeldUntil time.Time
	// Learnt is the limit that the other side told of, as long as it counts.
	Learnt Rate
	// Active is how many permits are out, Waiting how many tickets have a place in
	// the line.
	Active, Waiting int
}

// State returns what is known of a key, nothing if it was not used for a day. The
// error says that Redis did not answer.
func (g *Governor) State(ctx context.Context, key string) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	now, err := g.redis.Time(ctx).Result()
	if err != nil {
		return State{}, fmt.Errorf("read the limits' clock: %w", err)
	}
	keys := g.keys(key)
	var fields *redis.MapStringStringCmd
	var active, waiting *redis.IntCmd
	_, err = g.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		fields = p.HGetAll(ctx, keys[0])
		active = p.ZCount(ctx, keys[1], "("+strconv.FormatInt(now.UnixMicro(), 10), "+inf")
		waiting = p.ZCard(ctx, keys[2])
		return nil
	})
	if err != nil {
		return State{}, fmt.Errorf("read the state of limits: %w", err)
	}
	state := parse(fields.Val(), now)
	state.Active, state.Waiting = int(active.Val()), int(waiting.Val())
	return state, nil
}

// parse reads the fields of a state's hash at a time.
func parse(fields map[string]string, now time.Time) State {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(fields[name], 10, 64) // only the scripts write here
		return n
	}
	when := func(name string) time.Time {
		if n := number(name); n > 0 {
			return time.UnixMicro(n).UTC()
		}
		return time.Time{}
	}
	ahead := func(name string) time.Time {
		if t := when(name); t.After(now) {
			return t
		}
		return time.Time{}
	}
	state := State{
		LastSuccess: when("succeeded"), LastFailure: when("failed"), Failures: int(number("failures")),
		OpenUntil: ahead("openUntil"), HeldUntil: ahead("hold"),
	}
	if !ahead("learntUntil").IsZero() {
		state.Learnt = Rate{
			Requests: int(number("learntRequests")), Per: time.Duration(number("learntPer")) * time.Microsecond,
			Concurrency: int(number("learntConcurrency")),
		}
	}
	return state
}
