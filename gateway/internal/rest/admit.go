package rest

import (
	"net/http"
	"regexp"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
)

// parameter is a parameter of a path's template as the annotations have it.
var parameter = regexp.MustCompile(`\{([a-z_.]+)\}`)

// admitted asks admit before each request. The library wraps each handler by itself
// but tells the route only with a request, so that is looked up with the first one.
func admitted(admit Admit) runtime.Middleware {
	routes := map[string]Route{}
	for _, route := range Routes() {
		routes[route.Method+" "+parameter.ReplaceAllString(route.Template, "{$1=*}")] = route
	}
	return func(next runtime.HandlerFunc) runtime.HandlerFunc {
		var (
			once  sync.Once
			route Route
		)
		return func(w http.ResponseWriter, r *http.Request, params map[string]string) {
			once.Do(func() {
				pattern, _ := runtime.HTTPPattern(r.Context())
				route = routes[r.Method+" "+pattern.String()]
			})
			if admit(w, r, route) {
				next(w, r, params)
			}
		}
	}
}
