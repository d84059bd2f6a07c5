package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	// maxAttempts bounds how often a transaction is tried. Beyond it the
	// contention is a fact that the caller has to hear of.
	maxAttempts = 5
	// firstBackoff is the longest pause before the second try; it doubles.
	firstBackoff = 10 * time.Millisecond
	// rollbackTimeout bounds the rollback after the caller's context ended.
	rollbackTimeout = 2 * time.Second
)

// JobsSetting is the run-time parameter that row-level security on River's tables
// looks at: where it is "on", a connection sees the jobs of all workspaces. Only
// River's own connections have it (package jobs), and migrations of its tables.
const JobsSetting = "app.jobs"

// errNoWorkspace is a programming error: it never comes from a client's input,
// because a request without a workspace is refused long before.
var errNoWorkspace = errors.New("pg: a workspace transaction needs a workspace id that is a UUID")

// InTx runs fn in a transaction and commits it if fn returns nil.
//
// The whole of fn runs again, a few times and with pauses, when PostgreSQL
// reports a serialization failure (40001) or a deadlock (40P01); so fn must
// have no effects but those on tx, and must set, not add to, what it captures.
// fn's own error is returned as it is; an error of BEGIN or COMMIT has a kind.
// A panic in fn rolls back and goes on.
func (p *Pool) InTx(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return p.retry(ctx, pgx.TxOptions{}, fn)
}

// InWorkspace is [Pool.InTx] for one workspace: row-level security shows and
// accepts only that workspace's rows until the transaction ends. BEGIN and the
// setting share one round trip. An id that is no UUID is refused.
func (p *Pool) InWorkspace(ctx context.Context, workspaceID string, fn func(ctx context.Context, tx pgx.Tx) error) error {
	id, err := parseWorkspace(workspaceID)
	if err != nil {
		return err
	}
	// Two statements in one message need the simple protocol, which takes no
	// parameters; a parsed UUID is 36 characters of hex and dashes and can
	// carry no SQL. set_config's third argument makes it end with the transaction.
	begin := fmt.Sprintf("begin; select set_config('app.workspace_id', '%s', true)", id)
	return p.retry(ctx, pgx.TxOptions{BeginQuery: begin}, fn)
}

// parseWorkspace checks a workspace id and returns its canonical form.
func parseWorkspace(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed == uuid.Nil {
		return uuid.Nil, fmt.Errorf("%w: got %q", errNoWorkspace, id)
	}
	return parsed, nil
}

// retry runs once until it succeeds, fails for good, or was tried often enough.
func (p *Pool) retry(ctx context.Context, opts pgx.TxOptions, fn func(context.Context, pgx.Tx) error) error {
	backoff := firstBackoff
	for attempt := 1; ; attempt++ {
		err := p.once(ctx, opts, fn)
		if err == nil || attempt == maxAttempts || !retryable(err) {
			return err
		}
		// Full jitter: two transactions that met must not meet again.
		timer := time.NewTimer(rand.N(backoff)) //nolint:gosec // no secret depends on it
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		backoff *= 2
	}
}

// once runs fn in one transaction.
func (p *Pool) once(ctx context.Context, opts pgx.TxOptions, fn func(context.Context, pgx.Tx) error) error {
	tx, err := p.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", Error(err))
	}
	defer func() {
		// After a commit this does nothing. The caller's context may have ended
		// (often that is why we are here), and the connection should still be
		// given back clean instead of being closed.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = tx.Rollback(ctx)
	}()
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", Error(err))
	}
	return nil
}
