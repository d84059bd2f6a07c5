// Package standin answers for the places outside that evidence comes from: one
// HTTP server on loopback with the wire formats of all of them, which counts its
// calls and can be told to be slow, to hang or to talk nonsense. Its answers are
// made up; their shapes are those of the real ones.
package standin

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Names are the places that a Server stands in for, as connectors are called.
var Names = []string{
	"arxiv", "brave", "crossref", "openalex", "perplexity", "pubmed", "searxng", "semanticscholar", "tavily", "wikipedia",
}

// Behaviour is how a place answers.
type Behaviour struct {
	// Delay is the time before each answer.
	Delay time.Duration
	// Hangs says that no answer comes while the caller waits.
	Hangs bool
	// Nonsense says that the answer is a page of HTML with status 200.
	Nonsense bool
	// Status, if not 0, is the status of every answer.
	Status int
}

// Server stands in for all places.
type Server struct {
	server *httptest.Server

	mu        sync.Mutex
	behaviour map[string]Behaviour
	calls     map[string][]time.Time
	replies   map[string]string // that tests gave, by place
}

// New starts a server, which ends with the test.
func New(t testing.TB, behaviour map[string]Behaviour) *Server {
	t.Helper()
	s := &Server{behaviour: behaviour, calls: map[string][]time.Time{}, replies: map[string]string{}}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	return s
}

// URL is the base address of a place.
func (s *Server) URL(name string) string { return s.server.URL + "/" + name }

// Calls returns when a place was called, in order.
func (s *Server) Calls(name string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.calls[name]...)
}

// Behave changes how a place answers from now on.
func (s *Server) Behave(name string, b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour[name] = b
}

// Reply makes a place answer with a text of the test's own from now on.
func (s *Server) Reply(name, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replies[name] = text
}

// reply is what a place answers.
func (s *Server) reply(name string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if own, ok := s.replies[name]; ok {
		return own, true
	}
	text, ok := replies[name]
	return text, ok
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if name == "pages" {
		s.page(w, rest)
		return
	}
	s.mu.Lock()
	s.calls[name] = append(s.calls[name], time.Now())
	b := s.behaviour[name]
	s.mu.Unlock()

	wait := time.After(b.Delay)
	if b.Hangs {
		wait = nil
	}
	select {
	case <-wait:
	case <-r.Context().Done():
		return
	}
	switch {
	case b.Status != 0:
		w.WriteHeader(b.Status)
	case b.Nonsense:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>It works!</body></html>"))
	default:
		s.answer(w, name, rest)
	}
}

// answer writes what a place has to say.
func (s *Server) answer(w http.ResponseWriter, name, path string) {
	reply, ok := s.reply(name)
	if name == "pubmed" && strings.HasSuffix(path, "efetch.fcgi") {
		reply = pubmedArticles
	}
	if !ok {
		http.NotFound(w, nil)
		return
	}
	kind := "application/json"
	if strings.HasPrefix(reply, "<?xml") {
		kind = "text/xml; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write([]byte(strings.ReplaceAll(reply, "{pages}", s.server.URL+"/pages")))
}

// page writes a page of the web.
func (s *Server) page(w http.ResponseWriter, name string) {
	text, ok := pages[name]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<html lang=en><head><title>%s</title></head><body><article><h1>%s</h1>%s</article></body></html>", name, name, text)
}
