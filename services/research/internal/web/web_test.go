package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// decided are the settings of every workspace.
type decided struct {
	settings settings.Settings
	err      error
}

func (d decided) Of(context.Context, string, string) (settings.Settings, error) {
	return d.settings, d.err
}

// anyTime lets every request go at once.
type anyTime struct{}

func (anyTime) Acquire(context.Context, string) (func(fetch.Told), error) {
	return func(fetch.Told) {}, nil
}

// desk reads for a workspace what a server answers.
type desk struct {
	*web.Reader

	workspace string
	url       string
}

func newDesk(t *testing.T, d decided, handler http.HandlerFunc) desk {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	bytes, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = bytes.Close() })
	rows := store.New(pgtest.New(t, migrations.FS))
	fetcher := fetch.New(fetch.Config{Limiter: anyTime{}, Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(fetcher.Close)
	return desk{Reader: web.New(fetcher, d, rows, blobs.New(bytes, rows)), workspace: uuid.NewString(), url: server.URL}
}

func (d desk) read(t *testing.T, workspace, path string) (web.Page, error) {
	t.Helper()
	return d.Read(t.Context(), web.Request{WorkspaceID: workspace, URL: d.url + path})
}

// page serves a page that carries a number, and counts how often it did.
func page(served *atomic.Int32, header map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		for name, value := range header {
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", "text/plain")
		if tag := header["ETag"]; tag != "" && r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte("page " + strconv.Itoa(int(served.Add(1)))))
	}
}

func TestRead_AsksAgainOnlyForWhatMayHaveChanged(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header map[string]string
		second string
	}{
		"fresh":                {map[string]string{"Cache-Control": "max-age=600"}, "page 1"},
		"stale and not new":    {map[string]string{"Cache-Control": "no-cache", "ETag": `"1"`}, "page 1"},
		"stale":                {map[string]string{"Cache-Control": "no-cache"}, "page 2"},
		"never to be kept":     {map[string]string{"Cache-Control": "no-store", "ETag": `"1"`}, "page 2"},
		"fresh, but no-store":  {map[string]string{"Cache-Control": "max-age=600, no-store"}, "page 2"},
		"of the past already":  {map[string]string{"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, "page 2"},
		"says nothing of time": {nil, "page 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var served atomic.Int32
			d := newDesk(t, decided{}, page(&served, tc.header))
			first, err := d.read(t, d.workspace, "/a")
			require.NoError(t, err)
			require.Equal(t, "page 1", string(first.Body))
			again, err := d.read(t, d.workspace, "/a#part")
			require.NoError(t, err)
			require.Equal(t, tc.second, string(again.Body))
			require.NotEmpty(t, again.RawSHA256)
			require.EqualValues(t, http.StatusOK, again.Status)
			require.Equal(t, "text/plain", again.MediaType)
		})
	}
}

func TestRead_KeepsWorkspacesApart(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	d := newDesk(t, decided{}, page(&served, map[string]string{"Cache-Control": "max-age=600"}))
	for want, workspace := range []string{uuid.NewString(), uuid.NewString()} {
		got, err := d.read(t, workspace, "/a")
		require.NoError(t, err)
		require.Equal(t, "page "+strconv.Itoa(want+1), string(got.Body), "another workspace's copy would tell what it reads")
	}
}

func TestRead_OnlyHostsThatTheWorkspaceAllows(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	d := newDesk(t, decided{settings: settings.Settings{EgressAllow: []string{"example.org"}}}, page(&served, nil))
	_, err := d.read(t, d.workspace, "/a")
	var own *web.Error
	require.ErrorAs(t, err, &own)
	require.Equal(t, fetch.NotAllowed, own.Reason)
	require.Zero(t, served.Load())
}

func TestRead_NothingWhileTheSettingsAreUnknown(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	d := newDesk(t, decided{err: errs.Unavailable}, page(&served, nil))
	_, err := d.read(t, d.workspace, "/a")
	require.ErrorIs(t, err, errs.Unavailable)
	require.Zero(t, served.Load(), "without the list of hosts it might be one that is forbidden")
}

func TestFileName(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://example.org/papers/One%20Paper.pdf?x=1": "One%20Paper.pdf",
		"https://example.org/":                           "example.org",
		"https://example.org/a/":                         "a",
	} {
		require.Equal(t, want, web.Page{Page: store.Page{FinalURL: address}}.FileName())
	}
}
