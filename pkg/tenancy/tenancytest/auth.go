package tenancytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
)

const (
	// patience is how long Await waits for what should come soon.
	patience = time.Minute
	// glance is the pause between two announcements of Await.
	glance = 10 * time.Millisecond
)

// Auth stands in for the auth service, as far as deletions go: it is what a purger
// asks, and a connection on which the contract's client finds the same answers. It
// refuses whoever shows no service token for the workspace. The zero value knows of
// no deletion; it is safe for concurrent use.
type Auth struct {
	mu       sync.Mutex
	deleting map[string][]string // by workspace, the services that are pending
	asked    map[string]int
	down     bool
}

var (
	_ grpc.ClientConnInterface = (*Auth)(nil)
	_ tenancy.Auth             = (*Auth)(nil)
)

// errDown is what Auth answers while it is down.
var errDown = fmt.Errorf("auth is down: %w", errs.Unavailable)

// Delete begins the deletion of a workspace that waits for services.
func (a *Auth) Delete(workspaceID string, services ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.deleting == nil {
		a.deleting = map[string][]string{}
	}
	a.deleting[workspaceID] = services
}

// SetDown makes every call fail, or succeed again.
func (a *Auth) SetDown(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// Waits reports whether the deletion of a workspace waits for a service.
func (a *Auth) Waits(workspaceID, service string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.deleting[workspaceID], service)
}

// Asked returns how often it was asked about a workspace.
func (a *Auth) Asked(workspaceID string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked[workspaceID]
}

// Pending implements tenancy.Auth.
func (a *Auth) Pending(ctx context.Context, workspaceID string) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked == nil {
		a.asked = map[string]int{}
	}
	a.asked[workspaceID]++
	if _, err := a.admit(ctx, workspaceID); err != nil {
		return nil, err
	}
	return slices.Clone(a.deleting[workspaceID]), nil
}

// Confirm implements tenancy.Auth.
func (a *Auth) Confirm(ctx context.Context, workspaceID string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	service, err := a.admit(ctx, workspaceID)
	if err != nil {
		return err
	}
	a.deleting[workspaceID] = slices.DeleteFunc(a.deleting[workspaceID], func(name string) bool { return name == service })
	return nil
}

// admit returns the service that calls for a workspace which is being deleted.
func (a *Auth) admit(ctx context.Context, workspaceID string) (service string, err error) {
	if a.down {
		return "", errDown
	}
	verifier, err := authn.NewVerifier(authn.Options{Secret: []byte(authntest.Secret), Algorithm: authn.HS256})
	if err != nil {
		return "", err
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	token := strings.TrimPrefix(strings.Join(md.Get("authorization"), ","), "Bearer ")
	caller, err := verifier.Verify(ctx, authn.Credential{Token: token})
	if err != nil {
		return "", err
	}
	if _, ok := a.deleting[workspaceID]; !ok || caller.WorkspaceID != workspaceID {
		return "", errs.NotFound
	}
	return caller.Service, nil
}

// Invoke implements grpc.ClientConnInterface for WorkspaceDeletionService.
func (a *Auth) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	if !strings.HasSuffix(method, "WorkspaceDeletion") {
		return fmt.Errorf("nobody answers %s here", method)
	}
	request, answer := args.(proto.Message).ProtoReflect(), reply.(proto.Message).ProtoReflect()
	workspaceID := request.Get(request.Descriptor().Fields().ByName("workspace_id")).String()
	if strings.HasSuffix(method, "/ConfirmWorkspaceDeletion") {
		return a.Confirm(ctx, workspaceID)
	}
	pending, err := a.Pending(ctx, workspaceID)
	services := answer.Mutable(answer.Descriptor().Fields().ByName("pending_services")).List()
	for _, name := range pending {
		services.Append(protoreflect.ValueOfString(name))
	}
	return err
}

// NewStream implements grpc.ClientConnInterface.
func (a *Auth) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("nobody answers streams here")
}

// Await announces a workspace, as auth does, until a condition holds.
func Await(t testing.TB, client redis.Cmdable, workspaceID string, until func() bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		require.NoError(t, tenancy.Announce(t.Context(), client, workspaceID))
		return until()
	}, patience, glance)
}
