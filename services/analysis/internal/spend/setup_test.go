package spend_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bundle is a ledger in a database of its own.
type bundle struct {
	*spend.Book

	t     *testing.T
	db    *pg.Pool
	store *store.Store
	clock *clock

	workspace, user string
	quota           spend.Amount
}

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

// The prices of the tests: a nano-dollar for a token sent, two for one written.
const prices = "openai/model=0.001/0.001/0.002, openai/dear=1000/1000/1000+1, tavily=+0.01, free=+0"

// setup returns a ledger whose limits the test changes.
func setup(t *testing.T, change ...func(*bundle, *spend.Config)) *bundle {
	t.Helper()
	b := &bundle{
		t: t, db: pgtest.New(t, migrations.FS), workspace: uuid.NewString(), user: uuid.NewString(),
		clock: &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
	}
	b.store = store.New(b.db)
	table, err := price.New(prices)
	require.NoError(t, err)
	cfg := spend.Config{Prices: table, Now: b.clock.now, Patience: 50 * time.Millisecond}
	for _, c := range change {
		c(b, &cfg)
	}
	cfg.Quotas = b.Month
	b.Book = spend.New(b.store, cfg)
	return b
}

// quota limits the workspace's month.
func quota(a spend.Amount) func(*bundle, *spend.Config) {
	return func(b *bundle, _ *spend.Config) { b.quota = a }
}

// Month is the workspace's own limit.
func (b *bundle) Month(context.Context, string, string) (spend.Amount, error) { return b.quota, nil }

// run stores a run and returns an account that pays for its calls.
func (b *bundle) run(budget spend.Amount) spend.Account {
	b.t.Helper()
	id := uuid.Must(uuid.NewV7()).String()
	require.NoError(b.t, b.store.InWorkspace(b.t.Context(), b.workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, _, err := b.store.CreateAnalysis(ctx, tx, store.Analysis{
			ID: id, WorkspaceID: b.workspace, UserID: b.user, Request: []byte("{}"), Plan: []byte("{}"), Engine: "openai", Deadline: b.clock.now(), Step: "plan",
		})
		return err
	}))
	return spend.Account{
		WorkspaceID: b.workspace, UserID: b.user, AnalysisID: id, Task: "analyze", Step: "analyze", Engine: "openai", Model: "model", Budget: budget,
	}
}

// reserve sets aside so many tokens, which must fit.
func (b *bundle) reserve(a spend.Account, key string, input, output int64) spend.Reservation {
	b.t.Helper()
	r, err := b.Reserve(b.t.Context(), a, spend.Ask{Key: []byte(key), Prompt: "p/1", Input: input, MaxOutput: output, MinOutput: output})
	require.NoError(b.t, err)
	return r
}

func (b *bundle) settle(r spend.Reservation, input, output int64) {
	b.t.Helper()
	require.NoError(b.t, b.Settle(b.t.Context(), r, used(input, output)))
}

func used(input, output int64) spend.Outcome {
	return spend.Outcome{Usage: llm.Usage{InputTokens: input, OutputTokens: output}, Duration: 7 * time.Millisecond, Answer: []byte("answer")}
}

// calls returns the ledger of a run.
func (b *bundle) calls(a spend.Account) []store.Call {
	b.t.Helper()
	list, err := b.store.ListCalls(b.t.Context(), b.workspace, a.AnalysisID, page.Query[page.ID]{Limit: 1000})
	require.NoError(b.t, err)
	return list
}

// states returns the states of the ledger of a run.
func (b *bundle) states(a spend.Account) []string {
	b.t.Helper()
	var out []string
	for _, c := range b.calls(a) {
		out = append(out, c.State)
	}
	return out
}

// spending returns what is spent and set aside, by scope, over all periods.
func (b *bundle) spending() map[store.Purse]store.Spending {
	b.t.Helper()
	rows, err := pg.ReadAll(b.t.Context(), b.db, b.workspace, pgx.RowToStructByName[store.Spending],
		`SELECT scope, owner_id, period, cost, tokens, reserved_cost, reserved_tokens FROM spending`)
	require.NoError(b.t, err)
	out := map[store.Purse]store.Spending{}
	for _, s := range rows {
		out[s.Purse] = s
	}
	return out
}

// month returns what the workspace has spent and set aside in the month.
func (b *bundle) month() store.Spending {
	b.t.Helper()
	return b.spending()[store.Purse{Scope: store.ScopeWorkspace, OwnerID: b.workspace, Period: b.clock.now().Format("2006-01")}]
}

// balance requires that what purses have is what the ledger says.
func (b *bundle) balance() {
	b.t.Helper()
	rows, err := pg.ReadAll(b.t.Context(), b.db, b.workspace, pgx.RowToStructByName[store.Spending], `
		SELECT scope, owner_id, CASE scope WHEN 'run' THEN '' ELSE period END AS period, sum(cost)::bigint AS cost,
			sum(input_tokens + output_tokens)::bigint AS tokens,
			coalesce(sum(reserved_cost) FILTER (WHERE state = 'RESERVED'), 0)::bigint AS reserved_cost,
			coalesce(sum(reserved_tokens) FILTER (WHERE state = 'RESERVED'), 0)::bigint AS reserved_tokens
		FROM calls CROSS JOIN LATERAL (VALUES ('workspace', workspace_id), ('user', user_id), ('run', analysis_id)) AS s (scope, owner_id)
		WHERE scope <> 'run' OR of_run GROUP BY 1, 2, 3`)
	require.NoError(b.t, err)
	want := map[store.Purse]store.Spending{}
	for _, s := range rows {
		want[s.Purse] = s
	}
	require.Equal(b.t, want, b.spending())
}
