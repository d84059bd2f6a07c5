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
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/proto/access"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/auditlog"
	"github.com/researcherpro/researcherpro/services/auth/internal/deletion"
	"github.com/researcherpro/researcherpro/services/auth/internal/directory"
	"github.com/researcherpro/researcherpro/services/auth/internal/keyring"
	"github.com/researcherpro/researcherpro/services/auth/internal/keyuse"
	"github.com/researcherpro/researcherpro/services/auth/internal/oidc"
	"github.com/researcherpro/researcherpro/services/auth/internal/password"
	"github.com/researcherpro/researcherpro/services/auth/internal/recall"
	"github.com/researcherpro/researcherpro/services/auth/internal/seal"
	"github.com/researcherpro/researcherpro/services/auth/internal/server"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/throttle"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
	"github.com/researcherpro/researcherpro/services/auth/internal/vault"
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

	CredentialsKey string `env:"CREDENTIALS_KEY" doc:"seals credentials for outside services: keys of at least 32 bytes, separated by commas; the first seals, all open; SECRET_KEY when unset" secret:"true"`

	OidcIssuer       string `env:"OIDC_ISSUER" doc:"OpenID provider that users sign in with: https://login.example.com; none when unset"`
	OidcClientID     string `env:"OIDC_CLIENT_ID" doc:"this installation's client id at the provider"`
	OidcClientSecret string `env:"OIDC_CLIENT_SECRET" doc:"its secret there; a public client, which PKCE protects, when unset" secret:"true"`
	OidcRedirectURL  string `env:"OIDC_REDIRECT_URL" doc:"page that the provider sends users back to, as registered there"`
	OidcScopes       string `env:"OIDC_SCOPES" envDefault:"openid email profile" doc:"what the provider is asked for"`

	// KeyReload is how often a replica looks for new signing keys, 5 s when 0. All
	// times of a rotation follow from it; only tests have reason to set it.
	KeyReload time.Duration
}

// provider is the part of the configuration that is about the OpenID provider.
func (c Config) provider() oidc.Config {
	return oidc.Config{
		Issuer: c.OidcIssuer, ClientID: c.OidcClientID, ClientSecret: c.OidcClientSecret,
		RedirectURL: c.OidcRedirectURL, Scopes: c.OidcScopes,
	}
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
	resources *process.Resources
	store     *store.Store
	keys      *keyring.Keeper // nil when tokens are signed with a shared secret
	uses      *keyuse.Recorder
	deletions *deletion.Worker
	recall    *recall.Worker
	audit     *auditlog.Log
	auditLife time.Duration // 0 is for ever
	register  func(grpc.ServiceRegistrar)
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
	resources, err := process.Open(ctx, Name, cfg.Common, migrations.FS, identity.Sources{Keys: keys, Directory: who})
	if err != nil {
		return nil, err
	}
	svc := &Service{resources: resources, store: store.New(resources.DB)}
	svc.uses = keyuse.New(svc.store)
	// Nothing is served yet.
	who.Memberships, who.Keys, who.Uses = svc.store, svc.store, svc.uses
	if err := svc.build(ctx, cfg, keys); err != nil {
		resources.Close()
		return nil, err
	}
	return svc, nil
}

// build puts together what is served.
func (s *Service) build(ctx context.Context, cfg Config, keys *keyring.Ring) error {
	tokens, keeper, err := newIssuer(ctx, cfg, keys, s.store)
	if err != nil {
		return err
	}
	s.keys, s.deletions = keeper, newDeletions(s.resources, s.store)
	guard, err := throttle.New(s.resources.Redis, []byte(cfg.SecretKey))
	if err != nil {
		return err
	}
	access := authn.NewRedisRevocations(s.resources.Redis, cfg.TokenLife())
	s.recall = &recall.Worker{Store: s.store, Redis: access, Interval: recall.Interval}
	accounts := server.New(server.Deps{
		Store:       s.store,
		Passwords:   password.NewHasher(runtime.GOMAXPROCS(0)), // more would only wait for a processor
		Rules:       password.NewRules(cfg.ProjectName),
		Throttle:    guard,
		Tokens:      tokens,
		Keys:        keys,
		Revoker:     access,
		RefreshLife: time.Duration(cfg.RefreshDays) * 24 * time.Hour,
	})
	secrets, err := vault.New(cfg.CredentialsKey, []byte(cfg.SecretKey))
	if err != nil {
		return err
	}
	signIns, err := newOidc(cfg, accounts, s.store)
	if err != nil {
		return err
	}
	workspaces := server.NewWorkspaces(server.WorkspacesDeps{Store: s.store, Announcer: access})
	members := server.NewMembers(server.MembersDeps{Store: s.store, Announcer: access})
	deletions, events := server.NewDeletions(s.store), server.NewAudit(s.store)
	apiKeys := server.NewAPIKeys(s.store, access)
	credentials := server.NewCredentials(s.store, secrets)
	s.register = func(r grpc.ServiceRegistrar) {
		authv1.RegisterAuthServiceServer(r, accounts)
		authv1.RegisterWorkspaceServiceServer(r, workspaces)
		authv1.RegisterMemberServiceServer(r, members)
		authv1.RegisterWorkspaceDeletionServiceServer(r, deletions)
		authv1.RegisterAuditServiceServer(r, events)
		authv1.RegisterApiKeyServiceServer(r, apiKeys)
		authv1.RegisterCredentialServiceServer(r, credentials)
		authv1.RegisterOidcServiceServer(r, signIns)
	}
	// Last: it works from then on, and Close ends it.
	s.audit, s.auditLife = auditlog.Open(ctx, s.store), time.Duration(cfg.AuditDays)*24*time.Hour
	return nil
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

// newOidc returns what signs users in with the OpenID provider, if there is one.
func newOidc(cfg Config, accounts *server.Server, rows *store.Store) (*server.Oidc, error) {
	key, err := authn.DeriveKey([]byte(cfg.SecretKey), "seal OpenID transactions")
	if err != nil {
		return nil, err
	}
	box, err := seal.New(key)
	if err != nil {
		return nil, err
	}
	deps := server.OidcDeps{Accounts: accounts, Store: rows, Box: box}
	provider := cfg.provider()
	configured, err := provider.Configured()
	if err != nil {
		return nil, err
	}
	if configured {
		deps.Provider = oidc.New(provider)
	}
	return server.NewOidc(deps), nil
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

// Run does the work in the background, until ctx ends: it keeps the signing keys
// up to date, notes the uses of API keys, tells Redis again what has ended if it has
// forgotten, and deletes what has expired, old audit events, and the workspaces that
// were deleted.
func (s *Service) Run(ctx context.Context) error {
	parts := []func(context.Context) error{s.clean, s.deletions.Run, s.recall.Run, s.uses.Run}
	if s.keys != nil {
		parts = append(parts, func(ctx context.Context) error { s.keys.Run(ctx); return nil })
	}
	return process.Together(ctx, parts...)
}

// clean deletes what has expired, and old audit events, every hour.
func (s *Service) clean(ctx context.Context) error {
	tick := time.NewTicker(cleanInterval)
	defer tick.Stop()
	for {
		deleted, err := s.store.DeleteExpired(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil: // nothing depends on it: the next hour will do
			slog.WarnContext(ctx, "what has expired stays for now", "error", err)
		case deleted > 0:
			slog.InfoContext(ctx, "deleted what has expired", "rows", deleted)
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
