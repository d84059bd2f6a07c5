// Package gateway is the fleet's public edge: REST, Server-Sent Events and a
// WebSocket over the gRPC services, uploads and downloads, the OpenAPI document
// and the page that shows it. It holds no state and no business rule: who may do
// what is decided by the services, to which the caller's token goes on.
package gateway

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/gateway/internal/mcp"
	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// Conns are the connections to the services, one each. They stay the caller's
// to close. Connections of pkg/grpcclient pass the request id and traces on.
type Conns struct {
	Auth, Research, Analysis, Report grpc.ClientConnInterface
}

// Gateway is the edge. It listens to nothing by itself: serve its Handler.
type Gateway struct {
	conns Conns
	guard *limit.Guard
	// knowsCallers is set once auth was there: it has the keys of tokens.
	knowsCallers atomic.Bool
	closing      atomic.Bool
	// connections is how many an address may have, those of proxies apart.
	connections int
	proxies     edge.Networks
	handler     http.Handler
	live        *live.Server
	mcp         http.Handler
}

// Backend is what the gateway stands on. It stays the caller's to close, after the
// gateway.
type Backend struct {
	Conns   Conns
	Callers Callers
	// Redis has the counts that replicas share; nil lets each count by itself.
	Redis *redis.Client
}

// New builds the gateway. It calls no service yet; ctx bounds its life, like
// Close.
func New(ctx context.Context, cfg Config, behind Backend) (*Gateway, error) {
	return build(ctx, cfg, behind, limits{})
}

// limits are what tests make smaller than life.
type limits struct {
	feed feed.Options
	live live.Options
	mcp  mcp.Options
	// request is how long a request that is no stream may take.
	request time.Duration
}

func build(ctx context.Context, cfg Config, behind Backend, lim limits) (*Gateway, error) {
	conns := behind.Conns
	cfg = cfg.withDefaults()
	opts, err := cfg.options()
	if err != nil {
		return nil, err
	}
	guard, err := cfg.RateLimits.guard(behind)
	if err != nil {
		return nil, err
	}
	api, err := rest.New(ctx, rest.Conns(conns), func(w http.ResponseWriter, r *http.Request, route rest.Route) bool {
		return guard.Admit(w, r, limit.RouteOf(route.RPC, route.Method))
	})
	if err != nil {
		return nil, err
	}
	lim.live.Origins = opts.Origins
	lim.live.PerUser, lim.live.PerAddress = cmp.Or(lim.live.PerUser, cfg.StreamsPerUser), cmp.Or(lim.live.PerAddress, cfg.StreamsPerAddress)
	if lim.request <= 0 {
		lim.request = requestTimeout
	}
	hub := feed.New(ctx, analysisv1.NewAnalysisServiceClient(conns.Analysis), lim.feed)
	g := &Gateway{
		conns:       conns,
		guard:       guard,
		connections: cfg.ConnectionsPerAddress,
		proxies:     opts.Proxies,
		live: live.New(hub, behind.Callers, live.Peers{
			Auth: authv1.NewAuthServiceClient(conns.Auth), Conversations: analysisv1.NewConversationServiceClient(conns.Analysis),
		}, lim.live),
	}
	lim.mcp.Name, lim.mcp.Origins = cfg.ProjectName, opts.Origins
	if g.mcp, err = mcp.New(g.mcpPeers(hub), lim.mcp); err != nil {
		return nil, err
	}
	if g.handler, err = g.routes(cfg.ProjectName, opts, api, lim.request); err != nil {
		return nil, err
	}
	return g, nil
}

// Listener returns the listener that Handler is served on: it limits connections.
func (g *Gateway) Listener(lis net.Listener) net.Listener {
	return edge.Listener(lis, g.connections, g.proxies)
}

// mcpPeers are what the tools of the MCP server call.
func (g *Gateway) mcpPeers(hub *feed.Hub) mcp.Peers {
	conns := g.conns
	return mcp.Peers{
		Hub: hub, Live: g.live, Limited: g.limited,
		Analyses:      analysisv1.NewAnalysisServiceClient(conns.Analysis),
		Conversations: analysisv1.NewConversationServiceClient(conns.Analysis),
		Reports:       reportv1.NewReportServiceClient(conns.Report),
		Documents:     researchv1.NewDocumentServiceClient(conns.Research),
		Research:      researchv1.NewResearchServiceClient(conns.Research),
	}
}

// Handler serves everything public.
func (g *Gateway) Handler() http.Handler { return g.handler }

// Run blocks until ctx ends, then closes what would never end by itself. Beside
// it, serve Handler, for example with grpcserver.ServeHTTP, whose drain waits
// for the streams that Run ends.
func (g *Gateway) Run(ctx context.Context) error {
	<-ctx.Done()
	g.Close()
	return nil
}

// Close ends event streams and closes WebSockets with code 1012, so that clients
// come back, to another replica or the next process, and resume. Requests that
// follow get UNAVAILABLE from those routes; the others go on. It may be called
// more than once.
func (g *Gateway) Close() {
	g.closing.Store(true)
	g.live.Close()
}
