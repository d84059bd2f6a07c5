package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/researcherpro/researcherpro/pkg/grpcserver"
)

// What keeps the gateway from doing anything.
var (
	errClosing = errors.New("closing")
	errKeys    = errors.New("auth has not been there yet, whose keys tell who calls")
)

// serviceReady is 1 for a service that can work and 0 for one that cannot.
var serviceReady = gauge("gateway.service.ready", "Whether a service can work, as the gateway sees it: 1 or 0")

// gauge makes a gauge. Only a name that is none makes it fail, and the gauge is one
// that does nothing then.
func gauge(name, description string) metric.Int64Gauge {
	g, err := otel.Meter("github.com/researcherpro/researcherpro/gateway").Int64Gauge(name, metric.WithDescription(description))
	if err != nil {
		otel.Handle(err)
	}
	return g
}

// Ready reports what keeps the gateway from working. While only some services are
// away the rest of the routes goes on, and taking the gateway out of service would
// end these, too: that is a *grpcserver.Degraded, which names them.
func (g *Gateway) Ready(ctx context.Context) error {
	if g.closing.Load() {
		return errClosing
	}
	missing := g.missing(ctx)
	if _, away := missing["auth"]; !away {
		g.knowsCallers.Store(true)
	}
	var all []error
	var names []string
	for name, err := range missing {
		all, names = append(all, fmt.Errorf("%s: %w", name, err)), append(names, name)
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(missing) == len(g.peers()):
		return errors.Join(all...)
	case !g.knowsCallers.Load():
		return errors.Join(append(all, errKeys)...)
	}
	slices.Sort(names)
	return &grpcserver.Degraded{Missing: names}
}

// peers are the services that the gateway needs.
func (g *Gateway) peers() map[string]grpc.ClientConnInterface {
	return map[string]grpc.ClientConnInterface{
		"auth": g.conns.Auth, "research": g.conns.Research, "analysis": g.conns.Analysis, "report": g.conns.Report,
	}
}

// missing asks every service whether it can work, and returns why those cannot that
// do not say so.
func (g *Gateway) missing(ctx context.Context) map[string]error {
	var (
		mu      sync.Mutex
		missing = map[string]error{}
		asked   sync.WaitGroup
	)
	for name, conn := range g.peers() {
		asked.Go(func() {
			answer, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
			if err == nil && answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
				err = errors.New(answer.GetStatus().String())
			}
			mu.Lock()
			defer mu.Unlock()
			ready := int64(1)
			if err != nil {
				missing[name], ready = err, 0
			}
			serviceReady.Record(ctx, ready, metric.WithAttributes(attribute.String("service", name)))
		})
	}
	asked.Wait()
	return missing
}
