package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// setWorkspace chooses the workspace whose rows a transaction sees.
const setWorkspace = "select set_config('app.workspace_id', $1, true)"

// ReadAll runs one query in a workspace and returns its rows, in one round trip
// to the server where [Pool.InWorkspace] takes three. Use it for the hot reads;
// row may be [pgx.RowToStructByName], [pgx.RowTo] and the like. The error has a
// kind.
func ReadAll[T any](ctx context.Context, p *Pool, workspaceID string, row pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	return read(ctx, p, workspaceID, sql, args, func(rows pgx.Rows) ([]T, error) {
		return pgx.CollectRows(rows, row)
	})
}

// ReadOne is [ReadAll] for exactly one row; none is errs.NotFound.
func ReadOne[T any](ctx context.Context, p *Pool, workspaceID string, row pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	return read(ctx, p, workspaceID, sql, args, func(rows pgx.Rows) (T, error) {
		return pgx.CollectExactlyOneRow(rows, row)
	})
}

// read sends set_config and the query in one batch. PostgreSQL runs a batch
// without an explicit BEGIN as one implicit transaction, so the setting, local
// to its transaction, holds for the query and for nothing after it.
func read[R any](ctx context.Context, p *Pool, workspaceID, sql string, args []any, collect func(pgx.Rows) (R, error)) (R, error) {
	var result R
	id, err := parseWorkspace(workspaceID)
	if err != nil {
		return result, err
	}
	batch := &pgx.Batch{}
	batch.Queue(setWorkspace, id.String())
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		result, err = collect(rows)
		return err
	})
	if err := p.SendBatch(ctx, batch).Close(); err != nil {
		var none R
		return none, fmt.Errorf("read in workspace: %w", Error(err))
	}
	return result, nil
}
