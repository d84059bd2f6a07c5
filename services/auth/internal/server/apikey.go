package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/proto/access"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

const (
	// keyPrefix is how many characters of a key are kept to recognise it by. With
	// five random ones of 40 the rest is as hard to guess as before.
	keyPrefix = 8
	// clockLeeway is how far a client's clock may be ahead of ours when it asks
	// for a key that lasts a year.
	clockLeeway = 5 * time.Minute
)

// APIKeyStore is the part of the store that keeps API keys.
type APIKeyStore interface {
	AddAPIKey(ctx context.Context, n store.NewAPIKey) (store.APIKey, error)
	APIKeys(ctx context.Context, userID, workspaceID string, p page.Query[page.ID]) ([]store.APIKey, error)
	EndAPIKey(ctx context.Context, userID, workspaceID, id string, revoke store.Revoke) error
}

// APIKeys implements authv1.ApiKeyServiceServer.
type APIKeys struct {
	authv1.UnsafeApiKeyServiceServer
	store   APIKeyStore
	revoker Revoker
	now     func() time.Time
}

var _ authv1.ApiKeyServiceServer = (*APIKeys)(nil)

// NewAPIKeys returns a server of API keys.
func NewAPIKeys(s APIKeyStore, r Revoker) *APIKeys {
	return &APIKeys{store: s, revoker: r, now: time.Now}
}

// CreateApiKey implements authv1.ApiKeyServiceServer.
func (s *APIKeys) CreateApiKey(ctx context.Context, req *authv1.CreateApiKeyRequest) (*authv1.ApiKey, error) { //nolint:revive // the contract spells it so
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSpace(req.GetDisplayName())
	if err := s.check(req, name, caller.Role); err != nil {
		return nil, err
	}
	key := authn.NewAPIKey()
	n := store.NewAPIKey{
		WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, DisplayName: name,
		Hash: token.HashAPIKey(key), Prefix: key[:keyPrefix],
	}
	for _, scope := range req.GetScopes() {
		n.Scopes = append(n.Scopes, scope.String())
	}
	if req.GetExpireTime() != nil {
		expire := req.GetExpireTime().AsTime()
		n.ExpireTime = &expire
	}
	kept, err := s.store.AddAPIKey(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("add an API key for user %s: %w", caller.UserID, err)
	}
	shown := apiKeyProto(kept)
	shown.Key = key // the only time that it is shown
	return shown, nil
}

// check checks what the contract cannot express.
func (s *APIKeys) check(req *authv1.CreateApiKeyRequest, name string, role authn.Role) error {
	var v errs.Violations
	v.Check(name != "", "display_name", "must have a character that is not a space")
	grantable := access.Scopes()
	for _, scope := range req.GetScopes() {
		if !slices.Contains(grantable, scope) {
			v.Check(false, "scopes", fmt.Sprintf("%s is no permission that an API key can have", scope))
			continue
		}
		least := authn.Role(access.MinRole(scope))
		v.Check(role >= least, "scopes", fmt.Sprintf("%s needs the role %s in this workspace", scope, least))
	}
	if req.GetExpireTime() != nil {
		at, now := req.GetExpireTime(), s.now()
		v.Check(at.IsValid() && at.AsTime().After(now), "expire_time", "must be in the future")
		v.Check(!at.AsTime().After(now.AddDate(1, 0, 0).Add(clockLeeway)), "expire_time", "must be at most a year from now")
	}
	return v.Err()
}

// ListApiKeys implements authv1.ApiKeyServiceServer.
func (s *APIKeys) ListApiKeys(ctx context.Context, req *authv1.ListApiKeysRequest) (*authv1.ListApiKeysResponse, error) { //nolint:revive // the contract spells it so
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.APIKeyFilter(), Query: []string{"api keys", caller.UserID, caller.WorkspaceID}})
	if err != nil {
		return nil, err
	}
	keys, err := s.store.APIKeys(ctx, caller.UserID, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, fmt.Errorf("list the API keys of user %s: %w", caller.UserID, err)
	}
	resp := &authv1.ListApiKeysResponse{}
	keys, resp.NextPageToken, err = page.Turn(asked, keys, func(k store.APIKey) page.ID { return page.ID(k.ID) })
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		resp.ApiKeys = append(resp.ApiKeys, apiKeyProto(k))
	}
	return resp, nil
}

// DeleteApiKey implements authv1.ApiKeyServiceServer.
func (s *APIKeys) DeleteApiKey(ctx context.Context, req *authv1.DeleteApiKeyRequest) (*emptypb.Empty, error) { //nolint:revive // the contract spells it so
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	err = s.store.EndAPIKey(ctx, caller.UserID, caller.WorkspaceID, req.GetId(), s.revoker.Revoke)
	if errors.Is(err, errs.NotFound) {
		return nil, errs.New(errs.NotFound, "API_KEY_NOT_FOUND", "there is no such API key")
	}
	if err != nil {
		return nil, fmt.Errorf("end API key %s: %w", req.GetId(), err)
	}
	return &emptypb.Empty{}, nil
}

// apiKeyProto describes a key, without the key itself.
func apiKeyProto(k store.APIKey) *authv1.ApiKey {
	return &authv1.ApiKey{
		Id:          k.ID,
		DisplayName: k.DisplayName,
		Prefix:      k.Prefix,
		CreateTime:  timestamppb.New(k.CreateTime),
		Scopes:      permissions(k.Scopes),
		ExpireTime:  optionalTime(k.ExpireTime),
		LastUseTime: optionalTime(k.LastUseTime),
	}
}

// permissions turns names into the contract's numbers.
func permissions(names []string) []accessv1.Permission {
	all := make([]accessv1.Permission, 0, len(names))
	for _, name := range names {
		all = append(all, accessv1.Permission(accessv1.Permission_value[name]))
	}
	return all
}

// optionalTime is timestamppb.New for a time that may be absent.
func optionalTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
