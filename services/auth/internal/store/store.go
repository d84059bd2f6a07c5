// Package store keeps accounts, sessions and signing keys in PostgreSQL. All
// SQL of the service is here.
//
// Every transaction names whom it is about (a scope), and row-level security
// shows it those rows only; see migrations/0001_accounts.sql and the policies
// in the later ones.
package store

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Store is the service's database. It is safe for concurrent use.
type Store struct {
	pool *pg.Pool
}

// New returns a store on a pool whose search_path is the service's schema.
func New(pool *pg.Pool) *Store { return &Store{pool: pool} }

// scope is what a transaction may see: settings that the policies read.
type scope map[string]string

func ofUser(id string) scope       { return scope{"app.user_id": id} }
func ofEmail(email string) scope   { return scope{"app.email": email} }
func ofRefresh(hash []byte) scope  { return scope{"app.refresh_hash": hex.EncodeToString(hash)} }
func ofOidc(hash []byte) scope     { return scope{"app.oidc_hash": hex.EncodeToString(hash)} }
func ofKey(hash []byte) scope      { return scope{"app.key_hash": hex.EncodeToString(hash)} }
func ofWorkspace(id string) scope  { return scope{"app.workspace_id": id} }
func ofMembers(space string) scope { return scope{"app.workspace_id": space, "app.members": "on"} }

func ofInvitation(hash []byte) scope { return scope{"app.invitation_hash": hex.EncodeToString(hash)} }
func ofExpired() scope               { return scope{"app.maintenance": "on"} }
func ofSigningKeys() scope           { return scope{"app.signing_keys": "on"} }
func ofRecall() scope                { return scope{"app.recall": "on"} }
func ofDeletions() scope             { return scope{"app.deletions": "on"} }

// ofDeletion sees all rows of a workspace that is being deleted, and may delete its
// audit events, too.
func ofDeletion(id string) scope {
	return scope{"app.workspace_id": id, "app.deletion": id, "app.audit_of_deleted": id}
}

// ofUserIn is about a user in a workspace; an empty user is nobody.
func ofUserIn(space, user string) scope {
	return scope{"app.workspace_id": space, "app.user_id": user}
}

// ofIdentity is about whom an OpenID provider vouches for.
func ofIdentity(i Identity) scope {
	return scope{"app.oidc_issuer": i.Issuer, "app.oidc_subject": i.Subject}
}

// set adds what the rest of the transaction sees.
func (s scope) set(ctx context.Context, tx pgx.Tx) error {
	names, values := make([]string, 0, len(s)), make([]string, 0, len(s))
	for name, value := range s {
		names, values = append(names, name), append(values, value)
	}
	const q = `SELECT set_config(name, value, true) FROM unnest($1::text[], $2::text[]) AS s (name, value)`
	if _, err := tx.Exec(ctx, q, names, values); err != nil {
		return fmt.Errorf("set the scope of the transaction: %w", pg.Error(err))
	}
	return nil
}

// in runs fn in a transaction that sees the scope's rows. fn may run again.
func (s *Store) in(ctx context.Context, about scope, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return s.pool.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := about.set(ctx, tx); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}

// exec runs a statement and returns how many rows it touched. what says what
// it does, for the error.
func exec(ctx context.Context, db pg.DB, what, sql string, args ...any) (int64, error) {
	tag, err := db.Exec(ctx, sql, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, pg.Error(err))
	}
	return tag.RowsAffected(), nil
}

// one returns the one row of a query; none is errs.NotFound.
func one[T any](ctx context.Context, db pg.DB, what, sql string, args ...any) (T, error) {
	rows, _ := db.Query(ctx, sql, args...) // Collect reports this error, too
	row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
	if err != nil {
		return row, fmt.Errorf("%s: %w", what, pg.Error(err))
	}
	return row, nil
}

// all returns the rows of a query.
func all[T any](ctx context.Context, db pg.DB, what, sql string, args ...any) ([]T, error) {
	rows, _ := db.Query(ctx, sql, args...)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, pg.Error(err))
	}
	return list, nil
}

// newID returns a UUIDv7: unique, and in the order of creation.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}
