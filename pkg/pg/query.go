package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Rows runs a query and returns its rows as T, columns matched to fields by
// name. For queries inside a transaction; the hot reads have [ReadAll].
func Rows[T any](ctx context.Context, db DB, sql string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, Error(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	return list, Error(err)
}

// Row is [Rows] for exactly one row; none is errs.NotFound.
func Row[T any](ctx context.Context, db DB, sql string, args ...any) (T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, Error(err)
	}
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	return row, Error(err)
}

// Exec runs a statement that must touch a row; touching none is errs.NotFound.
func Exec(ctx context.Context, db DB, sql string, args ...any) error {
	tag, err := db.Exec(ctx, sql, args...)
	if err != nil {
		return Error(err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("no row touched: %w", errs.NotFound)
	}
	return nil
}

// LastID is the largest id there can be: where a list that has the newest first
// starts.
const LastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// Older returns the id below which a page of a list that has the newest first
// starts: the last id of the page before, or LastID on the first page.
func Older(after string) string {
	if after == "" {
		return LastID
	}
	return after
}

// Texts makes nil an empty array, which is no NULL in SQL.
func Texts(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
