package settings_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
)

// service stands in for auth: it answers as a test says, and counts.
type service struct {
	mu     sync.Mutex
	err    error
	secret string
	asked  int
	token  string
}

func (a *service) Invoke(ctx context.Context, _ string, _, reply any, _ ...grpc.CallOption) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	md, _ := metadata.FromOutgoingContext(ctx)
	a.token = strings.Join(md.Get("authorization"), ",")
	switch reply := reply.(type) {
	case *authv1.WorkspaceSettings:
		reply.ModelRoutes = map[string]*authv1.ModelRoute{
			"default": {Engine: "openai", Model: "big"}, "verify": {Engine: "extractive"},
		}
		reply.Quotas = &authv1.Quotas{MaxCostUsdPerMonth: 0.1, MaxTokensPerMonth: 7, MaxRunningAnalyses: 3}
	case *authv1.ResolveCredentialResponse:
		reply.Secret = a.secret
	}
	return a.err
}

func (a *service) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("no streams")
}

// minter names whom a token acts for.
type minter struct{}

func (minter) Mint(c authn.Caller) (string, error) { return c.WorkspaceID + ":" + c.UserID, nil }

func TestOf_IsWhatTheAdminsDecided(t *testing.T) {
	t.Parallel()
	auth := &service{}
	cache := settings.New(auth, minter{})
	got, err := cache.Of(t.Context(), "w1", "u1")
	require.NoError(t, err)
	require.Equal(t, "Bearer w1:u1", auth.token)
	require.Equal(t, spend.Amount{CostNanoUSD: 100_000_000, Tokens: 7}, got.Month)
	require.Equal(t, 3, got.MaxRunning)
	for step, want := range map[string]settings.Route{
		"verify": {Engine: "extractive"}, "plan": {Engine: "openai", Model: "big"},
	} {
		route, ok := got.Route(step)
		require.True(t, ok)
		require.Equal(t, want, route, step)
	}
	_, ok := settings.Settings{}.Route("plan")
	require.False(t, ok, "nothing is chosen")

	month, err := cache.Month(t.Context(), "w1", "u2")
	require.NoError(t, err)
	require.Equal(t, got.Month, month)
	require.Equal(t, 1, auth.asked, "it is remembered, whoever asks")
}

func TestOf_WithoutAnAnswerSaysSo(t *testing.T) {
	t.Parallel()
	cache := settings.New(&service{err: errors.New("away")}, minter{})
	_, err := cache.Month(t.Context(), "w1", "u1")
	require.ErrorIs(t, err, errs.Unavailable, "never as if there were no limit")
	_, err = cache.Credential(t.Context(), "w1", "u1", "openai")
	require.ErrorIs(t, err, errs.Unavailable)
}

func TestCredential_IsTheUsersOrNone(t *testing.T) {
	t.Parallel()
	auth := &service{secret: "the key"}
	cache := settings.New(auth, minter{})
	got, err := cache.Credential(t.Context(), "w1", "u1", "openai")
	require.NoError(t, err)
	require.Equal(t, "the key", got)
	auth.err = errs.NotFound
	for _, who := range [][2]string{{"u2", "openai"}, {"u1", "perplexity"}} {
		got, err = cache.Credential(t.Context(), "w1", who[0], who[1])
		require.NoError(t, err)
		require.Empty(t, got, "of another user, or for another provider")
	}
}

func TestCredential_ThatCannotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	st, err := status.New(codes.NotFound, "the credential can no longer be read, store it again").
		WithDetails(&errdetails.ErrorInfo{Reason: "CREDENTIAL_UNREADABLE", Domain: errs.Domain})
	require.NoError(t, err)
	cache := settings.New(&service{err: errs.FromStatus(st)}, minter{})
	_, err = cache.Credential(t.Context(), "w1", "u1", "openai")
	require.ErrorIs(t, err, errs.FailedPrecondition)
	require.Equal(t, "the credential can no longer be read, store it again", errs.Message(err))
}
