// Package store keeps the analysis service's rows. SQL lives here only.
package store

import (
	"context"

	"github.com/jackc/pgx/v5"

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
