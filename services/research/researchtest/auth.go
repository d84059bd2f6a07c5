package researchtest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// Auth stands in for the auth service, as far as research asks it: about deletions,
// settings and credentials; it takes audit events and forgets them. It refuses whoever shows no service token for the
// workspace. The zero value knows of none; it is safe for concurrent use.
type Auth struct {
	tenancytest.Auth

	mu       sync.Mutex
	down     bool
	asked    map[string]int
	settings map[string]*authv1.WorkspaceSettings // by workspace
	secrets  map[string]string                    // by workspace/user/provider
}

var _ grpc.ClientConnInterface = (*Auth)(nil)

// SetDown makes every call fail, or succeed again.
func (a *Auth) SetDown(down bool) {
	a.Auth.SetDown(down)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// SetSettings sets the settings of a workspace. Who has asked for them may use the
// former ones for half a minute.
func (a *Auth) SetSettings(workspaceID string, s *authv1.WorkspaceSettings) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.settings == nil {
		a.settings = map[string]*authv1.WorkspaceSettings{}
	}
	a.settings[workspaceID] = s
}

// SetCredential sets the key that a user of a workspace has for a provider.
func (a *Auth) SetCredential(workspaceID, userID, provider, secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.secrets == nil {
		a.secrets = map[string]string{}
	}
	a.secrets[strings.Join([]string{workspaceID, userID, provider}, "/")] = secret
}

// Calls returns how often an RPC was called, by its name without the service's.
func (a *Auth) Calls(rpc string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[rpc]
}

// Invoke implements grpc.ClientConnInterface.
func (a *Auth) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	name := method[strings.LastIndex(method, "/")+1:]
	a.mu.Lock()
	if a.asked == nil {
		a.asked = map[string]int{}
	}
	a.asked[name]++
	down := a.down
	a.mu.Unlock()
	if strings.HasSuffix(name, "WorkspaceDeletion") {
		return a.Auth.Invoke(ctx, method, args, reply, opts...)
	}
	if down {
		return fmt.Errorf("auth is down: %w", errs.Unavailable)
	}
	caller, err := callerOf(ctx)
	if err != nil {
		return err
	}
	switch asked := args.(type) {
	case *authv1.GetWorkspaceSettingsRequest:
		if asked.GetWorkspaceId() != caller.WorkspaceID {
			return errs.NotFound
		}
		proto.Merge(reply.(proto.Message), a.settingsOf(caller.WorkspaceID))
		return nil
	case *authv1.ResolveCredentialRequest:
		return a.resolve(caller, asked, reply.(*authv1.ResolveCredentialResponse))
	case *authv1.RecordAuditEventsRequest:
		return nil
	}
	return fmt.Errorf("nobody answers %s here", method)
}

func (a *Auth) settingsOf(workspaceID string) *authv1.WorkspaceSettings {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s, ok := a.settings[workspaceID]; ok {
		return s
	}
	return &authv1.WorkspaceSettings{WorkspaceId: workspaceID}
}

func (a *Auth) resolve(caller authn.Caller, asked *authv1.ResolveCredentialRequest, reply *authv1.ResolveCredentialResponse) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	secret, ok := a.secrets[strings.Join([]string{caller.WorkspaceID, caller.UserID, asked.GetProvider()}, "/")]
	if !ok {
		return errs.NotFound
	}
	reply.Secret = secret
	return nil
}

// callerOf returns whom the service that calls acts for.
func callerOf(ctx context.Context) (authn.Caller, error) {
	verifier, err := authn.NewVerifier(authn.Options{Secret: []byte(authntest.Secret), Algorithm: authn.HS256})
	if err != nil {
		return authn.Caller{}, err
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	token := strings.TrimPrefix(strings.Join(md.Get("authorization"), ","), "Bearer ")
	caller, err := verifier.Verify(ctx, authn.Credential{Token: token})
	if err != nil {
		return authn.Caller{}, err
	}
	if caller.Service == "" {
		return authn.Caller{}, fmt.Errorf("no service: %w", errs.PermissionDenied)
	}
	return caller, nil
}
