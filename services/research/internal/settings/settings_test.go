package settings_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
)

// service stands in for auth: it answers as a test says, and counts.
type service struct {
	mu     sync.Mutex
	err    error
	egress []string
	secret string
	asked  int
	token  string
	wait   chan struct{} // closed to let answers go; nil for at once
}

func (a *service) Invoke(ctx context.Context, _ string, _, reply any, _ ...grpc.CallOption) error {
	a.mu.Lock()
	a.asked++
	md, _ := metadata.FromOutgoingContext(ctx)
	a.token = strings.Join(md.Get("authorization"), ",")
	err, wait := a.err, a.wait
	switch reply := reply.(type) {
	case *authv1.WorkspaceSettings:
		reply.EgressAllowList = a.egress
		reply.Quotas = &authv1.Quotas{MaxDocuments: 7, MaxLibraryBytes: 8}
	case *authv1.ResolveCredentialResponse:
		reply.Secret = a.secret
	}
	a.mu.Unlock()
	if wait != nil {
		<-wait
	}
	return err
}

func (a *service) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("no streams")
}

// set changes what auth answers.
func (a *service) set(change func(a *service)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(a)
}

func (a *service) calls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

// minter names whom a token acts for.
type minter struct{}

func (minter) Mint(c authn.Caller) (string, error) { return c.WorkspaceID + ":" + c.UserID, nil }

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func setup() (*settings.Cache, *service, *clock) {
	a, c := &service{}, &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return settings.NewAt(a, minter{}, c.now), a, c
}

func TestAllows(t *testing.T) {
	t.Parallel()
	list := settings.Settings{EgressAllow: []string{"example.org", "*.example.com"}}
	for host, want := range map[string]bool{
		"example.org": true, "EXAMPLE.org.": true, "www.example.org": false, "example.com": false, "a.example.com": true,
		"a.b.example.com": true, "badexample.com": false, "example.org.evil.net": false, "": false, ".example.com": false,
	} {
		require.Equal(t, want, list.Allows(host), host)
		require.True(t, settings.Settings{}.Allows(host), "no list allows all")
	}
}

func TestOf_IsAskedForTheUserAndRememberedForHalfAMinute(t *testing.T) {
	t.Parallel()
	cache, auth, clock := setup()
	auth.egress = []string{"example.org"}
	got, err := cache.Of(t.Context(), "w1", "u1")
	require.NoError(t, err)
	require.Equal(t, settings.Settings{EgressAllow: []string{"example.org"}, MaxDocuments: 7, MaxLibraryBytes: 8}, got)
	require.Equal(t, "Bearer w1:u1", auth.token)

	auth.set(func(a *service) { a.egress = []string{"example.com"} })
	clock.pass(29 * time.Second)
	got, err = cache.Of(t.Context(), "w1", "u2")
	require.NoError(t, err)
	require.Equal(t, []string{"example.org"}, got.EgressAllow, "fresh enough, whoever asks")
	clock.pass(time.Second)
	got, err = cache.Of(t.Context(), "w1", "u2")
	require.NoError(t, err)
	require.Equal(t, []string{"example.com"}, got.EgressAllow)
	_, err = cache.Of(t.Context(), "w2", "u2")
	require.NoError(t, err)
	require.Equal(t, 3, auth.calls(), "another workspace has its own")
}

func TestOf_WhileAuthIsDownGoesOnForTenMinutesAndThenRefuses(t *testing.T) {
	t.Parallel()
	cache, auth, clock := setup()
	auth.egress = []string{"example.org"}
	_, err := cache.Of(t.Context(), "w1", "u1")
	require.NoError(t, err)
	for _, problem := range []error{errs.Unavailable, context.DeadlineExceeded, errors.New("a bug"), errs.Unauthenticated} {
		auth.set(func(a *service) { a.err = problem })
		clock.pass(2 * time.Minute)
		got, err := cache.Of(t.Context(), "w1", "u1")
		require.NoError(t, err, "while auth answers: %s", problem.Error())
		require.Equal(t, []string{"example.org"}, got.EgressAllow)
		before := auth.calls()
		_, err = cache.Of(t.Context(), "w1", "u1")
		require.NoError(t, err)
		require.Equal(t, before, auth.calls(), "it is not asked with every call while it is down")

		_, err = cache.Of(t.Context(), "w2", "u1")
		require.ErrorIs(t, err, errs.Unavailable, "never as if there were no list")
		require.NotErrorIs(t, err, errs.Unauthenticated, "it is not the caller who is")
	}
	clock.pass(2 * time.Minute)
	_, err = cache.Of(t.Context(), "w1", "u1")
	require.ErrorIs(t, err, errs.Unavailable)
}

func TestOf_ADeletedWorkspaceIsForgotten(t *testing.T) {
	t.Parallel()
	cache, auth, clock := setup()
	_, err := cache.Of(t.Context(), "w1", "u1")
	require.NoError(t, err)
	clock.pass(time.Minute)
	auth.set(func(a *service) { a.err = errs.NotFound })
	_, err = cache.Of(t.Context(), "w1", "u1")
	require.ErrorIs(t, err, errs.NotFound)
	auth.set(func(a *service) { a.err = errs.Unavailable })
	_, err = cache.Of(t.Context(), "w1", "u1")
	require.ErrorIs(t, err, errs.Unavailable, "nothing is left to go on with")
}

func TestOf_IsAskedOnceForAllWhoWait(t *testing.T) {
	t.Parallel()
	cache, auth, _ := setup()
	auth.wait = make(chan struct{})
	var group sync.WaitGroup
	problems := make([]error, 20)
	for i := range problems {
		group.Go(func() { _, problems[i] = cache.Of(t.Context(), "w1", "u1") })
	}
	gone, cancel := context.WithCancel(t.Context())
	require.Eventually(t, func() bool { return auth.calls() == 1 }, 30*time.Second, time.Millisecond)
	cancel()
	_, err := cache.Of(gone, "w1", "u1")
	require.ErrorIs(t, err, context.Canceled, "who hangs up waits no longer")
	close(auth.wait)
	group.Wait()
	require.NoError(t, errors.Join(problems...))
	require.Equal(t, 1, auth.calls())
}

func TestCredential_IsTheUsersOrNone(t *testing.T) {
	t.Parallel()
	cache, auth, clock := setup()
	auth.secret = "the key"
	got, err := cache.Credential(t.Context(), "w1", "u1", "tavily")
	require.NoError(t, err)
	require.Equal(t, "the key", got)
	require.Equal(t, "Bearer w1:u1", auth.token)

	auth.set(func(a *service) { a.err = fmt.Errorf("no credential: %w", errs.NotFound) })
	for _, who := range [][2]string{{"u2", "tavily"}, {"u1", "brave"}} {
		got, err = cache.Credential(t.Context(), "w1", who[0], who[1])
		require.NoError(t, err)
		require.Empty(t, got, "of another user, or for another provider")
	}
	before := auth.calls()
	_, err = cache.Credential(t.Context(), "w1", "u2", "tavily")
	require.NoError(t, err)
	require.Equal(t, before, auth.calls(), "that there is none is remembered, too")

	clock.pass(time.Minute)
	auth.set(func(a *service) { a.err = errs.Unavailable })
	got, err = cache.Credential(t.Context(), "w1", "u1", "tavily")
	require.NoError(t, err)
	require.Equal(t, "the key", got)
	_, err = cache.Credential(t.Context(), "w1", "u3", "tavily")
	require.ErrorIs(t, err, errs.Unavailable)
}

func TestCredential_ThatCannotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	cache, auth, _ := setup()
	st, err := status.New(codes.NotFound, "the credential can no longer be read, store it again").
		WithDetails(&errdetails.ErrorInfo{Reason: "CREDENTIAL_UNREADABLE", Domain: errs.Domain})
	require.NoError(t, err)
	auth.err = errs.FromStatus(st)
	_, err = cache.Credential(t.Context(), "w1", "u1", "tavily")
	require.ErrorIs(t, err, errs.FailedPrecondition)
	require.Equal(t, "the credential can no longer be read, store it again", errs.Message(err))
}
