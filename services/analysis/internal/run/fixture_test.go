package run_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/redisx/cache"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/server"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// patience is how long a test waits for what should come.
const patience = 30 * time.Second

// question is what the tests ask, and documents are where the answer stands.
const question = "How does the write-ahead log protect data?"

func documents() []peertest.Document {
	return []peertest.Document{
		{Title: "Guide", Text: "The write-ahead log protects data because every change is written to it before the data pages are changed.\n\n" +
			"After a crash the server replays the write-ahead log from the last checkpoint, so that no committed data is lost."},
		{Title: "Notes", Text: "A checkpoint writes all changed data pages to disk and bounds how much of the write-ahead log must be replayed."},
	}
}

// fixture is a worker with real rows, a real log and a real ledger, between fakes of
// the peers and of a language model. Its engine "openai" does what the script says.
type fixture struct {
	*server.Server

	t         *testing.T
	script    *script
	model     *model
	settings  settings.Settings
	research  *peertest.Research
	report    *peertest.Report
	templates reportv1.TemplateServiceClient
	rows      *store.Store
	db        *pg.Pool
	log       *eventlog.Log
	book      *spend.Book
	ada       authn.Caller
	ttl       time.Duration
}

// setup starts the worker; change edits the fixture before that.
func setup(t *testing.T, change ...func(*fixture)) *fixture {
	t.Helper()
	f := &fixture{
		t: t, research: &peertest.Research{Documents: documents()}, report: &peertest.Report{}, ada: authntest.Caller(t, authn.RoleResearcher),
		db: pgtest.New(t, migrations.FS), model: &model{}, ttl: time.Hour,
	}
	f.script = &script{Engine: extractive.New().Open(engine.Session{})}
	for _, c := range change {
		c(f)
	}
	client, err := redisx.Open(t.Context(), redistest.URL(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	f.rows = store.New(f.db)
	f.log = eventlog.Open(context.WithoutCancel(t.Context()), f.db, client, eventlog.Options{Topic: "analysis"})
	t.Cleanup(f.log.Close)
	prices, err := price.New("openai/test=1/1/2, paid=+0.01")
	require.NoError(t, err)
	month := func(context.Context, string, string) (spend.Amount, error) { return f.settings.Month, nil }
	f.book = spend.New(f.rows, spend.Config{Prices: prices, Quotas: month, Patience: 100 * time.Millisecond})
	maker := calls.New(calls.Deps{
		Book: f.book, Cache: cache.New(client, cache.Config{Prefix: "calls:", TTL: time.Hour}),
		Governor: governor.New(client, governor.Config{}), Clients: f.model,
	})
	plain := extractive.New()
	deps := run.Deps{
		Store: f.rows, Log: f.log, Engines: engine.Set{provider{f.script}, plain}, Plain: plain, Callers: maker, Book: f.book, Peers: f.peers(t),
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, run.NewWorker(deps))
	queue, err := jobs.New(t.Context(), f.db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, MaxWorkers: 16}, workers)
	require.NoError(t, err)
	require.NoError(t, queue.Start(context.WithoutCancel(t.Context())))
	t.Cleanup(func() {
		_ = queue.Stop(context.WithoutCancel(t.Context()))
		queue.Close()
	})
	f.Server = server.New(server.Deps{
		Store: f.rows, Log: f.log, Jobs: queue, Engines: deps.Engines, Plain: plain, Settings: f, Models: f.model, Prices: f.book,
		AnswerTTL: f.ttl, Research: deps.Peers.Research, Report: deps.Peers.Report, Templates: f.templates,
	})
	return f
}

// peers serves the fakes.
func (f *fixture) peers(t *testing.T) run.Peers {
	t.Helper()
	minter, err := authn.NewMinter([]byte(authntest.Secret), "analysis")
	require.NoError(t, err)
	opts := grpcclient.Options{Minter: minter}
	research := peertest.Serve(t, "research", func(r grpc.ServiceRegistrar) { researchv1.RegisterResearchServiceServer(r, f.research) })
	report := peertest.Serve(t, "report", f.report.Register)
	f.templates = reportv1.NewTemplateServiceClient(report.Dial(t, opts))
	return run.Peers{
		Research: researchv1.NewResearchServiceClient(research.Dial(t, opts)), Report: reportv1.NewReportServiceClient(report.Dial(t, opts)),
	}
}

// Of implements server.Settings.
func (f *fixture) Of(context.Context, string, string) (settings.Settings, error) {
	return f.settings, nil
}

// as returns a context of the fixture's user.
func (f *fixture) as() context.Context { return authn.WithCaller(f.t.Context(), f.ada) }

// start starts a run of the engine with the script; change edits the request.
func (f *fixture) start(change ...func(*analysisv1.StartAnalysisRequest)) *analysisv1.Analysis {
	f.t.Helper()
	req := &analysisv1.StartAnalysisRequest{Question: question, Engine: "openai"}
	for _, c := range change {
		c(req)
	}
	a, err := f.StartAnalysis(f.as(), req)
	require.NoError(f.t, err)
	return a
}

// until waits until a run is in a state, or has ended otherwise, and returns it.
func (f *fixture) until(id string, state analysisv1.Analysis_State) *analysisv1.Analysis {
	f.t.Helper()
	var a *analysisv1.Analysis
	require.Eventually(f.t, func() bool {
		var err error
		a, err = f.GetAnalysis(f.as(), &analysisv1.GetAnalysisRequest{Id: id})
		return err == nil && (a.GetState() == state || a.GetCompleteTime() != nil)
	}, patience, 5*time.Millisecond)
	return a
}

// finish waits until a run has ended and returns it.
func (f *fixture) finish(a *analysisv1.Analysis) *analysisv1.Analysis {
	f.t.Helper()
	return f.until(a.GetId(), analysisv1.Analysis_STATE_UNSPECIFIED)
}

// events returns the log of a run.
func (f *fixture) events(id string) []*analysisv1.Event {
	f.t.Helper()
	entries, err := f.log.Read(f.t.Context(), f.ada.WorkspaceID, id, 0, 10000)
	require.NoError(f.t, err)
	events := make([]*analysisv1.Event, len(entries))
	for i, entry := range entries {
		events[i], err = wire.Event(id, entry)
		require.NoError(f.t, err)
		require.EqualValues(f.t, i+1, events[i].GetSequence())
	}
	return events
}

// count returns how many events of a type the log of a run has.
func (f *fixture) count(id string, kind analysisv1.Event_Type) (n int) {
	f.t.Helper()
	for _, e := range f.events(id) {
		if e.GetType() == kind {
			n++
		}
	}
	return n
}

// findings returns the findings of a run.
func (f *fixture) findings(id string) []*analysisv1.Finding {
	f.t.Helper()
	resp, err := f.ListFindings(f.as(), &analysisv1.ListFindingsRequest{AnalysisId: id})
	require.NoError(f.t, err)
	return resp.GetFindings()
}

// steps returns the steps of a run that were done, in order.
func (f *fixture) steps(id string) []string {
	f.t.Helper()
	steps, err := pg.ReadAll(f.t.Context(), f.db, f.ada.WorkspaceID, pgx.RowTo[string],
		`SELECT step FROM analysis_steps WHERE analysis_id = $1 ORDER BY finish_time`, id)
	require.NoError(f.t, err)
	return steps
}

// provider is the engine "openai" of the tests.
type provider struct{ script *script }

// Name implements engine.Provider.
func (provider) Name() string { return "openai" }

// Open implements engine.Provider.
func (p provider) Open(s engine.Session) engine.Engine { return session{p.script, s} }

// Estimate implements engine.Provider.
func (provider) Estimate(engine.Prospect) []engine.Estimate {
	return []engine.Estimate{
		{Step: engine.StepPlan, Calls: 1, InputTokens: 1_000_000, OutputTokens: 500_000},
		{Step: engine.StepAnalyze, Calls: 2, InputTokens: 2_000_000},
	}
}

// script is what the engine does; the built-in one does what is not set. Before is
// called first in each step, and its error is that of the step.
type script struct {
	engine.Engine

	mu      sync.Mutex
	before  func(ctx context.Context, step engine.Step, s engine.Session) error
	plan    func() engine.Plan
	reflect func(engine.Request) engine.Reflection
	analyze func(engine.Request) engine.Analysis
	judge   func(engine.Doubt) engine.Judgement
	write   func([]engine.Finding) []engine.Sentence
}

// session is the engine at work in one step.
type session struct {
	*script
	s engine.Session
}

func (s session) first(ctx context.Context, step engine.Step) error {
	s.mu.Lock()
	before := s.before
	s.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(ctx, step, s.s)
}

// Plan implements engine.Engine.
func (s session) Plan(ctx context.Context, q engine.Question) (engine.Plan, error) {
	if err := s.first(ctx, engine.StepPlan); err != nil {
		return engine.Plan{}, err
	}
	if s.plan != nil {
		return s.plan(), nil
	}
	return s.Engine.Plan(ctx, q)
}

// Reflect implements engine.Engine.
func (s session) Reflect(ctx context.Context, r engine.Request) (engine.Reflection, error) {
	if err := s.first(ctx, engine.StepReflect); err != nil {
		return engine.Reflection{}, err
	}
	if s.reflect != nil {
		return s.reflect(r), nil
	}
	return s.Engine.Reflect(ctx, r)
}

// Analyze implements engine.Engine.
func (s session) Analyze(ctx context.Context, r engine.Request) (engine.Analysis, error) {
	if err := s.first(ctx, engine.StepAnalyze); err != nil {
		return engine.Analysis{}, err
	}
	if s.analyze != nil {
		return s.analyze(r), nil
	}
	return s.Engine.Analyze(ctx, r)
}

// Judge implements engine.Engine.
func (s session) Judge(ctx context.Context, doubts []engine.Doubt) ([]engine.Judgement, error) {
	if err := s.first(ctx, engine.StepVerify); err != nil {
		return nil, err
	}
	out := make([]engine.Judgement, len(doubts))
	if s.judge != nil {
		for i, d := range doubts {
			out[i] = s.judge(d)
		}
	}
	return out, nil
}

// Write implements engine.Engine.
func (s session) Write(ctx context.Context, _ engine.Request, findings []engine.Finding) ([]engine.Sentence, error) {
	if err := s.first(ctx, engine.StepWrite); err != nil {
		return nil, err
	}
	if s.write == nil {
		return nil, nil
	}
	return s.write(findings), nil
}

// model is a language model, its server and what is configured of it.
type model struct {
	mu      sync.Mutex
	asked   int
	missing string // why it cannot be used; empty if it can
	fail    error
}

// Configured implements server.Models.
func (m *model) Configured(_ context.Context, _, _, name string) (bool, string, error) {
	return name == "openai" && m.missing == "", m.missing, nil
}

// Model implements server.Models and calls.Clients.
func (*model) Model(name string) string {
	if name != "openai" {
		return ""
	}
	return "test"
}

// Open implements calls.Clients.
func (m *model) Open(context.Context, string, string, string) (calls.Line, error) {
	return calls.Line{Client: m, Account: "test"}, nil
}

// Call implements llm.Client: a thousand tokens in and a thousand out.
func (m *model) Call(ctx context.Context, _ llm.Request, _ func(string) error) (llm.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return llm.Response{}, m.fail
	}
	m.asked++
	return llm.Response{Text: "ok", Finish: llm.Stopped, Usage: llm.Usage{InputTokens: 1000, OutputTokens: 1000}}, ctx.Err()
}

// calls returns how often the model was asked.
func (m *model) calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// call lets a step of the script ask the model.
func call(ctx context.Context, step engine.Step, s engine.Session) error {
	_, err := s.Caller.Call(ctx, engine.Call{Prompt: string(step) + "/1", Request: llm.Request{
		Model: s.Model, Messages: []llm.Message{{Role: llm.User, Text: string(step)}}, MaxTokens: 2000,
	}})
	return err
}
