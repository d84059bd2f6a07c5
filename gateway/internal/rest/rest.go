// Package rest is the REST form of the fleet's gRPC services: the routes that
// the http annotations of the protos declare, strict about what comes in.
package rest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Conns are the connections to the services, one each.
type Conns struct {
	Auth, Research, Analysis, Report grpc.ClientConnInterface
}

// strictQueries makes our parser that of the library, which keeps it in a global
// of its own and sets it with an option of a mux: once, before any is served.
var strictQueries = sync.OnceFunc(func() {
	runtime.NewServeMux(runtime.SetQueryParameterParser(&queryParser{}))
})

// Admit reports whether a request of a route may go on; if not, it has answered.
type Admit func(w http.ResponseWriter, r *http.Request, route Route) bool

// New returns the handler of all annotated routes, which asks admit before each
// request. Routes that stream are not among them: they have handlers of their own.
func New(ctx context.Context, conns Conns, admit Admit) (http.Handler, error) {
	strictQueries()
	mux := runtime.NewServeMux(
		runtime.WithMiddlewares(admitted(admit)),
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newCodec()),
		runtime.WithIncomingHeaderMatcher(none),
		runtime.WithOutgoingHeaderMatcher(none),
		runtime.WithOutgoingTrailerMatcher(none),
		runtime.WithMetadata(func(_ context.Context, r *http.Request) metadata.MD { return edge.Metadata(r) }),
		runtime.WithErrorHandler(writeError),
		runtime.WithRoutingErrorHandler(writeRoutingError),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithWriteContentLength(),
		runtime.WithMiddlewares(closedRoutes().refuse),
		runtime.WithForwardResponseOption(tagged),
	)
	all := registrations(conns.matching())
	for _, name := range slices.SortedFunc(maps.Keys(all), busiestLast) {
		if err := all[name](ctx, mux); err != nil {
			return nil, fmt.Errorf("register the routes of %s: %w", name, err)
		}
	}
	return conditional(mux), nil
}

// matching returns connections that take the condition of a request along.
func (c Conns) matching() Conns {
	return Conns{
		Auth: matching{c.Auth}, Research: matching{c.Research}, Analysis: matching{c.Analysis}, Report: matching{c.Report},
	}
}

// busiest is the service whose routes are asked for most.
const busiest = "AnalysisService"

// busiestLast orders services for the mux, which tries the routes of a method one after
// the other and begins with those that it was given last.
func busiestLast(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == busiest:
		return 1
	case b == busiest:
		return -1
	}
	return strings.Compare(a, b)
}

// none keeps every header on its side of the edge: edge.Metadata alone decides
// what goes in, and nothing that a service puts in its metadata comes out.
func none(string) (string, bool) { return "", false }

func writeError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	reply.Error(w, r, err)
}

// writeRoutingError answers a request that fits no route.
func writeRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, code int) {
	switch code {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", allowed(r.URL.Path))
		reply.ErrorCode(w, r, code, errs.Newf(errs.InvalidArgument, "METHOD_NOT_ALLOWED", "%s is not allowed here", r.Method))
	case http.StatusNotFound:
		reply.ErrorCode(w, r, code, errs.New(errs.NotFound, "ROUTE_NOT_FOUND", "there is no such route"))
	default:
		reply.ErrorCode(w, r, code, errs.New(errs.InvalidArgument, "BAD_PATH", "the path is not valid"))
	}
}
