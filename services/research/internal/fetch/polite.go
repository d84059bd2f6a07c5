package fetch

import (
	"context"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

const (
	// Of each host a process asks for one page a second, two of them at once.
	politeInterval = time.Second
	politeBurst    = 2
	// maxHosts is how many hosts are remembered before the idle ones are forgotten.
	maxHosts = 4096
)

// Polite is a Limiter for one process: each key may be acquired once a second, by
// two at once (GCRA with a burst of two), and not before a host that was asked too
// often wants to be asked again. It never waits: whose turn comes later is told when.
type Polite struct {
	now func() time.Time

	mu    sync.Mutex
	hosts map[string]*turn
}

// turn is the state of one key.
type turn struct {
	held int
	next time.Time // when a bucket that is emptied once a second would be empty
}

var _ Limiter = (*Polite)(nil)

// NewPolite returns a Polite that reads the time from now.
func NewPolite(now func() time.Time) *Polite {
	return &Polite{now: now, hosts: map[string]*turn{}}
}

// Acquire implements Limiter.
func (p *Polite) Acquire(_ context.Context, key string) (func(Told), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	t := p.turn(key, now)
	if t.held >= politeBurst {
		return nil, &connector.Busy{After: politeInterval}
	}
	next := t.next
	if next.Before(now) {
		next = now
	}
	if wait := next.Sub(now) - (politeBurst-1)*politeInterval; wait > 0 {
		return nil, &connector.Busy{After: wait}
	}
	t.next = next.Add(politeInterval)
	t.held++
	var once sync.Once
	return func(told Told) { once.Do(func() { p.release(t, told) }) }, nil
}

func (p *Polite) release(t *turn, told Told) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.held--
	if !told.Limited {
		return
	}
	// The burst would let the next one go so much earlier.
	until := p.now().Add(max(told.RetryAfter, politeInterval) + (politeBurst-1)*politeInterval)
	if until.After(t.next) {
		t.next = until
	}
}

func (p *Polite) turn(key string, now time.Time) *turn {
	if t, ok := p.hosts[key]; ok {
		return t
	}
	if len(p.hosts) >= maxHosts {
		for k, t := range p.hosts {
			if t.held == 0 && !t.next.After(now) {
				delete(p.hosts, k)
			}
		}
	}
	t := &turn{}
	p.hosts[key] = t
	return t
}
