package governor

import (
	_ "embed" // the scripts
	"time"

	"github.com/redis/go-redis/v9"
)

// The first number of what acquire.lua answers; a Reason is added to waiting.
const (
	granted = 0
	waiting = 1
)

// What the scripts are told that is the same for all keys.
const (
	// longestWait is when to ask again at the latest, since a turn may come sooner
	// than it looks.
	longestWait = 30 * time.Second
	// patience is how long a turn is kept for a ticket at first.
	patience = time.Second
	// forgetTicket is how long after its time a ticket that did not come has a place.
	forgetTicket = time.Minute
	// longestHold is the longest pause that the other side can ask for.
	longestHold = 24 * time.Hour
	// learntFor is how long a rate counts that the other side told of.
	learntFor = 24 * time.Hour
	// firstOpen is how long the circuit is open at first, longestOpen at most.
	firstOpen   = 10 * time.Second
	longestOpen = 5 * time.Minute
)

var (
	//go:embed script/acquire.lua
	acquireLua string
	//go:embed script/done.lua
	doneLua string

	acquireScript = redis.NewScript(acquireLua)
	doneScript    = redis.NewScript(doneLua)
	renewScript   = redis.NewScript(`
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return {0} end
local time = redis.call('TIME')
local till = time[1] * 1000000 + time[2] + ARGV[2]
redis.call('ZADD', KEYS[1], string.format('%.0f', till), ARGV[1])
if redis.call('PTTL', KEYS[1]) < ARGV[2] / 1000 + 60000 then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[2] / 1000 + 60000))
end
return {1}`)
	leaveScript = redis.NewScript(`
redis.call('HDEL', KEYS[2], ARGV[1])
return {redis.call('ZREM', KEYS[1], ARGV[1])}`)
)

// acquireArgs are the arguments of acquire.lua, times in microseconds.
func acquireArgs(ask Ask, id string) []any {
	l := ask.Limit
	return []any{
		id, ask.Ticket, ask.Weight, ask.Lease.Microseconds(),
		l.Requests, l.Per.Microseconds(), l.Burst, l.MaxRequests,
		l.concurrency(), l.MaxConcurrency, l.Gap.Microseconds(), flag(l.Strict),
		longestWait.Microseconds(), patience.Microseconds(), forgetTicket.Microseconds(),
	}
}

// doneArgs are the arguments of done.lua, times in microseconds.
func doneArgs(p *Permit, r Report) []any {
	if !r.Learnt.valid() {
		r.Learnt.Requests, r.Learnt.Per = 0, 0
	}
	return []any{
		p.id, int(r.Outcome), p.began, p.refund(r), p.limit.Gap.Microseconds(),
		min(max(r.RetryAfter, 0), longestHold).Microseconds(),
		r.Learnt.Requests, r.Learnt.Per.Microseconds(), max(r.Learnt.Concurrency, 0), learntFor.Microseconds(),
		p.limit.Failures, firstOpen.Microseconds(), longestOpen.Microseconds(),
	}
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
