package gateway

import (
	"net/http"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/gateway/asyncapi"
	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/gateway/internal/mcp"
	"github.com/researcherpro/researcherpro/gateway/internal/transfer"
	"github.com/researcherpro/researcherpro/gateway/openapi"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// maxBody is the largest JSON body, in bytes: above the largest text that a
	// field takes, so that a text that is too long is refused by its own name.
	maxBody = 12 << 20
	// requestTimeout is how long a request may take that is no stream.
	requestTimeout = 30 * time.Second
	// answerTimeout is how long an answer may take that a model writes.
	answerTimeout = 5 * time.Minute
)

// routes puts the hand-written routes, which stream, before the generated ones.
func (g *Gateway) routes(name string, opts edge.Options, api http.Handler, timeout time.Duration) (http.Handler, error) {
	answered := edge.Bounded(api, maxBody, max(timeout, answerTimeout))
	api = edge.Bounded(api, maxBody, timeout)
	documents := researchv1.NewDocumentServiceClient(g.conns.Research)
	research := researchv1.NewResearchServiceClient(g.conns.Research)
	reports := reportv1.NewReportServiceClient(g.conns.Report)
	document, err := openapi.Document(name, opts.Prefix)
	if err != nil {
		return nil, err
	}

	protocol, err := asyncapi.Document(name, opts.Prefix)
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("POST /api/v1/documents", either(transfer.IsMultipart, g.limited(limit.Upload, transfer.Uploads{Documents: documents}), api))
	mux.Handle("GET /api/v1/documents/{id}/content", g.limited(limit.Download, transfer.DocumentContents(documents)))
	mux.Handle("GET /api/v1/sources/{id}/content", g.limited(limit.Download, transfer.Contents(research)))
	mux.Handle("GET /api/v1/reports/{id}/export", g.limited(limit.Download, transfer.Exports(reports)))
	mux.Handle("GET /api/v1/shared/{token}", g.guard.Wrap(limit.Route{Class: limit.Download, Public: true}, transfer.Shared(reportv1.NewShareServiceClient(g.conns.Report))))
	mux.Handle("GET /api/v1/analysis/{id}/events", either(live.WantsEvents, live.FromQuery(g.limited(limit.Stream, http.HandlerFunc(g.live.Events))), api))
	mux.Handle("GET /api/v1/ws/{clientId}", live.FromSocket(g.limited(limit.Stream, http.HandlerFunc(g.live.Socket))))
	mux.Handle("POST /api/v1/analysis/{call}", either(isAsk, either(live.WantsEvents, g.limited(limit.Ask, edge.Bounded(http.HandlerFunc(g.ask), maxBody, answerTimeout)), answered), api))
	mux.Handle("POST /api/v1/texts:analyze", either(live.WantsEvents, g.limited(limit.Ask, edge.Bounded(http.HandlerFunc(g.live.Analyze), maxBody, answerTimeout)), answered))

	mux.Handle("/mcp", edge.Bounded(g.mcp, mcp.MaxBody, answerTimeout)) // limits itself, by tool

	mux.Handle("GET /openapi.json", edge.Bounded(document, 0, timeout))
	mux.Handle("GET /asyncapi.json", edge.Bounded(protocol, 0, timeout))
	mux.Handle("GET /docs/", edge.Bounded(openapi.Page(name), 0, timeout))
	mux.Handle("GET /docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently))
	mux.Handle("GET /{$}", http.RedirectHandler("/docs/", http.StatusFound))

	compressed, err := edge.Compressed(mux)
	if err != nil {
		return nil, err
	}
	return edge.Wrap(edge.PlainBodies(compressed), opts), nil
}

// limited limits a handler for those who show a token. Routes of the API limit
// themselves, see build.
func (g *Gateway) limited(class limit.Class, next http.Handler) http.Handler {
	return g.guard.Wrap(limit.Route{Class: class}, next)
}

// askVerb is the end of the path of a question; a pattern cannot hold it.
const askVerb = ":ask"

// isAsk reports whether a request asks a question about an analysis.
func isAsk(r *http.Request) bool { return strings.HasSuffix(r.PathValue("call"), askVerb) }

// ask streams the answer to a question about an analysis.
func (g *Gateway) ask(w http.ResponseWriter, r *http.Request) {
	g.live.Ask(w, r, strings.TrimSuffix(r.PathValue("call"), askVerb))
}

// either serves a request with first when it is of its kind, else with second.
func either(isFirst func(*http.Request) bool, first, second http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isFirst(r) {
			first.ServeHTTP(w, r)
			return
		}
		second.ServeHTTP(w, r)
	})
}
