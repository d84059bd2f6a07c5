package gateway

import (
	"net/http"

	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/grpcclient"
	"github.com/researcherpro/researcherpro/pkg/origin"
)

// ClientOptions are how the gateway calls the services: with its user's token and
// never with one of its own, but vouching for the address that the user comes
// from. secret is the fleet's, SECRET_KEY.
func ClientOptions(secret string) (grpcclient.Options, error) {
	minter, err := authn.NewMinter([]byte(secret), origin.Gateway)
	return grpcclient.Options{Idempotent: Idempotent(), Vouch: minter}, err
}

// Idempotent lists the methods behind GET routes, "package.Service/Method":
// they change nothing, so a client may repeat them while a service is away.
func Idempotent() []string {
	var names []string
	for _, route := range rest.Routes() {
		if route.Method == http.MethodGet {
			names = append(names, string(route.RPC.Parent().FullName())+"/"+string(route.RPC.Name()))
		}
	}
	return names
}
