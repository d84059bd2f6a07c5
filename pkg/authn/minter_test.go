package authn

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

// bench is a minter and a verifier on the same clock.
type bench struct {
	*clock
	minter   *Minter
	verifier *TokenVerifier
}

// start is any moment; nothing depends on the real time.
var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newBench(t *testing.T) bench {
	t.Helper()
	c := &clock{now: start}
	secret := []byte("0123456789abcdef0123456789abcdef")
	m, err := NewMinter(secret, "analysis")
	require.NoError(t, err)
	m.now = func() time.Time { return c.now }
	v, err := NewVerifier(Options{Secret: secret, Algorithm: HS256, Now: m.now})
	require.NoError(t, err)
	return bench{clock: c, minter: m, verifier: v}
}

func TestMint_MakesATokenThatVerifies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// The role and the session are the user's; a service has neither.
	token, err := b.minter.Mint(Caller{UserID: "u", WorkspaceID: "w", SessionID: "s", Role: RoleOwner})
	require.NoError(t, err)
	got, err := b.verifier.Verify(t.Context(), Credential{Token: token})
	require.NoError(t, err)
	require.True(t, got.Expire.Equal(start.Add(time.Minute)))
	got.Expire = time.Time{}
	require.Equal(t, Caller{UserID: "u", WorkspaceID: "w", Service: "analysis"}, got)
}

func TestMint_ReusesATokenUntilShortlyBeforeItsEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	who := Caller{WorkspaceID: "w"}
	first, err := b.minter.Mint(who)
	require.NoError(t, err)

	b.now = start.Add(39 * time.Second)
	again, err := b.minter.Mint(who)
	require.NoError(t, err)
	require.Equal(t, first, again)

	b.now = start.Add(41 * time.Second)
	renewed, err := b.minter.Mint(who)
	require.NoError(t, err)
	require.NotEqual(t, first, renewed)

	b.now = start.Add(66 * time.Second) // 60 s of life and 5 s of leeway
	_, err = b.verifier.Verify(t.Context(), Credential{Token: first})
	require.Equal(t, "TOKEN_EXPIRED", errs.Reason(err))
	_, err = b.verifier.Verify(t.Context(), Credential{Token: renewed})
	require.NoError(t, err)
}

func TestMint_KeepsWorkspacesAndUsersApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	seen := map[string]bool{}
	for _, who := range []Caller{{WorkspaceID: "w1"}, {WorkspaceID: "w2"}, {WorkspaceID: "w1", UserID: "u"}} {
		token, err := b.minter.Mint(who)
		require.NoError(t, err)
		require.False(t, seen[token])
		seen[token] = true
	}
}

func TestMint_BoundsItsCache(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range maxMinted + 10 {
		_, err := b.minter.Mint(Caller{WorkspaceID: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(b.minter.minted), maxMinted)
}

func TestNewMinter_RefusesABadConfiguration(t *testing.T) {
	t.Parallel()
	_, err := NewMinter([]byte("short"), "analysis")
	require.ErrorContains(t, err, "SECRET_KEY")
	_, err = NewMinter([]byte("0123456789abcdef0123456789abcdef"), "")
	require.Error(t, err)
}

func TestDeriveKey_GivesOneKeyPerPurpose(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef0123456789abcdef")
	one, err := DeriveKey(secret, "one")
	require.NoError(t, err)
	again, err := DeriveKey(secret, "one")
	require.NoError(t, err)
	two, err := DeriveKey(secret, "two")
	require.NoError(t, err)
	require.Len(t, one, 32)
	require.Equal(t, one, again)
	require.NotEqual(t, one, two)
}

func TestOutgoing_PutsAServiceTokenOnTheCall(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		ctx  func(context.Context) context.Context
		want string // what the authorization header holds; "minted" for a service token
	}{
		"for the caller":        {func(ctx context.Context) context.Context { return WithCaller(ctx, Caller{WorkspaceID: "w"}) }, "minted"},
		"none without a caller": {func(ctx context.Context) context.Context { return ctx }, ""},
		"not over a token that is there": {func(ctx context.Context) context.Context {
			return WithToken(WithCaller(ctx, Caller{WorkspaceID: "w"}), "mine")
		}, "Bearer mine"},
		"a user's token, without a caller": {func(ctx context.Context) context.Context { return WithToken(ctx, "mine") }, "Bearer mine"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			want := tc.want
			if want == "minted" {
				token, err := b.minter.Mint(Caller{WorkspaceID: "w"})
				require.NoError(t, err)
				want = "Bearer " + token
			}
			unary, stream := sent(t, b.minter, tc.ctx(t.Context()))
			require.Equal(t, want, unary)
			require.Equal(t, want, stream)
		})
	}
}

// sent returns the authorization that a unary and a streaming call send.
func sent(t *testing.T, m *Minter, ctx context.Context) (unary, stream string) { //nolint:revive // t comes first
	t.Helper()
	err := OutgoingUnary(m)(ctx, "/x/Y", nil, nil, nil,
		func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
			unary = authorizationOf(ctx)
			return nil
		})
	require.NoError(t, err)
	_, err = OutgoingStream(m)(ctx, nil, nil, "/x/Y",
		func(ctx context.Context, _ *grpc.StreamDesc, _ *grpc.ClientConn, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
			stream = authorizationOf(ctx)
			return nil, nil
		})
	require.NoError(t, err)
	return unary, stream
}

func authorizationOf(ctx context.Context) string {
	md, _ := metadata.FromOutgoingContext(ctx)
	if values := md.Get(authorization); len(values) == 1 {
		return values[0]
	}
	return ""
}
