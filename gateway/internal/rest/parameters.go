package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
)

// closed are the routes that take no query: all of their request stands in the path
// and the body. What is generated for them does not look at the query, so a misspelt
// parameter would pass there.
type closed map[string]bool // by method and template

// closedRoutes finds them.
func closedRoutes() closed {
	found := closed{}
	for _, route := range Routes() {
		if !takesQuery(route) {
			found[route.Method+" "+route.Template] = true
		}
	}
	return found
}

// takesQuery reports whether a field of a route's request can stand in the query.
func takesQuery(route Route) bool {
	rule, _ := proto.GetExtension(route.RPC.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule.GetBody() == "*" {
		return false
	}
	fields := route.RPC.Input().Fields()
	for i := range fields.Len() {
		name := string(fields.Get(i).Name())
		if name != rule.GetBody() && !strings.Contains(route.Template, "{"+name+"}") {
			return true
		}
	}
	return false
}

// refuse is a middleware that refuses parameters where there can be none.
func (c closed) refuse(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, pathParams map[string]string) {
		if r.URL.RawQuery == "" || !c[r.Method+" "+templateOf(r)] {
			next(w, r, pathParams)
			return
		}
		names := make([]string, 0, 1)
		for name := range r.URL.Query() {
			names = append(names, name)
		}
		slices.Sort(names) // so that the same request always gets the same answer
		if len(names) == 0 {
			next(w, r, pathParams)
			return
		}
		reply.Error(w, r, &reply.BadField{Field: names[0], Rule: "is not a parameter of this request"})
	}
}

// templateOf is the template of the route that a request has come by.
func templateOf(r *http.Request) string {
	pattern, _ := runtime.HTTPPattern(r.Context())
	return strings.ReplaceAll(pattern.String(), "=*}", "}")
}
