package openapi

import (
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/swaggest/swgui/v5emb"
)

// pagePolicy lets the page load its own files and call its own API, nothing
// else. Styles must be allowed inline because Swagger UI writes them so.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed page.html
var pageSource string

//go:embed page.js
var pageScript []byte

// Page serves Swagger UI for the document at /openapi.json. It is to be mounted
// at /docs/.
func Page(name string) http.Handler {
	page := template.Must(template.New("page").Parse(pageSource))
	// Only the assets are the library's: its own page has scripts inline, for
	// which the policy would have to allow any.
	assets := v5emb.NewHandler(name, "/openapi.json", "/docs/")
	mux := http.NewServeMux()
	mux.Handle("/docs/", assets)
	mux.HandleFunc("/docs/page.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(pageScript) // the browser went away
	})
	mux.HandleFunc("/docs/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, name); err != nil {
			slog.DebugContext(r.Context(), "client went away", "error", err)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", pagePolicy)
		w.Header().Set("Cache-Control", "no-cache")
		mux.ServeHTTP(w, r)
	})
}
