package injection

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/services/analysis/analysistest"
)

// resolver takes the place of the process' own and answers nothing, so that a test can
// say that no name was looked up: of all that is asked here the address is known.
type resolver struct {
	mu    sync.Mutex
	times int
}

func (r *resolver) dial(context.Context, string, string) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times++
	return nil, errors.New("names are not looked up here")
}

// asked is how often a name was looked up.
func (r *resolver) asked() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.times
}

// names is asked for all names that this process looks up.
var names = &resolver{}

func TestMain(m *testing.M) {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: names.dial}
	pgtest.Main(m)
}

// world is a fleet with what stands outside of it.
type world struct {
	web   *web
	model *llmtest.Server
	base  string // address of the REST API

	mu   sync.Mutex
	said []string // what the model's server was asked for, as method and path
}

// newWorld starts it all: a fleet whose model obeys whatever it reads.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{web: newWeb(t), model: llmtest.New(t, analysistest.Obedient)}
	own := map[string]string{
		"STATE_DIR": t.TempDir(), "DATABASE_URL": pgtest.NewEmpty(t), "REDIS_URL": redistest.URL(t), "SECRET_KEY": rand.Text() + rand.Text(),
		"CONNECTORS": "documents,urls,searxng", "SEARXNG_URL": w.web.search, "EGRESS_TRUSTED": "127.0.0.0/8",
		"OPENAI_BASE_URL": w.front(t) + "/v1", "OPENAI_API_KEY": "key-of-the-fleet", "OPENAI_MODEL": "scripted",
		"MODEL_PRICES": "openai/scripted=0", "OPENAI_REQUESTS_PER_MINUTE": "0", "OPENAI_TOKENS_PER_MINUTE": "0", "LOG_LEVEL": "WARN",
	}
	cfg, err := fleet.ConfigFromEnv(func(name string) string { return own[name] })
	require.NoError(t, err)
	cfg.UseFreePorts()
	f, err := fleet.Open(t.Context(), cfg, nil)
	require.NoError(t, err)
	// The test's context ends before the cleanups run, and with it the fleet.
	ended := make(chan error, 1)
	go func() { ended <- f.Run(t.Context()) }()
	t.Cleanup(func() {
		require.NoError(t, <-ended)
		require.NoError(t, f.Close())
	})
	w.base = f.URL()
	return w
}

// front stands before the model's server and writes down what it is asked for. It takes
// the limit of the answers away: an obedient model writes more than any limit, and what
// it wrote last would not be seen.
func (w *world) front(t *testing.T) string {
	t.Helper()
	to, err := url.Parse(w.model.Perplexity()) // its root
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	return listen(t, "127.0.0.1", func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.said = append(w.said, r.Method+" "+r.URL.RequestURI())
		w.mu.Unlock()
		var asked map[string]json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		delete(asked, "max_tokens")
		delete(asked, "max_completion_tokens")
		body, err := json.Marshal(asked)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		proxy.ServeHTTP(rw, r)
	})
}

// asked is what the model's server was asked for.
func (w *world) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.said...)
}
