package live

import (
	"sync"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// places counts what is open for each user and each address. Each gateway counts for
// itself: what is bounded is its memory.
type places struct {
	perUser, perAddress int

	mu   sync.Mutex
	open map[holder]int
}

// holder is whom something that is open counts for: a user, or an address.
type holder struct {
	address bool
	name    string
}

func newPlaces(perUser, perAddress int) *places {
	return &places{perUser: perUser, perAddress: perAddress, open: map[holder]int{}}
}

// take counts a socket or stream in and returns how to count it out, or says that
// there are too many.
func (p *places) take(user, address string) (leave func(), err error) {
	u, a := holder{name: user}, holder{address: true, name: address}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.open[u] >= p.perUser:
		return nil, errs.Newf(errs.ResourceExhausted, "TOO_MANY_STREAMS", "a user has at most %d sockets and event streams open", p.perUser)
	case address != "" && p.open[a] >= p.perAddress:
		return nil, errs.Newf(errs.ResourceExhausted, "TOO_MANY_STREAMS", "an address has at most %d sockets and event streams open", p.perAddress)
	}
	p.open[u]++
	p.open[a]++
	return sync.OnceFunc(func() { p.leave(u, a) }), nil
}

func (p *places) leave(all ...holder) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range all {
		if p.open[h]--; p.open[h] == 0 {
			delete(p.open, h)
		}
	}
}
