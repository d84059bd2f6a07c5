package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/vault"
)

// CredentialStore is the part of the store that keeps credentials.
type CredentialStore interface {
	PutCredential(ctx context.Context, c store.Credential) (store.Credential, error)
	Credentials(ctx context.Context, userID, workspaceID string) ([]store.Credential, error)
	DeleteCredential(ctx context.Context, userID, workspaceID, id string, whole bool) error
	CredentialFor(ctx context.Context, userID, workspaceID, provider string) (store.Credential, error)
	ResealCredential(ctx context.Context, c store.Credential, sealed []byte) error
}

// Credentials implements authv1.CredentialServiceServer. No text that it makes, an
// error's or the log's, holds a secret.
type Credentials struct {
	authv1.UnsafeCredentialServiceServer
	store CredentialStore
	vault *vault.Vault
}

var _ authv1.CredentialServiceServer = (*Credentials)(nil)

// NewCredentials returns a server of credentials.
func NewCredentials(s CredentialStore, v *vault.Vault) *Credentials {
	return &Credentials{store: s, vault: v}
}

// errCredential is told of a credential that is not there, or somebody else's.
var errCredential = errs.New(errs.NotFound, "CREDENTIAL_NOT_FOUND", "there is no such credential")

// CreateCredential implements authv1.CredentialServiceServer.
func (s *Credentials) CreateCredential(ctx context.Context, req *authv1.CreateCredentialRequest) (*authv1.Credential, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	secret := req.GetSecret()
	if strings.TrimSpace(secret) != secret || strings.ContainsFunc(secret, unicode.IsControl) {
		// It would go into a header, and what was copied with it would break that.
		return nil, errs.Field("secret", "must have no line breaks or other control characters, and no spaces around it")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	c := store.Credential{
		ID: id.String(), WorkspaceID: caller.WorkspaceID, UserID: &caller.UserID,
		Provider: req.GetProvider(), Hint: vault.Hint(secret), CreatorID: caller.UserID,
	}
	if req.GetOwner() == authv1.Credential_WORKSPACE {
		if caller.Role < authn.RoleAdmin {
			return nil, errs.New(errs.PermissionDenied, "ROLE_TOO_LOW", "the role ADMIN is needed to store a credential of the workspace")
		}
		c.UserID = nil
	}
	c.Sealed = s.vault.Seal(c, secret)
	stored, err := s.store.PutCredential(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("store a credential for %s in workspace %s: %w", c.Provider, c.WorkspaceID, err)
	}
	return credentialProto(stored), nil
}

// ListCredentials implements authv1.CredentialServiceServer.
func (s *Credentials) ListCredentials(ctx context.Context, _ *authv1.ListCredentialsRequest) (*authv1.ListCredentialsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Credentials(ctx, caller.UserID, caller.WorkspaceID)
	if err != nil {
		return nil, fmt.Errorf("list the credentials of workspace %s: %w", caller.WorkspaceID, err)
	}
	resp := &authv1.ListCredentialsResponse{}
	for _, c := range list {
		resp.Credentials = append(resp.Credentials, credentialProto(c))
	}
	return resp, nil
}

// DeleteCredential implements authv1.CredentialServiceServer.
func (s *Credentials) DeleteCredential(ctx context.Context, req *authv1.DeleteCredentialRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.store.DeleteCredential(ctx, caller.UserID, caller.WorkspaceID, req.GetId(), caller.Role >= authn.RoleAdmin)
	if errors.Is(err, errs.NotFound) {
		return nil, errCredential
	}
	if err != nil {
		return nil, fmt.Errorf("delete credential %s: %w", req.GetId(), err)
	}
	return &emptypb.Empty{}, nil
}

// ResolveCredential implements authv1.CredentialServiceServer.
func (s *Credentials) ResolveCredential(ctx context.Context, req *authv1.ResolveCredentialRequest) (*authv1.ResolveCredentialResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.store.CredentialFor(ctx, caller.UserID, caller.WorkspaceID, req.GetProvider())
	if errors.Is(err, errs.NotFound) {
		return nil, errCredential
	}
	if err != nil {
		return nil, fmt.Errorf("find a credential for %s in workspace %s: %w", req.GetProvider(), caller.WorkspaceID, err)
	}
	secret, old, err := s.vault.Open(c)
	if err != nil {
		// Trying again will not help, so it is not UNAVAILABLE; and the workspace's
		// does not stand in for a member's own: somebody else would pay.
		slog.ErrorContext(ctx, "a credential cannot be opened with CREDENTIALS_KEY: add the key that it was sealed with, or store it again",
			"credential", c.ID, "workspace", c.WorkspaceID, "provider", c.Provider)
		return nil, errs.New(errs.NotFound, "CREDENTIAL_UNREADABLE", "the credential can no longer be read, store it again")
	}
	if old {
		s.reseal(ctx, c, secret)
	}
	return &authv1.ResolveCredentialResponse{CredentialId: c.ID, Secret: secret}, nil
}

// reseal seals a secret with the current key. The older one goes on opening it, so
// a failure can wait for the next time.
func (s *Credentials) reseal(ctx context.Context, c store.Credential, secret string) {
	if err := s.store.ResealCredential(ctx, c, s.vault.Seal(c, secret)); err != nil {
		slog.WarnContext(ctx, "a credential stays sealed with an older key for now", "credential", c.ID, "error", err)
	}
}

// credentialProto describes a credential, without its secret.
func credentialProto(c store.Credential) *authv1.Credential {
	owner := authv1.Credential_WORKSPACE
	if c.UserID != nil {
		owner = authv1.Credential_USER
	}
	return &authv1.Credential{
		Id: c.ID, Provider: c.Provider, Owner: owner, Hint: c.Hint,
		CreateTime: timestamppb.New(c.CreateTime), CreatorId: c.CreatorID,
	}
}
