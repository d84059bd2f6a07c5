package failing

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/programtest"
)

// reads are routes of each service that need no other service.
func reads() map[string][]call {
	get := func(path string) call { return call{http.MethodGet, path, ""} }
	return map[string][]call{
		"auth":     {get("/api/v1/auth/me"), get("/api/v1/workspaces")},
		"research": {get("/api/v1/documents"), get("/api/v1/connectors")},
		"analysis": {get("/api/v1/analysis"), get("/api/v1/usage")},
		"report":   {get("/api/v1/reports"), get("/api/v1/templates")},
	}
}

// TestOneServiceDown kills each service in turn. Only its routes fail, by its name.
func TestOneServiceDown(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	w := newWorld(t)
	for _, routes := range reads() {
		for _, c := range routes {
			require.Equal(t, http.StatusOK, w.do(t, c).status, c.path)
		}
	}
	for _, gone := range programtest.Services {
		w.Processes[gone].Kill(t)
		for service, routes := range reads() {
			for range 8 { // more than once: before and after it is given up
				for _, c := range routes {
					r := w.do(t, c)
					if service != gone {
						require.Equal(t, http.StatusOK, r.status, "%s without %s: %s", c.path, gone, r.body)
						continue
					}
					require.Equal(t, http.StatusServiceUnavailable, r.status, "%s: %s", c.path, r.body)
					require.Equal(t, gone, r.service, r.body)
					require.Equal(t, "SERVICE_UNAVAILABLE", r.reason)
					require.NotEmpty(t, r.header.Get("Retry-After"))
					require.Contains(t, r.body, "the "+gone+" service is not available, try again")
				}
			}
		}
		up := w.Launch(t, gone)
		w.Processes[gone].Await(t, "ready", up)
		w.back(t, reads()[gone][0])
	}
}

// internal are words that tell of what is inside.
func internal() []string {
	return []string{
		"pgx", "sql", "postgres", "redis", "dial tcp", "connection refused", "broken pipe", "no such file", "127.0.0.1", "localhost",
		"goroutine", ".go:", "/tmp", "grpc", "rpc error", "context deadline", "transport", "blob", "tls:", "eof", "panic", "fatal:",
		"analysis.analyses", "research.documents", "relation ",
	}
}

// classes is a good request of each class of routes.
func (w *world) classes() map[string]call {
	return map[string]call{
		"read auth": {http.MethodGet, "/api/v1/auth/me", ""}, "read research": {http.MethodGet, "/api/v1/documents", ""},
		"read analysis": {http.MethodGet, "/api/v1/analysis", ""}, "read report": {http.MethodGet, "/api/v1/reports", ""},
		"write":  {http.MethodPost, "/api/v1/workspaces", `{"displayName":"W"}`},
		"start":  {http.MethodPost, "/api/v1/analysis/start", `{"question":"Why do tides rise?","dryRun":true}`},
		"search": {http.MethodGet, "/api/v1/documents:search?query=tides", ""},
		"upload": {http.MethodPost, "/api/v1/documents", `{"title":"t","text":"Another text."}`},
		"auth":   {http.MethodPost, "/api/v1/auth/login", `{"email":"` + email + `","password":"` + password + `"}`},
		"ask":    {http.MethodPost, "/api/v1/texts:analyze", `{"text":"Tides rise.","question":"What rises?"}`},
		"file":   {http.MethodGet, "/api/v1/documents/" + w.document + "/content?raw=true", ""},
	}
}

// TestNothingInternal takes each dependency away in turn and makes a good request of
// each class.
func TestNothingInternal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs five programs")
	}
	w := newWorld(t)
	type loss struct {
		take, give func(t *testing.T)
		fails      bool // some requests must fail
	}
	losses := map[string]loss{
		"Redis":          {func(*testing.T) { w.redis.Stop() }, func(t *testing.T) { t.Helper(); w.redis.Start(t) }, false},
		"the blob store": {w.loseBlobs, w.findBlobs, true},
	}
	for _, service := range programtest.Services {
		losses["the database of "+service] = loss{
			func(t *testing.T) { t.Helper(); w.login(t, service, "NOLOGIN") },
			func(t *testing.T) { t.Helper(); w.login(t, service, "LOGIN") }, true,
		}
		var nonsense net.Listener
		losses["the sense of "+service] = loss{
			func(t *testing.T) { t.Helper(); nonsense = w.babble(t, service) },
			func(t *testing.T) {
				t.Helper()
				require.NoError(t, nonsense.Close())
				up := w.Launch(t, service)
				w.Processes[service].Await(t, "ready", up)
			}, true,
		}
	}
	for name, lost := range losses {
		t.Log("without " + name)
		lost.take(t)
		failed := 0
		for class, c := range w.classes() {
			r := w.do(t, c)
			if r.status < 500 {
				continue
			}
			failed++
			for _, word := range internal() {
				require.NotContains(t, strings.ToLower(r.body), word, "%s without %s", class, name)
			}
		}
		require.Equal(t, lost.fails, failed > 0, "without %s: %d requests failed", name, failed)
		lost.give(t)
		for _, c := range w.classes() {
			if c.method == http.MethodGet {
				w.back(t, c)
			}
		}
	}
}

// login lets a service into its database or not.
func (w *world) login(t *testing.T, service, may string) {
	t.Helper()
	own, err := url.Parse(w.Database[service])
	require.NoError(t, err)
	_, err = w.admin.Exec(t.Context(), `ALTER ROLE "`+own.User.Username()+`" `+may)
	require.NoError(t, err)
	_, err = w.admin.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", own.User.Username())
	require.NoError(t, err)
}

// loseBlobs puts a file in the place of the folder: root may write in any folder.
func (w *world) loseBlobs(t *testing.T) {
	t.Helper()
	require.NoError(t, os.Rename(w.blobs, w.blobs+".away"))
	require.NoError(t, os.WriteFile(w.blobs, nil, 0o600))
}

func (w *world) findBlobs(t *testing.T) {
	t.Helper()
	require.NoError(t, os.Remove(w.blobs))
	require.NoError(t, os.Rename(w.blobs+".away", w.blobs))
}

// babble kills a service and answers nonsense at its address.
func (w *world) babble(t *testing.T, service string) net.Listener {
	t.Helper()
	w.Processes[service].Kill(t)
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", w.Addrs[strings.ToUpper(service)+"_ADDR"])
	require.NoError(t, err)
	t.Cleanup(func() { _ = lis.Close() })
	go func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 500 goroutine 7 [running]: dial tcp 127.0.0.1:5432\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	return lis
}
