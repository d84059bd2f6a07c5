// Package edge is what every request passes on its way in and out: its id, the
// client's address, limits on size and time, security headers, cross-origin
// rules, the access log, and a stop for panics.
package edge

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

// Options say how the edge treats requests.
type Options struct {
	// Origins are the web origins that may call from a browser, "*" for all.
	Origins []string
	// Proxies are the networks whose X-Forwarded-For is believed.
	Proxies Networks
	// Prefix is the path that stands for APIPrefix outside.
	Prefix string
}

// Wrap puts the edge around a handler.
func Wrap(next http.Handler, opts Options) http.Handler {
	next = shaped(prefixed(next, opts.Prefix))
	next = cors(next, opts.Origins)
	next = secured(next)
	next = recovered(next)
	next = logged(next)
	next = addressed(next, opts.Proxies)
	return identified(next)
}

// identified gives the request its id: the client's own when it is harmless,
// else a new one. The answer carries it.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := telemetry.WithRequestID(r.Context(), r.Header.Get(telemetry.RequestIDKey))
		w.Header().Set("X-Request-Id", telemetry.RequestID(ctx))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// logged writes one line for each request. The query is left out: search terms
// and tokens are nobody's business.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			slog.InfoContext(r.Context(), "request",
				"method", r.Method, "path", loggable(r.URL.Path), "status", rec.code(),
				"bytes", rec.bytes, "ms", time.Since(start).Milliseconds(), "client", Address(r.Context()))
		}()
		next.ServeHTTP(rec, r)
	})
}

// sharing is what stands in a path before the secret that lets whoever knows it read
// a shared report.
const sharing = "/shared/"

// loggable is a path as it may stand in a log.
func loggable(path string) string {
	before, _, found := strings.Cut(path, sharing)
	if !found {
		return path
	}
	return before + sharing + "…"
}

// recovered turns a panic into an answer, if there is still time for one.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // a recovered value, the way a broken download is meant to end
				panic(p)
			}
			err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				slog.ErrorContext(r.Context(), "request failed", "error", err)
				panic(http.ErrAbortHandler)
			}
			reply.Error(w, r, err)
		}()
		next.ServeHTTP(w, r)
	})
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (rec *recorder) WriteHeader(code int) {
	// 1xx come before the answer, except 101, which is one.
	if rec.status == 0 && (code >= 200 || code == http.StatusSwitchingProtocols) {
		rec.status = code
	}
	rec.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(p)
	rec.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController and the WebSocket reach the connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

func (rec *recorder) code() int {
	if rec.status == 0 {
		return http.StatusOK
	}
	return rec.status
}

// NotFound answers a path that is none.
func NotFound(w http.ResponseWriter, r *http.Request) {
	reply.Error(w, r, errs.New(errs.NotFound, "ROUTE_NOT_FOUND", "there is no such route"))
}
