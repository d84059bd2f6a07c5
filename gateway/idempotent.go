package gateway

import (
	"net/http"

	"github.com/researcherpro/researcherpro/gateway/internal/rest"
)

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
