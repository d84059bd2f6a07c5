package peertest

import (
	"context"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// Auth is a connection to a fake of the auth service. Besides what deletions need it
// knows the settings of all workspaces, and no credentials.
type Auth struct {
	tenancytest.Auth

	mu       sync.Mutex
	settings *authv1.WorkspaceSettings
	away     bool
}

// Decide sets what the ADMINs of every workspace have decided. Services remember what
// they were told for a while, so decide before the first call.
func (a *Auth) Decide(s *authv1.WorkspaceSettings) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settings = s
}

// GoAway makes settings and credentials unavailable.
func (a *Auth) GoAway() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away = true
}

// Invoke implements grpc.ClientConnInterface.
func (a *Auth) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := strings.HasSuffix(method, "/GetWorkspaceSettings") || strings.HasSuffix(method, "/ResolveCredential")
	switch {
	case asked && a.away:
		return errs.Unavailable
	case strings.HasSuffix(method, "/GetWorkspaceSettings"):
		if answer, ok := reply.(proto.Message); ok && a.settings != nil {
			proto.Merge(answer, a.settings)
		}
		return nil
	case strings.HasSuffix(method, "/ResolveCredential"):
		return errs.NotFound
	}
	return a.Auth.Invoke(ctx, method, args, reply, opts...)
}
