package calls_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx/cache"
	"github.com/researcherpro/researcherpro/services/analysis/internal/calls"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bundle is a database and a Redis that replicas share, and a model that counts.
type bundle struct {
	t     *testing.T
	db    *pg.Pool
	store *store.Store
	redis *redis.Client
	model *model

	limits calls.Limits
	quota  spend.Amount
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{t: t, db: pgtest.New(t, migrations.FS), redis: redistest.New(t), model: &model{}}
	b.store = store.New(b.db)
	return b
}

// replica returns a Maker of a process of its own. Where it would wait it goes on at
// once, unless its time is over.
func (b *bundle) replica() *calls.Maker {
	b.t.Helper()
	prices, err := price.New("openai/model=0.001/0.001/0.002")
	require.NoError(b.t, err)
	m := calls.New(calls.Deps{
		Book: spend.New(b.store, spend.Config{Prices: prices, Patience: time.Minute, Quotas: func(context.Context, string, string) (spend.Amount, error) {
			return b.quota, nil
		}}),
		Cache:    cache.New(b.redis, cache.Config{Prefix: "models:", TTL: time.Hour}),
		Governor: governor.New(b.redis, governor.Config{}),
		Clients:  b,
	})
	m.WaitWith(func(ctx context.Context, _ time.Duration) error { return ctx.Err() })
	return m
}

// Open implements calls.Clients.
func (b *bundle) Open(context.Context, string, string, string) (calls.Line, error) {
	return calls.Line{Client: b.model, Account: "account", Limits: b.limits}, nil
}

// Model implements calls.Clients.
func (b *bundle) Model(string) string { return "model" }

// run stores a run of a new workspace and returns the scope of its step analyze.
func (b *bundle) run() calls.Scope { return b.runIn(uuid.NewString()) }

// runIn is run in a workspace.
func (b *bundle) runIn(workspace string) calls.Scope {
	b.t.Helper()
	s := calls.Scope{
		WorkspaceID: workspace, UserID: uuid.NewString(), AnalysisID: uuid.Must(uuid.NewV7()).String(),
		Step: engine.StepAnalyze, Task: "analyze", Engine: "openai", Budget: calls.Budget{Tokens: 1_000_000},
	}
	require.NoError(b.t, b.store.InWorkspace(b.t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, _, err := b.store.CreateAnalysis(ctx, tx, store.Analysis{
			ID: s.AnalysisID, WorkspaceID: workspace, UserID: s.UserID, Request: []byte("{}"), Plan: []byte("{}"), Engine: "openai", Deadline: time.Now(), Step: "plan",
		})
		return err
	}))
	return s
}

// ledger returns the entries of a run.
func (b *bundle) ledger(s calls.Scope) []store.Call {
	b.t.Helper()
	list, err := b.store.ListCalls(b.t.Context(), s.WorkspaceID, s.AnalysisID, page.Query[page.ID]{Limit: 1000})
	require.NoError(b.t, err)
	return list
}

// states are those of the entries of a run.
func (b *bundle) states(s calls.Scope) string {
	b.t.Helper()
	var out []string
	for _, c := range b.ledger(s) {
		out = append(out, c.State)
	}
	return strings.Join(out, " ")
}

// used is what the entries of a run say was used.
func (b *bundle) used(s calls.Scope) (tokens, cost int64) {
	b.t.Helper()
	for _, c := range b.ledger(s) {
		tokens, cost = tokens+c.InputTokens+c.OutputTokens, cost+c.Cost
	}
	return tokens, cost
}

// model stands in for a server of models: it answers as a test says, and counts.
type model struct {
	// reply answers the nth request, from 1; nil says "answer".
	reply func(n int, r llm.Request, onText func(string) error) (llm.Response, error)

	mu           sync.Mutex
	requests     int
	tokens, cost int64
	now, most    int // under way now, and at most at once
}

// Call implements llm.Client.
func (m *model) Call(_ context.Context, r llm.Request, onText func(string) error) (llm.Response, error) {
	m.mu.Lock()
	m.requests++
	n, reply := m.requests, m.reply
	m.now++
	m.most = max(m.most, m.now)
	m.mu.Unlock()
	if reply == nil {
		reply = func(int, llm.Request, func(string) error) (llm.Response, error) { return says("answer"), nil }
	}
	response, err := reply(n, r, onText)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now--
	m.tokens += response.Usage.InputTokens + response.Usage.OutputTokens
	m.cost += response.Usage.InputTokens + 2*response.Usage.OutputTokens
	return response, err
}

func (m *model) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests
}

// says is an answer of ten tokens sent and five written.
func says(text string) llm.Response {
	return llm.Response{Text: text, Finish: llm.Stopped, Model: "model", Usage: llm.Usage{InputTokens: 10, OutputTokens: 5}}
}

// question is a call that asks something.
func question(text string) engine.Call {
	return engine.Call{Prompt: "analyze/1", Request: llm.Request{MaxTokens: 1000, Messages: []llm.Message{{Role: llm.User, Text: text}}}}
}

// ask asks, and must be answered.
func ask(t *testing.T, m *calls.Maker, s calls.Scope, text string) string {
	t.Helper()
	response, err := m.For(s).Call(t.Context(), question(text))
	require.NoError(t, err)
	return response.Text
}
