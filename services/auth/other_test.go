package auth_test

import (
	"context"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/proto/access"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// other is another service of the fleet: it knows its callers as research does,
// and answers ListDocuments (DOCUMENTS_READ) and DeleteDocument (DOCUMENTS_WRITE).
type other struct {
	researchv1.DocumentServiceClient
	// asked is called before auth is asked about a caller.
	asked func()
}

// documents answers with nothing. The caller's workspace stands in the page token.
type documents struct {
	researchv1.UnimplementedDocumentServiceServer
}

// ListDocuments implements researchv1.DocumentServiceServer.
func (documents) ListDocuments(ctx context.Context, _ *researchv1.ListDocumentsRequest) (*researchv1.ListDocumentsResponse, error) {
	caller, err := authn.FromContext(ctx)
	return &researchv1.ListDocumentsResponse{NextPageToken: caller.WorkspaceID}, err
}

// serveOther serves another service that asks an auth service about its callers.
func serveOther(t *testing.T, at *authtest.Server) *other {
	t.Helper()
	o := &other{asked: func() {}}
	redis, err := redisx.Open(t.Context(), at.Config.RedisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = redis.Close() })
	verifier, err := authn.NewVerifier(authn.Options{
		Secret: []byte(at.Config.SecretKey),
		Keys:   jwks.New(at),
		Directory: authn.NewDirectory(func(ctx context.Context) (*authv1.Caller, error) {
			o.asked()
			return at.GetCaller(ctx, &authv1.GetCallerRequest{})
		}),
		Revocations: authn.NewRedisRevocations(redis, at.Config.TokenLife()),
	})
	require.NoError(t, err)
	o.DocumentServiceClient = researchv1.NewDocumentServiceClient(serve(t, grpcserver.Options{
		Name: "other", Verifier: verifier, Policy: authn.PolicyOf(access.Rule),
		Register: func(r grpc.ServiceRegistrar) { researchv1.RegisterDocumentServiceServer(r, documents{}) },
	}))
	return o
}

// serve serves over memory until the test ends, and returns a connection.
func serve(t *testing.T, options grpcserver.Options) *grpc.ClientConn {
	t.Helper()
	server, err := grpcserver.New(options)
	require.NoError(t, err)
	lis := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, lis) }()
	conn, err := grpcclient.Dial("passthrough:///"+options.Name, grpcclient.Options{
		Dial: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return lis.DialContext(ctx)
		})},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Close()
		stop()
		require.NoError(t, <-served)
	})
	return conn
}

// list calls what needs DOCUMENTS_READ and returns the workspace it acts in.
func (o *other) list(ctx context.Context) (string, error) {
	answer, err := o.ListDocuments(ctx, &researchv1.ListDocumentsRequest{})
	return answer.GetNextPageToken(), err
}

// inWorkspace returns a context whose calls ask for a workspace.
func inWorkspace(ctx context.Context, id string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "x-workspace-id", id)
}

// reason returns the reason for programs in a server's answer, or "".
func reason(err error) string {
	for _, detail := range status.Convert(errs.Public(err)).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// expireTransaction lets an OpenID sign-in end before its time.
func expireTransaction(t *testing.T, at *authtest.Server, transaction string) {
	t.Helper()
	db, err := pg.Open(t.Context(), at.Config.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT set_config('app.oidc_hash', encode(sha256($1), 'hex'), true)`, []byte(transaction))
		require.NoError(t, err)
		changed, err := tx.Exec(ctx, `UPDATE oidc_transactions SET expire_time = now()`)
		require.EqualValues(t, 1, changed.RowsAffected())
		return err
	}))
}
