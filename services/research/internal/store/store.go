// Package store keeps the research service's rows. SQL lives here only.
package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Store reads and writes in one database. Every method works in the workspace
// that it is given; row-level security hides all others.
type Store struct {
	db *pg.Pool
}

// New returns a store on db.
func New(db *pg.Pool) *Store { return &Store{db: db} }

// InWorkspace runs fn in one transaction in the workspace. Methods with a tx
// parameter work inside it.
func (s *Store) InWorkspace(ctx context.Context, workspaceID string, fn func(context.Context, pgx.Tx) error) error {
	return s.db.InWorkspace(ctx, workspaceID, fn)
}

// insertTries bounds insertOrFind; a second try is rare enough.
const insertTries = 3

// insertOrFind runs insert, which returns no row on a conflict, and then existing,
// which finds the row that it conflicts with; it reports whether the row is new.
// When that row is deleted between the two it starts again.
func insertOrFind[T any](ctx context.Context, tx pgx.Tx, insert, existing string, args pgx.NamedArgs) (row T, isNew bool, err error) {
	for range insertTries {
		if row, err = pg.Row[T](ctx, tx, insert, args); err == nil {
			return row, true, nil
		}
		if !pg.NoRow(err) {
			return row, false, fmt.Errorf("insert: %w", err)
		}
		if row, err = pg.Row[T](ctx, tx, existing, args); !errors.Is(err, errs.NotFound) {
			return row, false, err
		}
	}
	return row, false, fmt.Errorf("what is in the way comes and goes: %w", errs.Conflict)
}
