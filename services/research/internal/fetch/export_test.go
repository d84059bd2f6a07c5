package fetch

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"time"
)

// Outside replaces what a Fetcher reaches the world with.
type Outside struct {
	Now     func() time.Time
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	Roots   *x509.CertPool
}

// NewWith is New with another outside world.
func NewWith(cfg Config, o Outside) *Fetcher {
	cfg.now, cfg.resolve, cfg.dial, cfg.roots = o.Now, o.Resolve, o.Dial, o.Roots
	return New(cfg)
}

// CheckAddress is what the guard says of a connection, and what it says to
// net.Dialer.
func CheckAddress(to netip.AddrPort, trusted ...netip.Prefix) (check, control error) {
	g := newGuard(trusted)
	network := "tcp6"
	if to.Addr().Unmap().Is4() {
		network = "tcp4"
	}
	return g.check(to), g.control(network, to.String(), nil)
}

// Allowed says whether a robots.txt allows a path, and how long it asks to pause.
func Allowed(robotsTxt, target string) (bool, time.Duration) {
	r := parseRules([]byte(robotsTxt))
	return r.allow(target), r.delay
}

// The pure functions.
var (
	FreshUntil = freshUntil
	RetryAfter = retryAfter
)

// Hosts is how many hosts are remembered.
func (p *Polite) Hosts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.hosts)
}

// RobotsMemory is how much is remembered of robots.txt files, in bytes, and of how
// many sites.
func (f *Fetcher) RobotsMemory() (size, sites int) {
	f.robots.mu.Lock()
	defer f.robots.mu.Unlock()
	for origin, s := range f.robots.sites {
		size += s.size(origin)
	}
	return size, len(f.robots.sites)
}
