package origin_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/origin"
)

// stream is a stream that has nothing but a context.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s stream) Context() context.Context { return s.ctx }

// seen returns the origin that handlers of both kinds see.
func seen(ctx context.Context, t *testing.T) origin.Origin {
	t.Helper()
	var unary, streamed origin.Origin
	v := authntest.Verifier(t)
	_, err := origin.Unary(v)(ctx, nil, &grpc.UnaryServerInfo{}, func(ctx context.Context, _ any) (any, error) {
		unary = origin.FromContext(ctx)
		return nil, nil
	})
	require.NoError(t, err)
	require.NoError(t, origin.Stream(v)(nil, stream{ctx: ctx}, &grpc.StreamServerInfo{}, func(_ any, ss grpc.ServerStream) error {
		streamed = origin.FromContext(ss.Context())
		return nil
	}))
	require.Equal(t, unary, streamed)
	return unary
}

// minter makes the tokens of a service.
func minter(t *testing.T, secret, service string) *authn.Minter {
	t.Helper()
	m, err := authn.NewMinter([]byte(secret), service)
	require.NoError(t, err)
	return m
}

// sent is the metadata of a call that the minter's service vouches for.
func sent(t *testing.T, m *authn.Minter, pairs ...string) metadata.MD {
	t.Helper()
	ctx := metadata.AppendToOutgoingContext(t.Context(), pairs...)
	var unary, streamed metadata.MD
	require.NoError(t, origin.VouchUnary(m)(ctx, "/x/Y", nil, nil, nil,
		func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
			unary, _ = metadata.FromOutgoingContext(ctx)
			return nil
		}))
	_, err := origin.VouchStream(m)(ctx, nil, nil, "/x/Y",
		func(ctx context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
			streamed, _ = metadata.FromOutgoingContext(ctx)
			return nil, nil
		})
	require.NoError(t, err)
	require.Equal(t, unary, streamed)
	return unary
}

func TestOrigin_OfWhomIsBelieved(t *testing.T) {
	t.Parallel()
	gateway := minter(t, authntest.Secret, origin.Gateway)
	forwarded := []string{"x-forwarded-for", "203.0.113.9", "x-forwarded-user-agent", "Browser"}
	acting, err := gateway.Mint(authn.Caller{WorkspaceID: "w"})
	require.NoError(t, err)
	twice := sent(t, gateway, forwarded...)
	twice.Append("x-forwarded-by", twice.Get("x-forwarded-by")...)

	tests := map[string]struct {
		md   metadata.MD
		want string
	}{
		"nothing is forwarded":                 {metadata.Pairs("user-agent", "grpc"), "192.0.2.1 grpc"},
		"the gateway is believed":              {sent(t, gateway, forwarded...), "203.0.113.9 Browser"},
		"of several addresses the last":        {sent(t, gateway, "x-forwarded-for", "6.6.6.6, 203.0.113.9"), "203.0.113.9 "},
		"of several values the last":           {sent(t, gateway, "x-forwarded-for", "6.6.6.6", "x-forwarded-for", "203.0.113.9"), "203.0.113.9 "},
		"IPv4 in IPv6 is IPv4":                 {sent(t, gateway, "x-forwarded-for", "::ffff:203.0.113.9"), "203.0.113.9 "},
		"a zone is no part of it":              {sent(t, gateway, "x-forwarded-for", "fe80::1%eth0"), "fe80::1 "},
		"no address after all":                 {sent(t, gateway, "x-forwarded-for", "unknown"), "192.0.2.1 "},
		"without a voucher it is made up":      {metadata.Pairs(forwarded...), "192.0.2.1 "},
		"another service does not vouch":       {sent(t, minter(t, authntest.Secret, "analysis"), forwarded...), "192.0.2.1 "},
		"nor another fleet's gateway":          {sent(t, minter(t, strings.Repeat("x", 32), origin.Gateway), forwarded...), "192.0.2.1 "},
		"a token to act with is no voucher":    {metadata.Pairs(append(forwarded, "x-forwarded-by", acting)...), "192.0.2.1 "},
		"a user's token is none":               {metadata.Pairs(append(forwarded, "x-forwarded-by", authntest.Token(t, authntest.Caller(t, authn.RoleOwner)))...), "192.0.2.1 "},
		"two vouchers are none":                {twice, "192.0.2.1 "},
		"a long name of the program is cut":    {metadata.Pairs("user-agent", strings.Repeat("x", 300)), "192.0.2.1 " + strings.Repeat("x", 256)},
		"what is no voucher at all is ignored": {metadata.Pairs(append(forwarded, "x-forwarded-by", "gateway")...), "192.0.2.1 "},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := peer.NewContext(t.Context(), &peer.Peer{Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}})
			got := seen(metadata.NewIncomingContext(ctx, tc.md), t)
			require.Equal(t, tc.want, got.Address.String()+" "+got.UserAgent)
		})
	}
}

func TestOrigin_WithinAProcessThereIsNoAddress(t *testing.T) {
	t.Parallel()
	ctx := peer.NewContext(t.Context(), &peer.Peer{Addr: &net.UnixAddr{Name: "pipe"}})
	require.Equal(t, origin.Origin{}, seen(ctx, t))
	require.Equal(t, origin.Origin{}, seen(t.Context(), t))
	require.Equal(t, origin.Origin{}, origin.FromContext(t.Context()))
	set := origin.Origin{Address: netip.MustParseAddr("203.0.113.9")}
	require.Equal(t, set, origin.FromContext(origin.With(t.Context(), set)))
}

func TestVouch_OnlyForAForwardedAddress(t *testing.T) {
	t.Parallel()
	md := sent(t, minter(t, authntest.Secret, origin.Gateway), "authorization", "Bearer x")
	require.Empty(t, md.Get("x-forwarded-by"))
}
