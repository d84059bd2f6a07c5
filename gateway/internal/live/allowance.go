package live

import "time"

const (
	// messagesPerSecond and messageBurst are what a client may send: above what a
	// page does that follows many runs and comes back, below what costs anything.
	messagesPerSecond = 50
	messageBurst      = 200
	// patience is how many messages more are refused, each with an error, before the
	// socket is closed.
	patience = 50
)

// verdict is what becomes of a message.
type verdict int

const (
	taken verdict = iota
	refusedForNow
	enough
)

// allowance counts a socket's messages, pings among them. It is for one goroutine.
type allowance struct {
	left  float64
	since time.Time
}

// newAllowance returns a full one.
func newAllowance(now time.Time) allowance { return allowance{left: messageBurst, since: now} }

// take counts a message. What is refused counts, too, so that a client that does not
// listen comes to its end.
func (a *allowance) take(now time.Time) verdict {
	a.left = min(messageBurst, a.left+now.Sub(a.since).Seconds()*messagesPerSecond) - 1
	a.since = now
	switch {
	case a.left >= 0:
		return taken
	case a.left >= -patience:
		return refusedForNow
	default:
		return enough
	}
}
