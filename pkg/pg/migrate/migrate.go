// Package migrate brings a service's schema to the version that its binary
// needs, and tells whether it is there.
//
// Migrations are forward-only SQL files named 0001_words.sql in goose's format
// (`-- +goose Up`), embedded in the service. They use unqualified names: during
// a migration search_path is the service's schema. The versions that were applied
// are noted in the table schema_version of that schema.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"maps"
	"path"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// versionTable is where goose notes what was applied; one per schema.
const versionTable = "schema_version"

// lockSeconds bounds the wait for another process that migrates the same schema.
const lockSeconds = 300

// Up applies the migrations of fsys that schema lacks, each in a transaction of
// its own unless it says NO TRANSACTION. Any number of processes may call it at
// once: one works, the others wait. A schema that is newer than fsys is left as
// it is, because during a roll-out old binaries start, too.
func Up(ctx context.Context, pool *pg.Pool, schema string, fsys fs.FS) error {
	private, err := open(ctx, pool, schema, nil)
	if err != nil {
		return err
	}
	defer private.Close()
	db := stdlib.OpenDBFromPool(private)
	defer db.Close() //nolint:errcheck // gives connections back to the pool

	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(lockID("goose", schema)),
		lock.WithLockTimeout(1, lockSeconds), // try every second
	)
	if err != nil {
		return fmt.Errorf("prepare the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(
		goose.DialectPostgres, db, fsys,
		goose.WithTableName(versionTable),
		goose.WithSessionLocker(locker),
		goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)), // the error tells all
	)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema %s: %w", schema, pg.Error(err))
	}
	return nil
}

// Latest returns the version that fsys leads to: the highest number among its
// file names.
func Latest(fsys fs.FS) (int64, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("there are no migrations"), err)
	}
	var latest int64
	for _, name := range names {
		version, err := goose.NumericComponent(path.Base(name))
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		latest = max(latest, version)
	}
	return latest, nil
}

// Current returns the version that schema is at; 0 if it was never migrated.
func Current(ctx context.Context, db pg.DB, schema string) (int64, error) {
	table := pgx.Identifier{schema, versionTable}.Sanitize()
	var exists bool
	if err := db.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", table).Scan(&exists); err != nil {
		return 0, fmt.Errorf("look for schema %s: %w", schema, pg.Error(err))
	}
	if !exists {
		return 0, nil
	}
	var version int64
	query := "SELECT coalesce(max(version_id), 0) FROM " + table + " WHERE is_applied"
	if err := db.QueryRow(ctx, query).Scan(&version); err != nil {
		return 0, fmt.Errorf("read the version of schema %s: %w", schema, pg.Error(err))
	}
	return version, nil
}

// Check is for readiness: it returns errs.Unavailable while schema is older than
// fsys, the migrations of this binary, or the database does not answer. It is
// cheap enough to be asked every few seconds.
func Check(ctx context.Context, db pg.DB, schema string, fsys fs.FS) error {
	needed, err := Latest(fsys)
	if err != nil {
		return err
	}
	current, err := Current(ctx, db, schema)
	if err != nil {
		return err
	}
	if current < needed {
		return fmt.Errorf("%w: schema %s is at version %d, this binary needs %d", errs.Unavailable, schema, current, needed)
	}
	return nil
}

// open makes a small pool like the given one, but for migrations: with schema as
// search_path whatever the role's own is, and without the limits on statements
// that are right for requests. Settings are further run-time parameters.
func open(ctx context.Context, pool *pg.Pool, schema string, settings map[string]string) (*pgxpool.Pool, error) {
	cfg := pool.Config()
	cfg.MaxConns, cfg.MinConns = 2, 0
	params := cfg.ConnConfig.RuntimeParams
	params["search_path"] = pgx.Identifier{schema}.Sanitize()
	params["statement_timeout"] = "0"
	params["idle_in_transaction_session_timeout"] = "0"
	maps.Copy(params, settings)
	private, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open a pool for migrations: %w", err)
	}
	return private, nil
}

// lockID derives an advisory lock's number from what it protects.
func lockID(what, schema string) int64 {
	h := fnv.New64a()
	h.Write([]byte("researcherpro/migrate/" + what + "/" + schema)) // a hash never fails
	return int64(h.Sum64())
}
