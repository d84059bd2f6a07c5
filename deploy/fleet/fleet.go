package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/gateway"
	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/tlsx"
)

// Fleet is the whole fleet, built and ready to run.
type Fleet struct {
	backing  *backing
	assembly *assembly
	callers  *identity.Identity // the gateway's
	gateway  *gateway.Gateway
	public   net.Listener
	ops      net.Listener
	metrics  http.Handler
}

// Open starts what the fleet stands on, migrates, and builds every service. It
// serves nothing yet, but the addresses are taken. Metrics may be nil. It closes
// what it opened when it fails.
func Open(ctx context.Context, cfg Config, metrics http.Handler) (_ *Fleet, err error) {
	f := &Fleet{metrics: metrics}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	secured, err := tlsx.Open(cfg.TLS)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	if f.public, err = lc.Listen(ctx, "tcp", cfg.HTTPAddr); err != nil {
		return nil, fmt.Errorf("HTTP_ADDR cannot be used: %w", err)
	}
	if f.ops, err = lc.Listen(ctx, "tcp", cfg.OpsAddr); err != nil {
		return nil, fmt.Errorf("OPS_ADDR cannot be used: %w", err)
	}
	if f.backing, err = openBacking(ctx, cfg); err != nil {
		return nil, err
	}
	f.assembly = newAssembly(cfg, f.backing, secured)
	if err := f.assembly.build(ctx); err != nil {
		return nil, err
	}
	conns, err := f.assembly.gatewayConns()
	if err != nil {
		return nil, err
	}
	if f.callers, err = gateway.OpenIdentity(ctx, f.assembly.identity(), conns.Auth); err != nil {
		return nil, err
	}
	if f.gateway, err = gateway.New(ctx, cfg.Config, gateway.Backend{Conns: conns, Callers: f.callers.Verifier, Redis: f.callers.Redis}); err != nil {
		return nil, err
	}
	forget, err := announce(cfg.StateDir, f.URL())
	f.backing.close = append(f.backing.close, forget)
	return f, err
}

// URL is where the public API is served.
func (f *Fleet) URL() string { return "http://" + f.public.Addr().String() }

// Addresses returns where each gRPC API is served, by the service's name.
func (f *Fleet) Addresses() map[string]string {
	out := map[string]string{}
	for _, m := range f.assembly.members {
		out[m.name] = m.network.Addr().String()
	}
	return out
}

// OpsURL is where /healthz, /readyz and /metrics are served.
func (f *Fleet) OpsURL() string { return "http://" + f.ops.Addr().String() }

// Run serves until ctx ends. Then the edge stops first and the services after
// it, so that requests in flight still find them.
func (f *Fleet) Run(ctx context.Context) error {
	inner, stopServices := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServices()
	var behind errgroup.Group
	edge, edgeCtx := errgroup.WithContext(ctx)
	ended := make(chan error, 2*len(f.assembly.members))
	for _, m := range f.assembly.members {
		for _, task := range []func(context.Context) error{m.serve, m.service.Run} {
			behind.Go(func() error {
				err := task(inner)
				ended <- fmt.Errorf("%s ended: %w", m.name, err)
				return err
			})
		}
	}
	edge.Go(func() error {
		select {
		case <-edgeCtx.Done():
			return nil
		case err := <-ended: // by itself: the edge goes down too
			return err
		}
	})
	edge.Go(func() error { return grpcserver.ServeHTTP(edgeCtx, f.gateway.Listener(f.public), f.gateway.Handler()) })
	edge.Go(func() error { return grpcserver.ServeHTTP(edgeCtx, f.ops, grpcserver.OpsHandler(f.Ready, f.metrics)) })
	edge.Go(func() error { return f.gateway.Run(edgeCtx) })
	err := edge.Wait()
	stopServices()
	return errors.Join(err, behind.Wait())
}

// Ready reports what keeps a service from working, or nil.
func (f *Fleet) Ready(ctx context.Context) error {
	for _, m := range f.assembly.members {
		if err := m.server.Health(ctx); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// Close gives everything back, and stops what Open started. Call it after Run.
func (f *Fleet) Close() error {
	if f.gateway != nil {
		f.gateway.Close()
	}
	if f.callers != nil {
		f.callers.Close()
	}
	if f.assembly != nil {
		f.assembly.Close()
	}
	var all []error
	if f.backing != nil {
		all = append(all, f.backing.Close())
	}
	for _, lis := range []net.Listener{f.public, f.ops} {
		if lis != nil {
			_ = lis.Close() // closed already if it was served
		}
	}
	return errors.Join(all...)
}
