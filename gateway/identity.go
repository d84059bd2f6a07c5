package gateway

import (
	"context"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/identity"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
)

// Callers tells whom a credential stands for, and when that may have changed. The
// gateway needs it for what stays open: every other request is decided by the
// services alone.
type Callers = live.Callers

// OpenIdentity opens the gateway's Callers: auth's public keys and its answers, over
// a connection to auth, and Redis. Close it after the gateway.
func OpenIdentity(ctx context.Context, cfg identity.Config, auth grpc.ClientConnInterface) (*identity.Identity, error) {
	client := authv1.NewAuthServiceClient(auth)
	return identity.Open(ctx, cfg, identity.Sources{
		Keys: jwks.New(client),
		Directory: authn.NewDirectory(func(ctx context.Context) (*authv1.Caller, error) {
			return client.GetCaller(ctx, &authv1.GetCallerRequest{})
		}),
	})
}
