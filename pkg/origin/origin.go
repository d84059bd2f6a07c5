// Package origin tells a server where a call came from: the client's address and
// program, for limits and for the record.
//
// Whoever connects is the origin, unless it is the gateway, which speaks for the
// clients before it. It shows that with a voucher, a service token of its own in
// metadata beside the forwarded address; without a good one what is forwarded is
// ignored, so nobody can choose the address they are seen under. The voucher
// names no workspace, so as a token it opens nothing (see package authn).
package origin

import (
	"context"
	"net/netip"
	"strings"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// Gateway is the service that is believed when it speaks for another address.
const Gateway = "gateway"

// The metadata of forwarded calls.
const (
	// ForwardedFor is the client's address; of several the last counts.
	ForwardedFor = "x-forwarded-for"
	// ForwardedUserAgent is the client's program as it calls itself.
	ForwardedUserAgent = "x-forwarded-user-agent"
	// voucher is the gateway's own token.
	voucher = "x-forwarded-by"
)

// maxUserAgent is the most bytes that are kept of a program's name: it is
// whatever the client likes to send.
const maxUserAgent = 256

// Origin is where a call came from.
type Origin struct {
	// Address is the client's address, without a zone, and IPv4 when it is one.
	// It is not valid when there is none, as between parts of one process.
	Address netip.Addr
	// UserAgent is what the client calls itself, at most 256 bytes; nobody vouches for it.
	UserAgent string
}

// contextKey is the context key of the Origin.
type contextKey struct{}

// With returns a context that carries the origin. Servers get it from the
// interceptors.
func With(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, contextKey{}, o)
}

// FromContext returns the origin of the call, the zero Origin when there is none.
func FromContext(ctx context.Context) Origin {
	o, _ := ctx.Value(contextKey{}).(Origin)
	return o
}

// incoming returns the origin of an incoming call.
func incoming(ctx context.Context, v authn.Verifier) Origin {
	md, _ := metadata.FromIncomingContext(ctx)
	if vouched(ctx, v, md) {
		addr, err := netip.ParseAddr(lastHop(md.Get(ForwardedFor)))
		if err == nil {
			return Origin{Address: plain(addr), UserAgent: text(md.Get(ForwardedUserAgent))}
		}
	}
	return Origin{Address: peerAddress(ctx), UserAgent: text(md.Get("user-agent"))}
}

// vouched reports whether the gateway made the call for somebody else.
func vouched(ctx context.Context, v authn.Verifier, md metadata.MD) bool {
	tokens := md.Get(voucher)
	if len(tokens) != 1 || authn.WellFormedAPIKey(tokens[0]) {
		return false // whose a key is would have to be looked up
	}
	caller, err := v.Verify(ctx, authn.Credential{Token: tokens[0]})
	return err == nil && caller.Service == Gateway && caller.UserID == "" && caller.WorkspaceID == ""
}

// lastHop returns the last address of x-forwarded-for, which the gateway wrote.
func lastHop(values []string) string {
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// peerAddress returns the address of the connection's other end.
func peerAddress(ctx context.Context) netip.Addr {
	p, ok := peer.FromContext(ctx)
	if !ok || p.Addr == nil {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(p.Addr.String())
	if err != nil {
		return netip.Addr{} // a pipe within the process, or a socket of this machine
	}
	return plain(at.Addr())
}

// plain returns the one form of an address: two forms would be two limits.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// text returns the first value, cut to what is kept.
func text(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0][:min(len(values[0]), maxUserAgent)]
}
