package fetch

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard says what may be connected to. The ranges are those of IANA's registries
// of special-purpose addresses, as code.dny.dev/ssrf generates them: all of IPv4's,
// and of IPv6 everything outside of 2000::/3 and what is special within.
type guard struct {
	ranges  *ssrf.Guardian
	trusted []netip.Prefix
}

func newGuard(trusted []netip.Prefix) *guard {
	return &guard{ranges: ssrf.New(ssrf.WithAnyPort()), trusted: trusted}
}

var (
	errForbidden     = errors.New("not of the public internet")
	errForbiddenPort = errors.New("not a port for web pages")
)

// webPort reports whether pages are served at a port. A list of what is usual, and
// not of what is dangerous: on all others a request might be taken for a command
// by something that is no web server.
func webPort(port uint16) bool {
	return slices.Contains([]uint16{80, 443, 8000, 8008, 8080, 8081, 8088, 8443, 8880, 8888}, port)
}

// check returns errForbidden or errForbiddenPort if to must not be connected to.
func (g *guard) check(to netip.AddrPort) error {
	addr := to.Addr().Unmap()
	for _, prefix := range g.trusted {
		if prefix.Contains(addr) { // never true for an address with a zone
			return nil
		}
	}
	if err := g.public(addr); err != nil {
		return err
	}
	if !webPort(to.Port()) {
		return fmt.Errorf("%w: %d", errForbiddenPort, to.Port())
	}
	return nil
}

func (g *guard) public(addr netip.Addr) error {
	if !addr.IsValid() || addr.Zone() != "" {
		return errForbidden
	}
	if inner, ok := embedded(addr); ok {
		if err := g.public(inner); err != nil || wellKnownNAT64().Contains(addr) {
			return err
		}
	}
	if err := g.ranges.SafeAddr(addr); err != nil {
		return fmt.Errorf("%w: %w", errForbidden, err)
	}
	return nil
}

// wellKnownNAT64 is the prefix with which a network that only has IPv6 reaches
// IPv4 (RFC 6052). Such an address is as public as the one within.
func wellKnownNAT64() netip.Prefix { return netip.MustParsePrefix("64:ff9b::/96") }

// embedded returns the IPv4 address to which a translator on the way would pass
// on what is sent to addr: NAT64, and ISATAP (RFC 5214, with any prefix). 6to4 and
// Teredo hold one too; they are refused as a whole, whatever they hold.
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	isatap := b[8]&^0x02 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe
	if !isatap && !wellKnownNAT64().Contains(addr) {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(b[12:])), true
}

// control is for net.Dialer: it sees the address just before the connection is
// opened, so that nothing can come between check and use.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s %s", errForbidden, network, address)
	}
	return g.check(to)
}
