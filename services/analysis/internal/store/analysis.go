package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The states of a run, as in the contract.
const (
	Queued           = "QUEUED"
	AwaitingApproval = "AWAITING_APPROVAL"
	Collecting       = "COLLECTING"
	Analyzing        = "ANALYZING"
	Reporting        = "REPORTING"
	Completed        = "COMPLETED"
	CompletedPartial = "COMPLETED_PARTIAL"
	NoEvidence       = "NO_EVIDENCE"
	Failed           = "FAILED"
	Cancelled        = "CANCELLED"
)

// Analysis is one run.
type Analysis struct {
	ID           string
	WorkspaceID  string
	UserID       string
	RequestID    string
	Request      []byte  // the contract's StartAnalysisRequest as JSON
	Engine       string  // that of the findings
	Model        string  // that of the findings; empty is the engine's default
	Digest       string  // of what the answer depends on; empty when it answers nobody else
	CachedFrom   *string // the run whose answer this is
	RerunOf      *string // the run that this one asks again
	Deadline     time.Time
	State        string
	Step         string
	Progress     float64
	JobID        *int64 // River's job of the step
	Plan         []byte // the contract's Plan as JSON
	Parts        []byte // the contract's Analysis as JSON, with its rounds and its summary
	Collection   int32  // which collection of evidence it is at, from 1
	ResearchID   *string
	ReportID     *string
	Missing      []string
	Calls        int32
	InputTokens  int64
	OutputTokens int64
	CostUSD      float64 `db:"cost_usd"`
	// CachedCalls were answered from the cache; CachedInputTokens and ReasoningTokens
	// are parts of InputTokens and OutputTokens.
	CachedCalls       int32
	CachedInputTokens int64
	ReasoningTokens   int64
	ErrorReason       string
	ErrorMessage      string
	LastSequence      int64
	CreateTime        time.Time
	UpdateTime        time.Time
	CompleteTime      *time.Time
}

// Ended reports whether the state is final.
func (a Analysis) Ended() bool {
	switch a.State {
	case Queued, AwaitingApproval, Collecting, Analyzing, Reporting:
		return false
	default:
		return true
	}
}

const analysisColumns = `id, workspace_id, user_id, request_id, request, engine, model, digest, cached_from, rerun_of, deadline, state, step,
	progress, job_id, plan, parts, collection, research_id, report_id, missing, calls, input_tokens, output_tokens, cost_usd::float8 AS cost_usd,
	cached_calls, cached_input_tokens, reasoning_tokens, error_reason, error_message, last_sequence, create_time, update_time, complete_time`

// CreateAnalysis inserts a in state QUEUED, inside tx, and returns it. When the
// workspace has a run with the same non-empty request id it returns that one and
// false.
func (s *Store) CreateAnalysis(ctx context.Context, tx pgx.Tx, a Analysis) (Analysis, bool, error) {
	const q = `
		INSERT INTO analyses (id, workspace_id, user_id, request_id, request, engine, model, digest, cached_from, rerun_of,
			deadline, state, step, plan, research_id)
		VALUES (@id, @workspace_id, @user_id, @request_id, @request, @engine, @model, @digest, @cached_from, @rerun_of,
			@deadline, 'QUEUED', @step, @plan, @research_id)
		ON CONFLICT (workspace_id, request_id) WHERE request_id <> '' DO NOTHING
		RETURNING ` + analysisColumns
	args := pgx.NamedArgs{
		"id": a.ID, "workspace_id": a.WorkspaceID, "user_id": a.UserID, "request_id": a.RequestID, "request": a.Request,
		"engine": a.Engine, "model": a.Model, "digest": a.Digest, "cached_from": a.CachedFrom, "rerun_of": a.RerunOf,
		"deadline": a.Deadline, "step": a.Step, "plan": a.Plan, "research_id": a.ResearchID,
	}
	created, err := pg.Row[Analysis](ctx, tx, q, args)
	if err == nil {
		return created, true, nil
	}
	if !pg.NoRow(err) {
		return Analysis{}, false, fmt.Errorf("insert analysis: %w", err)
	}
	const existing = `SELECT ` + analysisColumns + ` FROM analyses WHERE workspace_id = @workspace_id AND request_id = @request_id`
	found, err := pg.Row[Analysis](ctx, tx, existing, args)
	return found, false, err
}

// GetAnalysis returns one run; another workspace's is errs.NotFound.
func (s *Store) GetAnalysis(ctx context.Context, workspaceID, id string) (Analysis, error) {
	const q = `SELECT ` + analysisColumns + ` FROM analyses WHERE id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Analysis], q, id)
}

// LockAnalysis returns one run and holds its row until tx ends, so that no other
// transaction changes it meanwhile.
func (s *Store) LockAnalysis(ctx context.Context, tx pgx.Tx, id string) (Analysis, error) {
	return pg.Row[Analysis](ctx, tx, `SELECT `+analysisColumns+` FROM analyses WHERE id = $1 FOR UPDATE`, id)
}

// ListAnalyses returns a page of the runs, the newest first.
func (s *Store) ListAnalyses(ctx context.Context, workspaceID string, p page.Query[page.ID]) ([]Analysis, error) {
	where, args := p.Where.And(pg.Older(string(p.After)), p.Limit)
	q := `SELECT ` + analysisColumns + ` FROM analyses WHERE id < $1` + where + ` ORDER BY id DESC LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Analysis], q, args...)
}

// SaveAnalysis writes what a run may change of itself, inside tx, which holds its
// lock, and notes in a when that was.
func (s *Store) SaveAnalysis(ctx context.Context, tx pgx.Tx, a *Analysis) error {
	const q = `
		UPDATE analyses SET state = @state, step = @step, job_id = @job_id, progress = @progress, deadline = @deadline, digest = @digest,
			plan = @plan, parts = @parts, collection = @collection, research_id = @research_id, report_id = @report_id, missing = @missing,
			calls = @calls, input_tokens = @input_tokens, output_tokens = @output_tokens, cost_usd = @cost_usd, cached_calls = @cached_calls,
			cached_input_tokens = @cached_input_tokens, reasoning_tokens = @reasoning_tokens,
			error_reason = @error_reason, error_message = @error_message,
			last_sequence = @last_sequence, complete_time = @complete_time, update_time = clock_timestamp()
		WHERE id = @id
		RETURNING update_time`
	err := tx.QueryRow(ctx, q, pgx.NamedArgs{
		"id": a.ID, "state": a.State, "step": a.Step, "job_id": a.JobID, "progress": a.Progress, "deadline": a.Deadline, "digest": a.Digest,
		"plan": a.Plan, "parts": a.Parts, "collection": a.Collection, "research_id": a.ResearchID, "report_id": a.ReportID,
		"missing": pg.Texts(a.Missing), "calls": a.Calls, "input_tokens": a.InputTokens, "output_tokens": a.OutputTokens,
		"cost_usd": a.CostUSD, "cached_calls": a.CachedCalls, "cached_input_tokens": a.CachedInputTokens,
		"reasoning_tokens": a.ReasoningTokens, "error_reason": a.ErrorReason, "error_message": a.ErrorMessage,
		"last_sequence": a.LastSequence, "complete_time": a.CompleteTime,
	}).Scan(&a.UpdateTime)
	return pg.Error(err)
}

// RecordStep writes that a step is done, inside the transaction that stores its
// result. A step that was recorded before is errs.AlreadyExists.
func (s *Store) RecordStep(ctx context.Context, tx pgx.Tx, a Analysis, step string, attempt int, start time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO analysis_steps (analysis_id, step, workspace_id, attempt, start_time, finish_time)
		VALUES ($1, $2, $3, $4, $5, clock_timestamp())`, a.ID, step, a.WorkspaceID, attempt, start)
	return pg.Error(err)
}

// ForgetStep takes back that a step is done, inside tx, so that it can be done
// again. A step that was not recorded is no error.
func (s *Store) ForgetStep(ctx context.Context, tx pgx.Tx, a Analysis, step string) error {
	_, err := tx.Exec(ctx, `DELETE FROM analysis_steps WHERE analysis_id = $1 AND step = $2`, a.ID, step)
	return pg.Error(err)
}

// DeleteAnalysis removes a run that has ended with its findings and events.
func (s *Store) DeleteAnalysis(ctx context.Context, workspaceID, id string) error {
	return s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		a, err := s.LockAnalysis(ctx, tx, id)
		if err != nil {
			return err
		}
		if !a.Ended() {
			return errs.New(errs.FailedPrecondition, "ANALYSIS_RUNNING", "the analysis is running: cancel it first")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM event_streams WHERE stream_id = $1`, id); err != nil {
			return pg.Error(err)
		}
		return pg.Exec(ctx, tx, `DELETE FROM analyses WHERE id = $1`, id)
	})
}
