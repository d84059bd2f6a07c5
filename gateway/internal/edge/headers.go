package edge

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/origin"
)

// Metadata returns what of a request's headers goes on to the services: who
// calls, in which workspace, from where and with what. All else stays at the edge.
// The id of the request travels in the context, see package telemetry.
func Metadata(r *http.Request) metadata.MD {
	md := metadata.MD{}
	for _, name := range []string{"Authorization", "X-Workspace-Id"} {
		if value := r.Header.Get(name); value != "" && printable(value) {
			md.Set(strings.ToLower(name), value)
		}
	}
	if address := Address(r.Context()); address != "" {
		md.Set(origin.ForwardedFor, address)
		if agent := r.UserAgent(); printable(agent) {
			md.Set(origin.ForwardedUserAgent, agent)
		}
	}
	return md
}

// Outgoing returns the request's context for calls to the services.
func Outgoing(r *http.Request) context.Context {
	return metadata.NewOutgoingContext(r.Context(), Metadata(r))
}

// printable reports whether gRPC takes the value: printable ASCII.
func printable(value string) bool {
	for _, c := range []byte(value) {
		if c < 0x20 || c > 0x7e {
			return false
		}
	}
	return true
}

// secured sets the headers that keep a browser from doing harm with an answer.
// A route that serves a page replaces the policy by its own.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if r.TLS != nil || forwardedTLS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// forwardedTLS reports whether the client came to the proxy over TLS. A client
// that lies about it only binds itself.
func forwardedTLS(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// cors lets the pages of the allowed origins call the API. There are no
// cookies, so no credentials are allowed; a token is a header like any other.
func cors(next http.Handler, origins []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if origin == "" || !OriginAllowed(origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Content-Disposition, ETag, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, "+
			"Mcp-Method, Mcp-Name, Mcp-Protocol-Version, X-Request-Id, X-Workspace-Id")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
	})
}

// OriginAllowed reports whether pages of the origin may call.
func OriginAllowed(origins []string, origin string) bool {
	return slices.Contains(origins, "*") || slices.ContainsFunc(origins, func(o string) bool {
		return strings.EqualFold(o, origin)
	})
}
