package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxHeaderBytes bounds the header of an answer.
const maxHeaderBytes = 256 << 10

// dialer connects to hosts by name. It looks the name up itself and only dials
// addresses that the guard lets through.
type dialer struct {
	guard   *guard
	timeout time.Duration
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	dial    func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

func newTransport(cfg Config, limits Limits, g *guard) *http.Transport {
	d := &dialer{guard: g, timeout: limits.Dial, resolve: cfg.resolve, dial: cfg.dial}
	if d.resolve == nil {
		d.resolve = lookUp
	}
	if d.dial == nil {
		// Control is the second line: were the first one wrong, it would still refuse.
		system := &net.Dialer{Control: g.control, FallbackDelay: -1}
		d.dial = func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			return system.DialContext(ctx, "tcp", to.String())
		}
	}
	return &http.Transport{
		Proxy:                  nil, // a proxy would dial for us, where nothing is checked
		DialContext:            d.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.roots},
		TLSHandshakeTimeout:    limits.Dial,
		ResponseHeaderTimeout:  limits.Header,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // body.go knows more codings, and limits
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
	}
}

// lookUp asks the system. The dot at the end keeps the search list of the machine
// out: "metadata" must not become a neighbour's name in a cluster.
func lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(host, ".")+".")
}

// DialContext connects to address, a host and port: to the first of the host's
// addresses that may be reached and can be.
func (d *dialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("split %q: %w", address, err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port of %q: %w", address, err)
	}
	addrs, err := d.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	var forbidden error
	allowed := addrs[:0]
	for _, a := range addrs {
		if err := d.guard.check(netip.AddrPortFrom(a, uint16(port))); err != nil {
			forbidden = err
			continue
		}
		allowed = append(allowed, a)
	}
	if len(allowed) == 0 {
		return nil, forbiddenError(forbidden)
	}
	return d.first(ctx, allowed, uint16(port))
}

func (d *dialer) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := d.resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up: %w", err)
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}

// first dials one address after the other, each for its share of the time that
// is left.
func (d *dialer) first(ctx context.Context, addrs []netip.Addr, port uint16) (net.Conn, error) {
	var failures []error
	deadline, _ := ctx.Deadline()
	for i, a := range addrs {
		share := time.Until(deadline) / time.Duration(len(addrs)-i)
		attempt, cancel := context.WithTimeout(ctx, share)
		conn, err := d.dial(attempt, netip.AddrPortFrom(a, port))
		cancel()
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
	}
	return nil, fmt.Errorf("dial: %w", errors.Join(failures...))
}

// forbiddenError is what users see of a refusal of the guard. It does not say
// what a name led to: that would tell outsiders what stands in our DNS.
func forbiddenError(err error) *Error {
	e := &Error{Reason: Forbidden, Message: "The address does not lead to the public internet.", Cause: err}
	if errors.Is(err, errForbiddenPort) {
		e.Message = "Web pages are not read at this port."
	}
	return e
}
