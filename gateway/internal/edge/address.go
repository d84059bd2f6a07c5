package edge

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Networks is a list of networks.
type Networks []netip.Prefix

// ParseNetworks reads networks, "10.0.0.0/8"; an address alone is a network of
// one.
func ParseNetworks(texts []string) (Networks, error) {
	var all Networks
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if addr, err := netip.ParseAddr(text); err == nil {
			all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a network: %w", text, err)
		}
		all = append(all, prefix)
	}
	return all, nil
}

// contains reports whether an address is in one of the networks.
func (n Networks) contains(addr netip.Addr) bool {
	return slices.ContainsFunc(n, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
}

type addressKey struct{}

// Address returns the client's address, or "" when it is not known.
func Address(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

// addressed puts the client's address into the context.
func addressed(next http.Handler, proxies Networks) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), addressKey{}, clientAddress(r, proxies))
		// What goes on to the services is the one address, which the gateway vouches for.
		r.Header.Del("X-Forwarded-For")
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// clientAddress follows X-Forwarded-For from its end, where the nearest proxy
// wrote, as long as the one that wrote is trusted. Anything further left could
// have been made up by the client.
func clientAddress(r *http.Request, proxies Networks) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	client := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !proxies.contains(client) {
			break
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		client = addr.Unmap()
	}
	return client.String()
}
