package report_test

import (
	"context"
	"net"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report"
	"github.com/researcherpro/researcherpro/services/report/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bundle is a served report service and a user of it.
type bundle struct {
	reportv1.ReportServiceClient
	reportv1.TemplateServiceClient
	reportv1.ShareServiceClient

	cfg  report.Config
	auth *tenancytest.Auth
	svc  *report.Service
	ada  authn.Caller
}

// setup serves the real service with all its interceptors on a database of its own, and
// lets it work its jobs. Keys come from nowhere: with HS256 nobody asks auth for any.
func setup(t *testing.T) *bundle {
	t.Helper()
	b := setupIdle(t)
	stop := b.work(t)
	t.Cleanup(stop)
	return b
}

// setupIdle is setup, but nobody works the jobs.
func setupIdle(t *testing.T) *bundle {
	t.Helper()
	cfg := report.Config{Common: process.Common{
		DatabaseURL: pgtest.URL(t, migrations.FS), RedisURL: redistest.URL(t),
		SecretKey: authntest.Secret, Algorithm: authn.HS256, TokenMinutes: 30, DatabaseConns: 4,
	}, BlobURL: "file://" + t.TempDir(), Workers: 2}
	auth := &tenancytest.Auth{}
	svc, err := report.New(t.Context(), cfg, report.Peers{Auth: auth})
	require.NoError(t, err)
	require.NoError(t, svc.Server().Ready(t.Context()))
	server, err := grpcserver.New(svc.Server())
	require.NoError(t, err)

	lis := bufconn.Listen(1 << 20)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, lis) }()
	conn, err := grpcclient.Dial("passthrough:///report", grpcclient.Options{
		Dial: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return lis.DialContext(ctx)
		})},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Close()
		stop()
		if err := <-served; err != nil {
			t.Errorf("serve report: %v", err)
		}
		svc.Close()
	})
	return &bundle{
		ReportServiceClient: reportv1.NewReportServiceClient(conn), TemplateServiceClient: reportv1.NewTemplateServiceClient(conn),
		ShareServiceClient: reportv1.NewShareServiceClient(conn), cfg: cfg, auth: auth, svc: svc,
		ada: authntest.Caller(t, authn.RoleResearcher),
	}
}

// work runs the service's background work until what it returns is called.
func (b *bundle) work(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- b.svc.Run(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// as returns a context whose calls carry a user's token.
func as(t *testing.T, c authn.Caller) context.Context {
	t.Helper()
	return authn.WithToken(t.Context(), authntest.Token(t, c))
}

// asAnalysis returns a context whose calls come from the analysis service, for a
// user's workspace.
func asAnalysis(t *testing.T, c authn.Caller) context.Context {
	t.Helper()
	return authn.WithToken(t.Context(), authntest.ServiceToken(t, "analysis", c))
}

// compose stores a report of a user's workspace and returns it.
func (b *bundle) compose(t *testing.T, c authn.Caller, req *reportv1.ComposeReportRequest) *reportv1.Report {
	t.Helper()
	r, err := b.ComposeReport(asAnalysis(t, c), req)
	require.NoError(t, err)
	return r
}

// open returns a pool on the service's database, as the service's own role.
func (b *bundle) open(t *testing.T) *pg.Pool {
	t.Helper()
	db, err := pg.Open(t.Context(), b.cfg.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// The quotes of the found content: one has what is markup in Markdown and HTML.
const (
	firstQuote  = "The log is written before the data pages, and it is flushed at every commit."
	secondQuote = "Use *fsync* <always> & never trust `write(2)` alone."
)

// found is what an analysis found: two findings out of two sources, one source
// that could not be read, and something that is missing.
func found(t *testing.T) *reportv1.ComposeReportRequest {
	t.Helper()
	guide, notes, broken := uuid.NewString(), uuid.NewString(), uuid.NewString()
	return &reportv1.ComposeReportRequest{
		AnalysisId: uuid.NewString(),
		Question:   "How does a log protect data?",
		Engine:     "extractive",
		Findings: []*analysisv1.Finding{
			finding(1, firstQuote, "Log", guide),
			finding(2, secondQuote, "Flushing", notes),
		},
		Sources: []*researchv1.Source{
			{Id: guide, Title: "Guide", Url: "https://example.com/guide", Outcome: researchv1.Source_USED, Language: "en"},
			{Id: notes, Title: "Notes", FileName: "notes.md", Outcome: researchv1.Source_USED, Language: "en"},
			{Id: broken, FileName: "broken.pdf", Outcome: researchv1.Source_UNREADABLE, OutcomeReason: "the file is encrypted"},
		},
		Missing: []string{"Some places that were asked did not answer."},
	}
}

// finding is a claim that rests on one quote, its own words.
func finding(ordinal int32, quote, section, source string) *analysisv1.Finding {
	return &analysisv1.Finding{
		Id: uuid.NewString(), Ordinal: ordinal, Claim: quote, Section: section, Support: analysisv1.Support_SUPPORTED, Salience: 0.9,
		Citations: []*analysisv1.Citation{{
			SourceId: source, Quote: quote, EndOffset: int32(len(quote)), Support: analysisv1.Support_SUPPORTED, Score: 0.9,
		}},
	}
}
