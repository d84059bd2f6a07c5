package grpcserver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

// Degraded says that a process can do a part of its work: it is ready, and tells what
// it goes without.
type Degraded struct {
	// Missing are the names of what is not there.
	Missing []string
}

// Error names what is missing.
func (d *Degraded) Error() string { return "without " + strings.Join(d.Missing, ", ") }

// OpsHandler serves what operators need: /healthz says that the process runs,
// /readyz that it can work, /metrics how it does.
func OpsHandler(ready func(context.Context) error, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthInterval)
		defer cancel()
		err := ready(ctx)
		if degraded, ok := errors.AsType[*Degraded](err); ok {
			_, _ = w.Write([]byte("ready, " + degraded.Error() + "\n"))
			return
		}
		if err != nil {
			// Readable by operators only: this port is not a public one.
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	if metrics != nil {
		mux.Handle("GET /metrics", metrics)
	}
	return mux
}

// ServeHTTP serves handler on lis until ctx ends, then lets the requests in
// flight end within DrainTimeout.
func ServeHTTP(ctx context.Context, lis net.Listener, handler http.Handler) error {
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(lis) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), DrainTimeout)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return srv.Close()
}
