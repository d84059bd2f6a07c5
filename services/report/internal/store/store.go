// Package store keeps the report service's rows. SQL lives here only.
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

// InWorkspace runs fn in a transaction that sees the rows of a workspace.
func (s *Store) InWorkspace(ctx context.Context, workspaceID string, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return s.db.InWorkspace(ctx, workspaceID, fn)
}
