package process

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pg/migrate"
)

// Resources is what every service opens before it starts.
type Resources struct {
	DB       *pg.Pool
	Redis    *redis.Client
	Verifier *authn.TokenVerifier
	Minter   *authn.Minter

	schema     string
	migrations fs.FS
	closers    Closers
}

// Open opens the resources of the service with the name. Its schema is the one
// that the login role's search_path leads to. It closes what it opened when it
// fails.
func Open(ctx context.Context, name string, cfg Common, migrations fs.FS, who identity.Sources) (_ *Resources, err error) {
	r := &Resources{migrations: migrations}
	defer func() {
		if err != nil {
			r.Close()
		}
	}()
	if r.DB, err = pg.Open(ctx, cfg.DatabaseURL, pg.Options{Name: name, MaxConns: int32(cfg.DatabaseConns)}); err != nil {
		return nil, err
	}
	r.closers.Add(r.DB.Close)
	if r.schema, err = schemaOf(ctx, r.DB, name); err != nil {
		return nil, err
	}
	known, err := identity.Open(ctx, identity.Config{
		RedisURL: cfg.RedisURL, SecretKey: cfg.SecretKey, Algorithm: cfg.Algorithm, TokenLife: cfg.TokenLife(),
	}, who)
	if err != nil {
		return nil, err
	}
	r.closers.Add(known.Close)
	r.Redis, r.Verifier = known.Redis, known.Verifier
	if r.Minter, err = authn.NewMinter([]byte(cfg.SecretKey), name); err != nil {
		return nil, err
	}
	return r, nil
}

// schemaOf returns the schema in which unqualified names are looked up, so that
// jobs and readiness are about the tables that the queries use. Until it exists,
// which is before the database is provisioned, it is the one Migrate works in: name.
func schemaOf(ctx context.Context, db pg.DB, name string) (schema string, err error) {
	if err := db.QueryRow(ctx, "SELECT coalesce(current_schema(), $1)", name).Scan(&schema); err != nil {
		return "", fmt.Errorf("look for the schema of %s: %w", name, pg.Error(err))
	}
	return schema, nil
}

// Ready reports what keeps the service from working: PostgreSQL is gone, or its
// schema is older than this binary. Redis is not on the list, because without it
// a service still works.
func (r *Resources) Ready(ctx context.Context) error {
	return migrate.Check(ctx, r.DB, r.schema, r.migrations)
}

// Close gives everything back.
func (r *Resources) Close() { r.closers.Close() }

// Migrate brings the schema of a service up to date and returns.
func Migrate(ctx context.Context, name, databaseURL string, migrations fs.FS) error {
	db, err := pg.Open(ctx, databaseURL, pg.Options{Name: name + " migrate"})
	if err != nil {
		return err
	}
	defer db.Close()
	// River's tables first: the service's migrations put triggers on them.
	if err := migrate.River(ctx, db, name); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	if err := migrate.Up(ctx, db, name, migrations); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	return nil
}
