// Package auth is the identity service: accounts, workspaces, sessions, and the
// keys that sign access tokens. This file is its only door; everything else is
// internal.
package auth

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/proto/access"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/auditlog"
	"github.com/researcherpro/researcherpro/services/auth/internal/deletion"
	"github.com/researcherpro/researcherpro/services/auth/internal/directory"
	"github.com/researcherpro/researcherpro/services/auth/internal/keyring"
	"github.com/researcherpro/researcherpro/services/auth/internal/password"
	"github.com/researcherpro/researcherpro/services/auth/internal/server"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/throttle"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
	"github.com/researcherpro/researcherpro/services/auth/migrations"
)

// Name is the service's name, and that of its schema.
const Name = "auth"

// DefaultRefreshDays is how long a sign-in lasts by default, in days.
const DefaultRefreshDays = 30

// DefaultKeyDays is how long a signing key is in force by default, in days.
const DefaultKeyDays = 90

// DefaultAuditDays is how long audit events are kept by default, in days.
const DefaultAuditDays = 365

// cleanInterval is how often what has expired, or was kept for long enough, is deleted.
const cleanInterval = time.Hour

// Config is the service's configuration.
type Config struct {
	process.Common

	GRPCAddr    string `env:"GRPC_ADDR" envDefault:":9001" doc:"where the gRPC API listens"`
	OpsAddr     string `env:"OPS_ADDR" envDefault:":9101" doc:"where /healthz, /readyz and /metrics listen"`
	RefreshDays int    `env:"REFRESH_TOKEN_EXPIRE_DAYS" envDefault:"30" doc:"how long a sign-in lasts when it is not used, in days"`
	KeyDays     int    `env:"KEY_ROTATION_DAYS" envDefault:"90" doc:"how long a signing key is in force before a new one takes its place, in days; 0 is for ever"`
	AuditDays   int    `env:"AUDIT_RETENTION_DAYS" envDefault:"365" doc:"how long audit events are kept, in days; 0 is for ever"`

	// KeyReload is how often a replica looks for new signing keys, 5 s when 0. All
	// times of a rotation follow from it; only tests have reason to set it.
	KeyReload time.Duration
}

// check refuses values that would let nobody sign in, or everybody for ever.
func (c Config) check() error {
	if c.TokenMinutes < 1 || c.TokenMinutes > 24*60 {
		return fmt.Errorf("ACCESS_TOKEN_EXPIRE_MINUTES is %d, it takes 1 to 1440", c.TokenMinutes)
	}
	if c.RefreshDays < 1 || c.RefreshDays > 365 {
		return fmt.Errorf("REFRESH_TOKEN_EXPIRE_DAYS is %d, it takes 1 to 365", c.RefreshDays)
	}
	if c.KeyDays < 0 || c.KeyDays > 3650 {
		return fmt.Errorf("KEY_ROTATION_DAYS is %d, it takes 0 to 3650", c.KeyDays)
	}
	if c.AuditDays < 0 || c.AuditDays > 36_500 {
		return fmt.Errorf("AUDIT_RETENTION_DAYS is %d, it takes 0 to 36500", c.AuditDays)
	}
	return nil
}

// keySchedule says when signing keys are replaced.
func (c Config) keySchedule() keyring.Schedule {
	return keyring.Schedule{
		Every: time.Duration(c.KeyDays) * 24 * time.Hour, Reload: c.KeyReload, TokenLife: c.TokenLife(),
	}
}

// Service is the auth service, built and ready to run. It calls no other one.
type Service struct {
	resources  *process.Resources
	store      *store.Store
	keys       *keyring.Keeper // nil when tokens are signed with a shared secret
	server     *server.Server
	workspaces *server.Workspaces
	members    *server.Members
	deletions  *deletion.Worker
	audit      *auditlog.Log
	auditLife  time.Duration // 0 is for ever
}

// Migrate brings the service's schema up to date.
func Migrate(ctx context.Context, cfg Config) error {
	return process.Migrate(ctx, Name, cfg.DatabaseURL, migrations.FS)
}

// New opens what the service needs and builds it. It starts nothing. The schema
// must have been migrated: the first start stores a signing key in it.
func New(ctx context.Context, cfg Config) (_ *Service, err error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	keys := &keyring.Ring{}
	who := &directory.Directory{}
	resources, err := process.Open(ctx, Name, cfg.Common, migrations.FS, process.Identity{Keys: keys, Directory: who})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			resources.Close()
		}
	}()
	rows := store.New(resources.DB)
	who.Memberships = rows // nothing is served yet
	tokens, keeper, err := newIssuer(ctx, cfg, keys, rows)
	if err != nil {
		return nil, err
	}
	guard, err := throttle.New(resources.Redis, []byte(cfg.SecretKey))
	if err != nil {
		return nil, err
	}
	access := authn.NewRedisRevocations(resources.Redis, cfg.TokenLife())
	return &Service{
		resources:  resources,
		store:      rows,
		keys:       keeper,
		workspaces: server.NewWorkspaces(server.WorkspacesDeps{Store: rows, Announcer: access}),
		members:    server.NewMembers(server.MembersDeps{Store: rows, Announcer: access}),
		deletions:  newDeletions(resources, rows),
		audit:      auditlog.Open(ctx, rows),
		auditLife:  time.Duration(cfg.AuditDays) * 24 * time.Hour,
		server: server.New(server.Deps{
			Store:       rows,
			Passwords:   password.NewHasher(runtime.GOMAXPROCS(0)), // more would only wait for a processor
			Rules:       password.NewRules(cfg.ProjectName),
			Throttle:    guard,
			Tokens:      tokens,
			Keys:        keys,
			Revoker:     access,
			RefreshLife: time.Duration(cfg.RefreshDays) * 24 * time.Hour,
		}),
	}, nil
}

// newDeletions returns what sees the deletion of workspaces through.
func newDeletions(r *process.Resources, rows *store.Store) *deletion.Worker {
	announce := func(ctx context.Context, ids ...string) error { return tenancy.Announce(ctx, r.Redis, ids...) }
	return &deletion.Worker{Store: rows, Announce: announce, Interval: tenancy.DefaultInterval}
}

// newIssuer returns what signs access tokens, as ALGORITHM says, and who keeps its
// keys. With HS256 there are no key pairs, keys stays empty and nobody keeps it.
func newIssuer(ctx context.Context, cfg Config, keys *keyring.Ring, rows *store.Store) (*token.Issuer, *keyring.Keeper, error) {
	if cfg.Algorithm == authn.HS256 {
		return token.NewHS256([]byte(cfg.SecretKey), cfg.TokenLife()), nil, nil
	}
	keeper, err := keyring.NewKeeper(keys, rows, []byte(cfg.SecretKey), cfg.keySchedule())
	if err != nil {
		return nil, nil, err
	}
	if err := keeper.Load(ctx); err != nil {
		return nil, nil, err
	}
	return token.NewEdDSA(keys.Signing, cfg.TokenLife()), keeper, nil
}

// Server says what the service serves.
func (s *Service) Server() grpcserver.Options {
	return grpcserver.Options{
		Name:     Name,
		Verifier: s.resources.Verifier,
		Policy:   authn.PolicyOf(access.Rule),
		Audit:    s.audit,
		Ready:    s.resources.Ready,
		Register: s.register,
	}
}

// register adds the servers of all the service's APIs.
func (s *Service) register(r grpc.ServiceRegistrar) {
	authv1.RegisterAuthServiceServer(r, s.server)
	authv1.RegisterWorkspaceServiceServer(r, s.workspaces)
	authv1.RegisterMemberServiceServer(r, s.members)
	authv1.RegisterWorkspaceDeletionServiceServer(r, server.NewDeletions(s.store))
	authv1.RegisterAuditServiceServer(r, server.NewAudit(s.store))
}

// Run keeps the signing keys up to date and deletes expired rows, old audit events,
// and the workspaces that were deleted, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	parts := []func(context.Context) error{s.clean, s.deletions.Run}
	if s.keys != nil {
		parts = append(parts, func(ctx context.Context) error { s.keys.Run(ctx); return nil })
	}
	return process.Together(ctx, parts...)
}

// clean deletes expired rows and old audit events every hour.
func (s *Service) clean(ctx context.Context) error {
	tick := time.NewTicker(cleanInterval)
	defer tick.Stop()
	for {
		deleted, err := s.store.DeleteExpired(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil: // nothing depends on it: the next hour will do
			slog.WarnContext(ctx, "expired rows stay for now", "error", err)
		case deleted > 0:
			slog.InfoContext(ctx, "deleted expired sessions, tokens and invitations", "rows", deleted)
		}
		s.forget(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// forget deletes audit events that have been kept for long enough.
func (s *Service) forget(ctx context.Context) {
	if s.auditLife == 0 {
		return
	}
	deleted, err := s.store.DeleteAuditEvents(ctx, s.auditLife)
	switch {
	case err != nil && ctx.Err() == nil:
		slog.WarnContext(ctx, "old audit events stay for now", "error", err)
	case deleted > 0:
		slog.InfoContext(ctx, "deleted old audit events", "rows", deleted)
	}
}

// Close writes what is still to be written and gives back what the service holds.
func (s *Service) Close() {
	s.audit.Close()
	s.resources.Close()
}
