package fleet

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redisx/redislocal"
	"github.com/researcherpro/researcherpro/services/analysis"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/report"
	"github.com/researcherpro/researcherpro/services/research"
)

// services are those with a schema.
var services = []string{auth.Name, research.Name, analysis.Name, report.Name}

// backing is what the services stand on: a database with a schema and a role
// for each of them, Redis and the secret.
type backing struct {
	state     state
	databases map[string]string // service → its own URL
	redisURL  string
	blobURL   string
	close     []func() error
}

// openBacking starts what the configuration does not name, and prepares the
// database.
func openBacking(ctx context.Context, cfg Config) (_ *backing, err error) {
	b := &backing{redisURL: cfg.RedisURL, blobURL: cfg.BlobURL}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	if b.state, err = openState(cfg.StateDir, cfg.SecretKey); err != nil {
		return nil, err
	}
	if b.blobURL == "" {
		b.blobURL = b.state.blobURL()
	}
	admin, err := b.openDatabase(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if b.redisURL == "" {
		server, err := redislocal.Start()
		if err != nil {
			return nil, fmt.Errorf("start Redis in this process: %w", err)
		}
		b.redisURL = server.URL()
		b.close = append(b.close, func() error { server.Close(); return nil })
	}
	return b, b.provision(ctx, admin)
}

// openDatabase returns the administrator's URL of the fleet's database.
func (b *backing) openDatabase(ctx context.Context, cfg Config) (string, error) {
	switch {
	case cfg.DatabaseURL == "":
		return b.startDatabase(ctx, cfg.temporary)
	case cfg.temporary:
		return b.temporaryDatabase(ctx, cfg.DatabaseURL)
	default:
		return cfg.DatabaseURL, nil
	}
}

// startDatabase starts the private PostgreSQL of the state.
func (b *backing) startDatabase(ctx context.Context, temporary bool) (string, error) {
	options := pgdev.Options{Dir: b.state.dir}
	if temporary {
		options = pgdev.Options{Ephemeral: true}
	}
	server, err := pgdev.Start(ctx, options)
	if err != nil {
		return "", err
	}
	b.close = append(b.close, server.Stop)
	if err := b.state.noteDatabase(server.URL()); err != nil {
		return "", fmt.Errorf("note where the database is: %w", err)
	}
	b.close = append(b.close, func() error { b.state.forgetDatabase(); return nil })
	return server.URL(), nil
}

// provision makes the schemas and roles, and brings each schema up to date.
func (b *backing) provision(ctx context.Context, admin string) error {
	passwords := map[string]string{}
	for _, name := range services {
		password, err := b.state.rolePassword(name)
		if err != nil {
			return err
		}
		passwords[name] = password
	}
	urls, err := pgdev.Provision(ctx, admin, services, func(name string) string { return passwords[name] })
	if err != nil {
		return err
	}
	b.databases = urls
	group, ctx := errgroup.WithContext(ctx)
	for name, migrate := range map[string]func(context.Context, process.Common) error{
		auth.Name: func(ctx context.Context, c process.Common) error { return auth.Migrate(ctx, auth.Config{Common: c}) },
		research.Name: func(ctx context.Context, c process.Common) error {
			return research.Migrate(ctx, research.Config{Common: c})
		},
		analysis.Name: func(ctx context.Context, c process.Common) error {
			return analysis.Migrate(ctx, analysis.Config{Common: c})
		},
		report.Name: func(ctx context.Context, c process.Common) error {
			return report.Migrate(ctx, report.Config{Common: c})
		},
	} {
		group.Go(func() error { return migrate(ctx, process.Common{DatabaseURL: urls[name]}) })
	}
	return group.Wait()
}

// Close stops what was started, the last first.
func (b *backing) Close() error {
	var all []error
	for i := len(b.close) - 1; i >= 0; i-- {
		all = append(all, b.close[i]())
	}
	b.close = nil
	return errors.Join(all...)
}
