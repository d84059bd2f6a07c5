// Package outsidetest lets connectors be tested against servers of a test's own, and
// against what real APIs have answered.
package outsidetest

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

// patience is how long a server of a test may take.
const patience = 5 * time.Second

// Serve starts a server and returns its address, and what asks it: the real thing,
// without limits for the provider.
func Serve(t testing.TB, provider string, handle http.HandlerFunc) (baseURL string, doer connector.Doer) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	redis, err := redisx.Open(t.Context(), redistest.URL(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = redis.Close() })
	client, err := outside.New(t.Context(), outside.Config{
		Governor: governor.New(redis, governor.Config{}), Contact: "tests@example.org",
		Timeout: patience, Limits: map[string]governor.Limit{provider: {}},
	})
	require.NoError(t, err)
	return server.URL, client
}

// Recording is what an API once answered.
type Recording struct {
	// Name is the file that it comes from.
	Name, Method, Path string
	Status             int
	Header             http.Header
	Body               []byte
}

// ServeHTTP answers with the recording.
func (r Recording) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(r.Body)
}

// recorded is the folder of the recordings. The test is skipped where they are not.
func recorded(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		// From the folder of the test's package: up to the module, then to the project.
		wd, err := os.Getwd()
		require.NoError(t, err)
		for filepath.Base(wd) != "services" && filepath.Dir(wd) != wd {
			wd = filepath.Dir(wd)
		}
		dir = filepath.Join(wd, "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "api-recordings")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return dir
}

// Files returns the files that match a pattern below the recordings, as answers with
// status 200.
func Files(t testing.TB, pattern string) []Recording {
	t.Helper()
	dir := recorded(t)
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	var all []Recording
	for _, name := range names {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		relative, err := filepath.Rel(dir, name)
		require.NoError(t, err)
		all = append(all, Recording{Name: relative, Status: http.StatusOK, Body: body})
	}
	return all
}

// Cassettes returns the answers of a host out of interactions.jsonl.gz.
func Cassettes(t testing.TB, host string) []Recording {
	t.Helper()
	file, err := os.Open(filepath.Join(recorded(t), "interactions.jsonl.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	var all []Recording
	for lines := bufio.NewReader(unpacked); ; {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if r, from := decode(t, line); from == host {
				all = append(all, r)
			}
		}
		if err == io.EOF {
			require.NotEmpty(t, all)
			return all
		}
		require.NoError(t, err)
	}
}

// decode reads one line. A body is a string, or what was JSON.
func decode(t testing.TB, line []byte) (r Recording, host string) {
	t.Helper()
	var raw struct {
		File, Method, URL string
		Status            int
		Headers           map[string]any
		Body              json.RawMessage
	}
	require.NoError(t, json.Unmarshal(line, &raw))
	address, err := url.Parse(raw.URL)
	require.NoError(t, err)
	r = Recording{Name: raw.File, Method: raw.Method, Path: address.Path, Status: raw.Status, Header: http.Header{}, Body: raw.Body}
	var text string
	if json.Unmarshal(raw.Body, &text) == nil {
		r.Body = []byte(text)
	}
	for name, value := range raw.Headers {
		if text, ok := value.(string); ok {
			r.Header.Set(name, text)
		}
	}
	return r, address.Host
}
