package governor

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// renewals is how often a lease is renewed in its time.
const renewals = 3

// Permit is the right to do one thing now.
type Permit struct {
	governor *Governor
	key, id  string
	limit    Limit
	weight   int
	lease    time.Duration
	began    int64 // when it was given, in microseconds of Redis' clock
	cost     int64 // how much of the rate it took, in microseconds
	local    bool  // given without Redis
	done     atomic.Bool
	stop     atomic.Pointer[context.CancelFunc] // of what keeps it
}

// Outcome is how something went, as far as the key is concerned.
type Outcome int

// The outcomes.
const (
	// Answered: the other side works, whatever it said. The circuit closes.
	Answered Outcome = iota
	// Failed: there was no connection, no answer in time, or one that says that the
	// other side is broken.
	Failed
	// Limited: it said that there were too many requests.
	Limited
	// Abandoned: nobody waited for the answer, so it says nothing.
	Abandoned
	// Unsent: nothing was done. What it took of the rate is given back, and it
	// begins no gap.
	Unsent
)

// Report is what is known when something is done.
type Report struct {
	Outcome Outcome
	// RetryAfter is how long the other side wants to be left alone, by everybody;
	// zero if it did not say. When it is Limited without saying, the pause is a
	// second, and twice as long each time in a row, up to about a minute.
	RetryAfter time.Duration
	// Learnt is the rate that the other side told of; it counts for a day.
	Learnt Rate
	// Used is the weight that it really had, if that is known only now.
	Used int
}

// ErrLost says that the lease of a permit ended before it was renewed.
var ErrLost = errors.New("governor: the permit's lease has ended")

// Done gives the permit back and says how it went. Calls after the first do
// nothing. It works after the end of ctx, too; when Redis does not answer, the permit
// counts as given back at the end of its lease.
func (p *Permit) Done(ctx context.Context, report Report) {
	if p.done.Swap(true) {
		return
	}
	if stop := p.stop.Load(); stop != nil {
		(*stop)()
	}
	if p.local {
		p.governor.local.release(p, report)
		return
	}
	keys := p.governor.keys(p.key)
	_, _ = p.governor.run(context.WithoutCancel(ctx), doneScript, keys[:2], doneArgs(p, report)...) // run logs it
}

// Keep renews the lease until the permit is given back or ctx ends, so that a short
// lease does for long work. When Redis does not answer for as long as the lease,
// another may go besides, which the other side will tell. It is called once.
func (p *Permit) Keep(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	p.stop.Store(&cancel)
	go func() {
		defer cancel()
		tick := time.NewTicker(p.lease / renewals)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if errors.Is(p.Renew(ctx), ErrLost) {
					return
				}
			}
		}
	}()
}

// Renew makes the lease as long again as it was in the beginning. The error is
// ErrLost or says that Redis did not answer.
func (p *Permit) Renew(ctx context.Context) error {
	if p.local {
		return p.governor.local.renew(p)
	}
	keys := p.governor.keys(p.key)
	reply, err := p.governor.run(ctx, renewScript, keys[1:2], p.id, p.lease.Microseconds())
	if err != nil {
		return err
	}
	if len(reply) != 1 || reply[0] == 0 {
		return ErrLost
	}
	return nil
}

// refund is what the permit gets back of what it took of the rate, in microseconds.
func (p *Permit) refund(report Report) int64 {
	switch {
	case report.Outcome == Unsent:
		return p.cost
	case report.Used > 0:
		return p.cost * int64(p.weight-report.Used) / int64(p.weight)
	}
	return 0
}
