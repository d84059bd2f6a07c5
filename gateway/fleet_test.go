package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/proto/access"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// The tokens that the fake fleet knows: alice's and bob's are of two
// workspaces, mallory's has been revoked.
const (
	alice   = "alice"
	bob     = "bob"
	mallory = "mallory"
)

// fleet is the four services with their real interceptors on in-memory
// connections, and the gateway before them on a port of its own.
type fleet struct {
	auth      *fakeAuth
	documents *fakeDocuments
	research  *fakeResearch
	analysis  *fakeAnalysis
	reports   *fakeReports

	conversations *fakeConversations

	tokens  *fakeTokens
	gateway *Gateway
	url     string
	stop    func() // ends the services, not the gateway
}

func serveFleet(t *testing.T, cfg Config, lim limits) *fleet {
	t.Helper()
	f := &fleet{
		auth:      &fakeAuth{},
		documents: &fakeDocuments{},
		research:  &fakeResearch{},
		analysis:  newFakeAnalysis(),
		reports:   &fakeReports{},
		tokens:    newFakeTokens(),

		conversations: newFakeConversations(),
	}
	lis := bufconn.Listen(1 << 20)
	srv, err := grpcserver.New(grpcserver.Options{
		Name: "fleet", Verifier: f.tokens, Policy: authn.PolicyOf(access.Rule),
		Register: func(r grpc.ServiceRegistrar) {
			authv1.RegisterAuthServiceServer(r, f.auth)
			researchv1.RegisterDocumentServiceServer(r, f.documents)
			researchv1.RegisterResearchServiceServer(r, f.research)
			analysisv1.RegisterAnalysisServiceServer(r, f.analysis)
			analysisv1.RegisterConversationServiceServer(r, f.conversations)
			analysisv1.RegisterClaimServiceServer(r, analysisv1.UnimplementedClaimServiceServer{})
			analysisv1.RegisterUsageServiceServer(r, analysisv1.UnimplementedUsageServiceServer{})
			reportv1.RegisterReportServiceServer(r, f.reports)
			reportv1.RegisterShareServiceServer(r, fakeShares{})
			reportv1.RegisterTemplateServiceServer(r, newFakeTemplates())
			authv1.RegisterWorkspaceServiceServer(r, authv1.UnimplementedWorkspaceServiceServer{})
			authv1.RegisterMemberServiceServer(r, authv1.UnimplementedMemberServiceServer{})
			authv1.RegisterApiKeyServiceServer(r, authv1.UnimplementedApiKeyServiceServer{})
			authv1.RegisterCredentialServiceServer(r, authv1.UnimplementedCredentialServiceServer{})
			authv1.RegisterAuditServiceServer(r, authv1.UnimplementedAuditServiceServer{})
			authv1.RegisterOidcServiceServer(r, authv1.UnimplementedOidcServiceServer{})
		},
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx, lis) }()
	opts, err := ClientOptions(authntest.Secret)
	require.NoError(t, err)
	opts.Dial = []grpc.DialOption{
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }),
	}
	conn, err := grpcclient.Dial("passthrough:///fleet", opts)
	require.NoError(t, err)

	f.gateway, err = build(context.WithoutCancel(t.Context()), cfg, Backend{Conns: Conns{conn, conn, conn, conn}, Callers: f.tokens}, lim)
	require.NoError(t, err)
	web := httptest.NewServer(f.gateway.Handler())
	f.url = web.URL
	f.stop = sync.OnceFunc(func() {
		f.analysis.shut()
		cancel()
		<-served
	})
	t.Cleanup(func() {
		f.gateway.Close()
		web.CloseClientConnections()
		web.Close()
		f.stop()
		_ = conn.Close()
	})
	return f
}

type fakeAuth struct {
	authv1.UnimplementedAuthServiceServer
	mu      sync.Mutex
	seen    metadata.MD
	asked   atomic.Int32 // GetCaller's calls
	refuses atomic.Bool  // what GetCaller answers
}

func (f *fakeAuth) Login(_ context.Context, req *authv1.LoginRequest) (*authv1.Session, error) {
	if req.GetPassword() == "the eleventh in a row" {
		return nil, errs.Later(errs.ResourceExhausted, "TOO_MANY_SIGN_INS", "too many sign-ins, try again later", 9500*time.Millisecond)
	}
	if req.GetPassword() != "correct horse battery" {
		return nil, errs.New(errs.Unauthenticated, "WRONG_CREDENTIALS", "e-mail or password is wrong")
	}
	return &authv1.Session{AccessToken: alice, TokenType: "Bearer", ExpiresIn: 1800}, nil
}

func (f *fakeAuth) GetMe(ctx context.Context, _ *authv1.GetMeRequest) (*authv1.GetMeResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = md
	caller, err := authn.FromContext(ctx)
	return &authv1.GetMeResponse{User: &authv1.User{Id: caller.UserID}}, err
}

func (f *fakeAuth) GetCaller(ctx context.Context, _ *authv1.GetCallerRequest) (*authv1.Caller, error) {
	caller, err := authn.FromContext(ctx)
	f.asked.Add(1)
	if f.refuses.Load() {
		err = errs.New(errs.Unauthenticated, "TOKEN_INVALID", "the access token is not valid")
	}
	return &authv1.Caller{UserId: caller.UserID, WorkspaceId: caller.WorkspaceID}, err
}

func (f *fakeAuth) GetJwks(context.Context, *authv1.GetJwksRequest) (*authv1.GetJwksResponse, error) {
	return &authv1.GetJwksResponse{}, nil
}

// metadata returns what came with the last GetMe.
func (f *fakeAuth) metadata() metadata.MD {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// request is one HTTP request of a test.
type request struct {
	method, path, token, body string
	header                    map[string]string
}

// do sends a request and returns the answer with its whole body.
func (f *fleet) do(t *testing.T, req request) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), req.method, f.url+req.path, strings.NewReader(req.body))
	require.NoError(t, err)
	if req.token != "" {
		r.Header.Set("Authorization", "Bearer "+req.token)
	}
	for name, value := range req.header {
		r.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var body bytes.Buffer
	_, err = io.Copy(&body, resp.Body)
	require.NoError(t, err)
	return resp, body.Bytes()
}

// failure is a google.rpc.Status as a client reads it.
type failure struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Details []struct {
		Type       string `json:"@type"`
		Reason     string `json:"reason"`
		Violations []struct {
			Field       string `json:"field"`
			Description string `json:"description"`
		} `json:"fieldViolations"`
	} `json:"details"`
}

// decodeFailure reads a body that must be a Status and nothing else.
func decodeFailure(t *testing.T, resp *http.Response, body []byte) failure {
	t.Helper()
	require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	var got failure
	dec := json.NewDecoder(bytes.NewReader(body))
	require.NoError(t, dec.Decode(&got), "body: %s", body)
	require.NotZero(t, got.Code, "body: %s", body)
	require.NotEmpty(t, got.Message)
	require.NotEmpty(t, got.Details)
	return got
}

// violations returns field → rule.
func (f failure) violations() map[string]string {
	found := map[string]string{}
	for _, d := range f.Details {
		for _, v := range d.Violations {
			found[v.Field] = v.Description
		}
	}
	return found
}
