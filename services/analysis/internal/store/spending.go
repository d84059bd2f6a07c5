package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The scopes that limits are kept for.
const (
	ScopeRun       = "run"
	ScopeUser      = "user"
	ScopeWorkspace = "workspace"
)

// Purse names whose spending it is.
type Purse struct {
	Scope   string
	OwnerID string
	Period  string // the month, as 2026-11; empty for runs
}

// Spending is what a purse has spent and set aside: money in billionths of a US
// dollar, and tokens.
type Spending struct {
	Purse
	Cost, Tokens                 int64
	ReservedCost, ReservedTokens int64
}

// analysisID is the run that the purse goes with, or nil.
func (p Purse) analysisID() *string {
	if p.Scope != ScopeRun {
		return nil
	}
	return &p.OwnerID
}

func comparePurses(a, b Purse) int {
	return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.OwnerID, b.OwnerID), cmp.Compare(a.Period, b.Period))
}

const spendingColumns = `scope, owner_id, period, cost, tokens, reserved_cost, reserved_tokens`

// LockSpending returns what purses have spent and holds their rows until tx ends. All
// who lock several lock them in the same order, so that there is no circle; a
// transaction does it once, before it locks calls. A run that is deleted has no purse.
func (s *Store) LockSpending(ctx context.Context, tx pgx.Tx, workspaceID string, purses []Purse) (map[Purse]Spending, error) {
	purses = slices.Clone(purses)
	slices.SortFunc(purses, comparePurses)
	purses = slices.Compact(purses)

	out := map[Purse]Spending{}
	var batch pgx.Batch
	for _, p := range purses {
		batch.Queue(`INSERT INTO spending (workspace_id, scope, owner_id, period, analysis_id)
			SELECT $1, $2, $3, $4, $5::uuid WHERE $5::uuid IS NULL OR EXISTS (SELECT FROM analyses WHERE id = $5)
			ON CONFLICT DO NOTHING`, workspaceID, p.Scope, p.OwnerID, p.Period, p.analysisID())
		batch.Queue(`SELECT `+spendingColumns+` FROM spending
			WHERE workspace_id = $1 AND scope = $2 AND owner_id = $3 AND period = $4 FOR UPDATE`,
			workspaceID, p.Scope, p.OwnerID, p.Period).Query(func(rows pgx.Rows) error {
			list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Spending])
			for _, row := range list {
				out[p] = row
			}
			return err
		})
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("lock the spending: %w", pg.Error(err))
	}
	return out, nil
}

// AddSpending adds, to what a purse has spent and set aside, what delta says, inside
// tx, which holds its lock. A run that is deleted has no purse any more.
func (s *Store) AddSpending(ctx context.Context, tx pgx.Tx, workspaceID string, delta Spending) error {
	_, err := tx.Exec(ctx, `
		UPDATE spending SET cost = cost + $5, tokens = tokens + $6,
			reserved_cost = reserved_cost + $7, reserved_tokens = reserved_tokens + $8
		WHERE workspace_id = $1 AND scope = $2 AND owner_id = $3 AND period = $4`,
		workspaceID, delta.Scope, delta.OwnerID, delta.Period, delta.Cost, delta.Tokens, delta.ReservedCost, delta.ReservedTokens)
	if err != nil {
		return fmt.Errorf("count the spending: %w", pg.Error(err))
	}
	return nil
}

// GetSpending returns what a purse has spent; what never spent anything has spent
// nothing.
func (s *Store) GetSpending(ctx context.Context, workspaceID string, p Purse) (Spending, error) {
	const q = `SELECT ` + spendingColumns + ` FROM spending WHERE workspace_id = $1 AND scope = $2 AND owner_id = $3 AND period = $4`
	list, err := pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Spending], q, workspaceID, p.Scope, p.OwnerID, p.Period)
	if err != nil || len(list) == 0 {
		return Spending{Purse: p}, err
	}
	return list[0], nil
}

// Warning says that a budget is nearly used up.
type Warning struct {
	Scope string
	Share float64 // what is used or set aside, of the money or the tokens, whichever is more
}

// SaveWarning notes that a budget is nearly used up, inside tx; once for each scope
// and run.
func (s *Store) SaveWarning(ctx context.Context, tx pgx.Tx, workspaceID, analysisID string, w Warning) error {
	_, err := tx.Exec(ctx, `INSERT INTO budget_warnings (analysis_id, scope, workspace_id, share)
		SELECT id, $2, $3, $4 FROM analyses WHERE id = $1
		ON CONFLICT (analysis_id, scope) DO NOTHING`, analysisID, w.Scope, workspaceID, w.Share)
	if err != nil {
		return fmt.Errorf("note that a budget is low: %w", pg.Error(err))
	}
	return nil
}

// TakeWarnings returns what the log of a run has not told yet, and marks it as told,
// inside tx.
func (s *Store) TakeWarnings(ctx context.Context, tx pgx.Tx, analysisID string) ([]Warning, error) {
	const q = `WITH taken AS (
			UPDATE budget_warnings SET told = true WHERE analysis_id = $1 AND NOT told RETURNING scope, share)
		SELECT scope, share FROM taken ORDER BY scope`
	return pg.Rows[Warning](ctx, tx, q, analysisID)
}

// Usage is what calls used together.
type Usage struct {
	Calls             int64
	InputTokens       int64
	OutputTokens      int64
	Cost              int64
	CachedCalls       int64
	CachedInputTokens int64
	ReasoningTokens   int64
}

// UsageRow is what a day, a user, an engine, a model or a run used.
type UsageRow struct {
	Key string
	Usage
}

// usageColumns sum calls up. What is set aside is not used yet.
const usageColumns = `
	coalesce(sum(requests), 0)::bigint AS calls,
	coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
	coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
	coalesce(sum(cost), 0)::bigint AS cost,
	count(*) FILTER (WHERE state = 'CACHED') AS cached_calls,
	coalesce(sum(cached_input_tokens), 0)::bigint AS cached_input_tokens,
	coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning_tokens`

// UsageOfRun returns what a run has used, inside tx: what was asked about it
// afterwards is not the run's.
func (s *Store) UsageOfRun(ctx context.Context, tx pgx.Tx, analysisID string) (Usage, error) {
	return pg.Row[Usage](ctx, tx, `SELECT`+usageColumns+` FROM calls WHERE analysis_id = $1 AND step <> 'ask'`, analysisID)
}

// UsageOfTask returns what the calls of a task used that were reserved at a time or
// later. Tasks have no index of their own: the time keeps the look short.
func (s *Store) UsageOfTask(ctx context.Context, workspaceID, task string, since time.Time) (Usage, error) {
	const q = `SELECT` + usageColumns + ` FROM calls WHERE create_time >= $2 AND task = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Usage], q, task, since)
}

// usageKeys are what the rows of a sum stand for.
var usageKeys = map[string]string{
	"DAY": `to_char(create_time AT TIME ZONE 'UTC', 'YYYY-MM-DD')`, "USER": `user_id::text`, "ENGINE": `engine`,
	"MODEL": `engine || CASE model WHEN '' THEN '' ELSE '/' || model END`, "ANALYSIS": `analysis_id::text`,
}

// SumUsage sums the calls of a workspace up that were reserved in a time: rows by
// DAY, USER, ENGINE, MODEL or ANALYSIS, at most limit, and the sum of all. Days come
// in their order, others by cost. Calls of no run are in the sum only.
func (s *Store) SumUsage(ctx context.Context, workspaceID, by string, from, to time.Time, limit int) ([]UsageRow, Usage, error) {
	key, order := usageKeys[by], "cost DESC, key"
	if by == "DAY" {
		order = "key"
	}
	const where = ` FROM calls WHERE create_time >= $1 AND create_time < $2`
	var rows []UsageRow
	var total Usage
	err := s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) (err error) {
		if total, err = pg.Row[Usage](ctx, tx, `SELECT`+usageColumns+where, from, to); err != nil {
			return err
		}
		rows, err = pg.Rows[UsageRow](ctx, tx, `SELECT `+key+` AS key,`+usageColumns+where+` AND `+key+` IS NOT NULL
			GROUP BY 1 HAVING sum(requests) > 0 OR bool_or(state = 'CACHED') ORDER BY `+order+` LIMIT $3`, from, to, limit)
		return err
	})
	return rows, total, err
}
