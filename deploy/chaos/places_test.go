package chaos

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// topics are what the pages of the made-up web speak of, a page each.
var topics = []struct{ name, text string }{
	{"chamber", "The lock at Aral has a chamber of 190 metres. The chamber of the lock was built of concrete between two walls of steel. Ships of up to 11 metres in width fit into the chamber of the lock at Aral."},
	{"gates", "The gates of the lock at Aral are closed by the weight of the water. Each gate of the lock weighs 42 tonnes and turns on a pivot of bronze. The gates of the Aral lock were replaced once, after ice had bent them."},
	{"filling", "The lock at Aral is filled through culverts in its walls. Filling the chamber of the lock takes eleven minutes when the river is high. The valves of the culverts are driven by oil under pressure."},
	{"builders", "The lock at Aral was built by three hundred workers. The builders of the lock moved the river into a canal beside the site. Building the lock at Aral took four years because of two floods."},
	{"traffic", "About forty ships pass the lock at Aral on a day. Barges with grain are the most frequent ships in the lock. At night the lock at Aral is worked from a control room in the town."},
	{"repair", "The lock at Aral is drained for repair each tenth winter. Divers look at the gates of the lock every spring. Cracks in the walls of the lock at Aral are filled with resin."},
}

// places are the made-up web: a SearXNG that finds every page, and the pages, each on
// an address of its own, as different hosts have.
type places struct {
	search string // base address of the SearXNG
	hold   *hold

	mu    sync.Mutex
	pages []string
	asked map[string]int // requests by path
}

// newPlaces serves the web until the test ends.
func newPlaces(t testing.TB, outside latencies) *places {
	t.Helper()
	p := &places{asked: map[string]int{}, hold: &hold{}}
	serve := func(host string) string {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", host+":0")
		require.NoError(t, err)
		server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, takes := strings.Trim(r.URL.Path, "/"), outside.page
			if name == "search" {
				takes = outside.search
			}
			p.hold.pass(r.Context(), name, takes)
			p.serve(w, r)
		})}
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close() })
		return "http://" + listener.Addr().String()
	}
	p.search = serve("127.0.0.1")
	for i := range topics {
		p.pages = append(p.pages, serve(fmt.Sprintf("127.0.0.%d", i+2)))
	}
	return p
}

func (p *places) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked[r.URL.Path]++
	p.mu.Unlock()
	switch name := strings.Trim(r.URL.Path, "/"); name {
	case "search":
		p.answer(w, r.URL.Query().Get("q"))
	case "robots.txt":
		http.NotFound(w, r)
	default:
		for _, topic := range topics {
			if topic.name == name {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprintf(w, "<html lang=en><head><title>The %s</title></head><body><article><h1>The %s</h1><p>%s</p></article></body></html>", name, name, topic.text)
				return
			}
		}
		http.NotFound(w, r)
	}
}

// answer is SearXNG's: the pages, the even ones to every query, the odd ones to those
// that ask further.
func (p *places) answer(w http.ResponseWriter, query string) {
	type result struct {
		URL     string  `json:"url"`
		Title   string  `json:"title"`
		Content string  `json:"content"`
		Score   float64 `json:"score"`
	}
	reply := struct {
		Query   string   `json:"query"`
		Results []result `json:"results"`
	}{Query: query}
	for i, topic := range topics {
		if i%2 == 1 && !strings.Contains(query, further) {
			continue
		}
		reply.Results = append(reply.Results, result{
			URL: p.pages[i] + "/" + topic.name, Title: "The " + topic.name, Content: topic.text[:60], Score: float64(len(topics) - i),
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(reply)
}
