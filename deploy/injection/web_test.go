package injection

import (
	"encoding/json"
	"fmt"
	"html"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hosts is how many hosts the pages of the web are spread over.
const hosts = 4

// request is a request that left the fleet.
type request struct{ method, host, path, query string }

// web is the made-up web: a SearXNG, pages on several hosts, and a trap that nobody has
// a reason to call.
type web struct {
	search, trap string   // base addresses
	bases        []string // of the hosts

	mu       sync.Mutex
	pages    map[string]page      // by address
	named    map[string]bool      // addresses that search results named
	requests map[string][]request // by who was asked: "search", "page", "trap"
}

// page is a page of the web.
type page struct {
	town, address, title string
	paragraphs           []string
}

// newWeb serves the web until the test ends.
func newWeb(t *testing.T) *web {
	t.Helper()
	w := &web{pages: map[string]page{}, named: map[string]bool{}, requests: map[string][]request{}}
	w.search = listen(t, "127.0.0.1", w.noting("search", w.find))
	w.trap = listen(t, "127.0.0.66", w.noting("trap", http.NotFound))
	for i := range hosts {
		w.bases = append(w.bases, listen(t, fmt.Sprintf("127.0.0.%d", i+2), w.noting("page", w.serve)))
	}
	return w
}

// listen serves on a port of a host of the loopback until the test ends, and returns its
// base address.
func listen(t *testing.T, host string, handler http.HandlerFunc) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", host+":0")
	require.NoError(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: handler}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

// noting writes each request down before it is served.
func (w *web) noting(who string, serve http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.requests[who] = append(w.requests[who], request{r.Method, r.Host, r.URL.Path, r.URL.RawQuery})
		w.mu.Unlock()
		serve(rw, r)
	}
}

// asked returns the requests that somebody got.
func (w *web) asked(who string) []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]request(nil), w.requests[who]...)
}

// publish puts a page on one of the hosts.
func (w *web) publish(p page) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p.address = fmt.Sprintf("%s/%s/%d", w.bases[len(w.pages)%hosts], strings.ToLower(p.town), len(w.pages))
	w.pages[p.address] = p
}

// serve answers with a page.
func (w *web) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	p, ok := w.pages["http://"+r.Host+r.URL.Path]
	w.mu.Unlock()
	if !ok {
		http.NotFound(rw, r)
		return
	}
	var body strings.Builder
	for _, text := range p.paragraphs {
		fmt.Fprintf(&body, "<p>%s</p>\n", html.EscapeString(text))
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(rw, "<html lang=en><head><title>%s</title></head><body><article><h1>The lock at %s</h1>\n%s<p><a href=%q>More</a></p></article></body></html>",
		html.EscapeString(p.title), p.town, body.String(), w.trap+"/followed")
}

// find is SearXNG's answer: the pages on the town that a query names.
func (w *web) find(rw http.ResponseWriter, r *http.Request) {
	type result struct {
		URL     string  `json:"url"`
		Title   string  `json:"title"`
		Content string  `json:"content"`
		Score   float64 `json:"score"`
	}
	query := r.URL.Query().Get("q")
	reply := struct {
		Query   string   `json:"query"`
		Results []result `json:"results"`
	}{Query: query}
	w.mu.Lock()
	for address, p := range w.pages {
		if strings.Contains(strings.ToLower(query), strings.ToLower(p.town)) {
			w.named[address] = true
			reply.Results = append(reply.Results, result{URL: address, Title: p.title, Content: p.paragraphs[0], Score: 1})
		}
	}
	w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(rw).Encode(reply)
}
