package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of a call, as in the contract.
const (
	CallReserved = "RESERVED"
	CallSettled  = "SETTLED"
	CallReleased = "RELEASED"
	CallLost     = "LOST"
	CallCached   = "CACHED"
)

// Call is one entry of the ledger. Money is in billionths of a US dollar.
type Call struct {
	ID          string
	WorkspaceID string
	UserID      string
	AnalysisID  *string // nil when a text was looked through
	Task        string
	Step        string
	Engine      string
	Model       string
	Prompt      string
	Key         []byte // nil when it is not asked again
	State       string
	Period      string // the month that it counts in
	OfRun       bool   // it counts against the run's own budget besides

	ReservedCost, ReservedTokens int64

	Requests          int32
	InputTokens       int64
	CachedInputTokens int64
	OutputTokens      int64
	ReasoningTokens   int64
	Cost              int64
	DurationMS        int64 `db:"duration_ms"`
	CreateTime        time.Time
}

const callColumns = `id, workspace_id, user_id, analysis_id, task, step, engine, model, prompt, key, state, period, of_run,
	reserved_cost, reserved_tokens, requests, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost,
	duration_ms, create_time`

// InsertCall enters a call, inside tx.
func (s *Store) InsertCall(ctx context.Context, tx pgx.Tx, c Call) error {
	const q = `INSERT INTO calls (` + callColumns + `) VALUES (
		@id, @workspace_id, @user_id, @analysis_id, @task, @step, @engine, @model, @prompt, @key, @state, @period, @of_run,
		@reserved_cost, @reserved_tokens, @requests, @input_tokens, @cached_input_tokens, @output_tokens, @reasoning_tokens, @cost,
		@duration_ms, @create_time)`
	_, err := tx.Exec(ctx, q, callArgs(c))
	if err != nil {
		return fmt.Errorf("enter call: %w", pg.Error(err))
	}
	return nil
}

// SaveCall writes what became of a call, inside tx, which holds its lock.
func (s *Store) SaveCall(ctx context.Context, tx pgx.Tx, c Call) error {
	const q = `UPDATE calls SET state = @state, requests = @requests, input_tokens = @input_tokens,
		cached_input_tokens = @cached_input_tokens, output_tokens = @output_tokens, reasoning_tokens = @reasoning_tokens,
		cost = @cost, duration_ms = @duration_ms WHERE id = @id`
	return pg.Exec(ctx, tx, q, callArgs(c))
}

func callArgs(c Call) pgx.NamedArgs {
	return pgx.NamedArgs{
		"id": c.ID, "workspace_id": c.WorkspaceID, "user_id": c.UserID, "analysis_id": c.AnalysisID, "task": c.Task, "step": c.Step,
		"engine": c.Engine, "model": c.Model, "prompt": c.Prompt, "key": c.Key, "state": c.State, "period": c.Period, "of_run": c.OfRun,
		"reserved_cost": c.ReservedCost, "reserved_tokens": c.ReservedTokens, "requests": c.Requests, "input_tokens": c.InputTokens,
		"cached_input_tokens": c.CachedInputTokens, "output_tokens": c.OutputTokens, "reasoning_tokens": c.ReasoningTokens,
		"cost": c.Cost, "duration_ms": c.DurationMS, "create_time": c.CreateTime,
	}
}

// LockCall returns a call and holds its row until tx ends. Lock the spending that it
// counts in before.
func (s *Store) LockCall(ctx context.Context, tx pgx.Tx, id string) (Call, error) {
	return pg.Row[Call](ctx, tx, `SELECT `+callColumns+` FROM calls WHERE id = $1 FOR UPDATE`, id)
}

// FindCall returns the newest call of a run with a key that is RESERVED, SETTLED or
// LOST, inside tx; none is errs.NotFound.
func (s *Store) FindCall(ctx context.Context, tx pgx.Tx, analysisID string, key []byte) (Call, error) {
	const q = `SELECT ` + callColumns + ` FROM calls
		WHERE analysis_id = $1 AND key = $2 AND state IN ('RESERVED', 'SETTLED', 'LOST') ORDER BY id DESC LIMIT 1`
	return pg.Row[Call](ctx, tx, q, analysisID, key)
}

// StaleCalls returns calls of the workspace whose process must be lost, inside tx, at
// most 20: those RESERVED under the key of the run, which is asked again, those of
// models reserved before the time models, and those of searches before searches. They
// may be something else by the time they are locked.
func (s *Store) StaleCalls(ctx context.Context, tx pgx.Tx, c Call, models, searches time.Time) ([]Call, error) {
	const q = `SELECT ` + callColumns + ` FROM calls
		WHERE state = 'RESERVED' AND workspace_id = $1 AND (
			create_time < CASE step WHEN 'search' THEN $2::timestamptz ELSE $3::timestamptz END
			OR analysis_id = $4 AND key = $5)
		ORDER BY id LIMIT 20`
	return pg.Rows[Call](ctx, tx, q, c.WorkspaceID, searches, models, c.AnalysisID, c.Key)
}

// ListCalls returns a page of the calls of a run, the oldest first.
func (s *Store) ListCalls(ctx context.Context, workspaceID, analysisID string, p page.Query[page.ID]) ([]Call, error) {
	where, args := p.Where.And(analysisID, cmp.Or(p.After, firstID), p.Limit)
	q := `SELECT ` + callColumns + ` FROM calls WHERE analysis_id = $1 AND id > $2` + where + ` ORDER BY id LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Call], q, args...)
}

// firstID is below all ids.
const firstID page.ID = "00000000-0000-0000-0000-000000000000"

// SaveAnswer keeps the answer to a call of a run, inside tx. The first one stays; a run
// that is deleted keeps none.
func (s *Store) SaveAnswer(ctx context.Context, tx pgx.Tx, c Call, answer []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO call_answers (analysis_id, key, workspace_id, answer)
		SELECT id, $2, $3, $4 FROM analyses WHERE id = $1
		ON CONFLICT (analysis_id, key) DO NOTHING`, c.AnalysisID, c.Key, c.WorkspaceID, answer)
	if err != nil {
		return fmt.Errorf("keep the answer to a call: %w", pg.Error(err))
	}
	return nil
}

// GetAnswer returns the answer to a call of a run; none is errs.NotFound.
func (s *Store) GetAnswer(ctx context.Context, workspaceID, analysisID string, key []byte) ([]byte, error) {
	const q = `SELECT answer FROM call_answers WHERE analysis_id = $1 AND key = $2`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowTo[[]byte], q, analysisID, key)
}
