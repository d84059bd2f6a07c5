package analysis_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

// patience is how long a test waits for what should come.
const patience = 60 * time.Second

// question is what the tests ask, and documents are where the answer stands.
const question = "How does the write-ahead log protect data?"

func documents() []peertest.Document {
	return []peertest.Document{
		{Title: "Guide", Text: "The write-ahead log protects data because every change is written to it before the data pages are changed.\n\n" +
			"After a crash the server replays the write-ahead log from the last checkpoint, so that no committed data is lost."},
		{Title: "Notes", Text: "# Notes\n\nA checkpoint writes all changed data pages to disk and bounds how much of the log must be replayed.\n\n" +
			"Größere Segmente of the write-ahead log hold sixteen megabytes of data each, unless the cluster was built otherwise."},
		{Title: "broken", Unreadable: "the file is encrypted"},
	}
}

// bundle is a served analysis service between fakes of its peers, and a user.
type bundle struct {
	analysisv1.AnalysisServiceClient
	analysisv1.ConversationServiceClient
	analysisv1.UsageServiceClient

	cfg            analysis.Config
	auth           *peertest.Auth // with HS256 nobody asks it for keys
	research       *peertest.Research
	report         *peertest.Report
	researchServer *peertest.Server
	reportServer   *peertest.Server
	ada            authn.Caller
}

// setup serves the real service with its workers at work.
func setup(t *testing.T) *bundle {
	t.Helper()
	b := prepare(t)
	work(t, b.serve(t))
	return b
}

// prepare makes the peers, a database and a Redis of the test's own; nothing of
// analysis runs yet.
func prepare(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{
		cfg: analysis.Config{
			Common: process.Common{
				DatabaseURL: pgtest.URL(t, migrations.FS), RedisURL: redistest.URL(t),
				SecretKey: authntest.Secret, Algorithm: authn.HS256, TokenMinutes: 30, DatabaseConns: 8,
			},
			WorkerID: "worker-0", Workers: 4, AnswerCacheTTL: time.Hour,
		},
		auth:     &peertest.Auth{},
		research: &peertest.Research{Documents: documents()},
		report:   &peertest.Report{},
		ada:      authntest.Caller(t, authn.RoleResearcher),
	}
	b.researchServer = peertest.Serve(t, "research", func(r grpc.ServiceRegistrar) { researchv1.RegisterResearchServiceServer(r, b.research) })
	b.reportServer = peertest.Serve(t, "report", b.report.Register)
	return b
}

// serve serves one replica and makes it the one that the bundle's client calls.
func (b *bundle) serve(t *testing.T) *analysis.Service {
	t.Helper()
	return b.serveWith(t, b.auth)
}

// serveWith is serve with another connection to auth.
func (b *bundle) serveWith(t *testing.T, auth grpc.ClientConnInterface) *analysis.Service {
	t.Helper()
	opts, err := analysis.ClientOptions(b.cfg)
	require.NoError(t, err)
	svc, err := analysis.New(t.Context(), b.cfg, analysis.Peers{
		Auth: auth, Research: b.researchServer.Dial(t, opts), Report: b.reportServer.Dial(t, opts),
	})
	require.NoError(t, err)
	t.Cleanup(svc.Close)
	options := svc.Server()
	require.NoError(t, options.Ready(t.Context()))
	server := peertest.Serve(t, options.Name, options.Register)
	conn := server.Dial(t, grpcclient.Options{})
	b.AnalysisServiceClient = analysisv1.NewAnalysisServiceClient(conn)
	b.ConversationServiceClient = analysisv1.NewConversationServiceClient(conn)
	b.UsageServiceClient = analysisv1.NewUsageServiceClient(conn)
	return svc
}

// work lets a replica do steps until the test ends.
func work(t *testing.T, svc *analysis.Service) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- svc.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("run analysis: %v", err)
		}
	})
}

// as returns a context whose calls carry a user's token.
func as(t *testing.T, c authn.Caller) context.Context {
	t.Helper()
	return authn.WithToken(t.Context(), authntest.Token(t, c))
}

// start starts a run of the bundle's user; change edits the request, if any.
func (b *bundle) start(t *testing.T, change ...func(*analysisv1.StartAnalysisRequest)) string {
	t.Helper()
	req := &analysisv1.StartAnalysisRequest{Question: question}
	for _, c := range change {
		c(req)
	}
	a, err := b.StartAnalysis(as(t, b.ada), req)
	require.NoError(t, err)
	require.Equal(t, analysisv1.Analysis_QUEUED, a.GetState())
	return a.GetId()
}

// watch returns the events after a sequence, until the run has ended.
func (b *bundle) watch(t *testing.T, id string, after int64) []*analysisv1.Event {
	t.Helper()
	return drain(t, b.follow(t, id, after))
}

// follow opens the stream of the events after a sequence.
func (b *bundle) follow(t *testing.T, id string, after int64) grpc.ServerStreamingClient[analysisv1.Event] {
	t.Helper()
	ctx, cancel := context.WithTimeout(as(t, b.ada), patience)
	t.Cleanup(cancel)
	stream, err := b.WatchAnalysis(ctx, &analysisv1.WatchAnalysisRequest{AnalysisId: id, AfterSequence: after})
	require.NoError(t, err)
	return stream
}

// drain reads a stream to its end.
func drain(t *testing.T, stream grpc.ServerStreamingClient[analysisv1.Event]) []*analysisv1.Event {
	t.Helper()
	var events []*analysisv1.Event
	for {
		e, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return events
		}
		require.NoError(t, err)
		events = append(events, e)
	}
}

// finish waits until a run has ended and returns it.
func (b *bundle) finish(t *testing.T, id string) *analysisv1.Analysis {
	t.Helper()
	b.watch(t, id, 0)
	return b.get(t, id)
}

// get returns a run of the bundle's user.
func (b *bundle) get(t *testing.T, id string) *analysisv1.Analysis {
	t.Helper()
	a, err := b.GetAnalysis(as(t, b.ada), &analysisv1.GetAnalysisRequest{Id: id})
	require.NoError(t, err)
	return a
}

// findings returns the findings of a run.
func (b *bundle) findings(t *testing.T, id string) []*analysisv1.Finding {
	t.Helper()
	resp, err := b.ListFindings(as(t, b.ada), &analysisv1.ListFindingsRequest{AnalysisId: id})
	require.NoError(t, err)
	return resp.GetFindings()
}

// stepRow is a row of analysis_steps.
type stepRow struct {
	Step    string
	Attempt int32
}

// steps returns what the database says of the steps that were done, in order.
func (b *bundle) steps(t *testing.T, id string) []stepRow {
	t.Helper()
	db := b.open(t)
	rows, err := pg.ReadAll(t.Context(), db, b.ada.WorkspaceID, pgx.RowToStructByName[stepRow],
		`SELECT step, attempt FROM analysis_steps WHERE analysis_id = $1 ORDER BY finish_time`, id)
	require.NoError(t, err)
	return rows
}

// open returns a pool on the service's database, as the service's own role.
func (b *bundle) open(t *testing.T) *pg.Pool {
	t.Helper()
	db, err := pg.Open(t.Context(), b.cfg.DatabaseURL, pg.Options{Name: "test", MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// receive waits until a channel is closed.
func receive(t *testing.T, from <-chan struct{}) {
	t.Helper()
	select {
	case <-from:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
}
