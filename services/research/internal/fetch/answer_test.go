package fetch_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

func TestFetch_Conditional(t *testing.T) {
	t.Parallel()
	const modified = "Mon, 02 Jan 2023 15:04:05 GMT"
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/moved":
			if r.Header.Get("If-None-Match")+r.Header.Get("If-Modified-Since") != "" {
				w.WriteHeader(http.StatusNotModified) // a server that does not care what it is asked about
				return
			}
			http.Redirect(w, r, "/page", http.StatusFound)
		case r.Header.Get("If-None-Match") == `"v1"` || r.Header.Get("If-Modified-Since") == modified:
			w.Header().Set("ETag", `"v1"`)
			w.Header().Set("Cache-Control", "max-age=5")
			w.WriteHeader(http.StatusNotModified)
		case r.URL.Path == "/always304":
			w.WriteHeader(http.StatusNotModified)
		default:
			fmt.Fprint(w, "new")
		}
	})
	f := reader(t, fetch.Limits{})
	tests := map[string]struct {
		path        string
		conditional fetch.Conditional
		notModified bool
		body        string
	}{
		"by tag":                       {"/page", fetch.Conditional{ETag: `"v1"`}, true, ""},
		"by date":                      {"/page", fetch.Conditional{LastModified: modified}, true, ""},
		"another tag":                  {"/page", fetch.Conditional{ETag: `"v0"`}, false, "new"},
		"a tag is better than a date":  {"/page", fetch.Conditional{ETag: `"v0"`, LastModified: modified}, false, "new"},
		"unconditional":                {"/page", fetch.Conditional{}, false, "new"},
		"of where it leads":            {"/moved", fetch.Conditional{URL: s.URL + "/page", ETag: `"v1"`}, true, ""},
		"of where it no longer leads":  {"/moved", fetch.Conditional{URL: s.URL + "/other", ETag: `"v1"`}, false, "new"},
		"not asked where it was found": {"/page", fetch.Conditional{URL: s.URL + "/other", ETag: `"v1"`}, false, "new"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := f.Fetch(t.Context(), fetch.Request{URL: s.URL + tc.path, Conditional: tc.conditional})
			require.NoError(t, err)
			require.Equal(t, tc.notModified, page.NotModified)
			require.Equal(t, tc.body, string(page.Body))
			require.Equal(t, s.URL+"/page", page.FinalURL)
		})
	}
	page, err := f.Fetch(t.Context(), fetch.Request{URL: s.URL + "/page", Conditional: fetch.Conditional{ETag: `"v1"`, LastModified: modified}})
	require.NoError(t, err)
	require.Equal(t, []string{`"v1"`, modified}, []string{page.ETag, page.LastModified}, "what the server leaves out is still known")
	require.WithinDuration(t, page.FetchTime.Add(5*time.Second), page.FreshUntil, 2*time.Second)
	_, err = get(t, f, s.URL+"/always304")
	require.Equal(t, 304, refused(t, err, fetch.Status).Status, "nobody asked whether it was modified")
}

func TestFetch_Status(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var code int
		_, err := fmt.Sscanf(r.URL.Path, "/%d", &code)
		if err != nil {
			panic(err)
		}
		if r.URL.RawQuery != "" {
			w.Header().Set("Retry-After", r.URL.RawQuery)
		}
		w.WriteHeader(code)
	})
	f := reader(t, fetch.Limits{})
	tests := map[string]struct {
		reason    fetch.Reason
		status    int
		temporary bool
		after     time.Duration
	}{
		"/404":         {fetch.Status, 404, false, 0},
		"/403":         {fetch.Status, 403, false, 0},
		"/451":         {fetch.Status, 451, false, 0},
		"/418":         {fetch.Status, 418, false, 0},
		"/408":         {fetch.Status, 408, true, 0},
		"/500":         {fetch.Status, 500, true, 0},
		"/501":         {fetch.Status, 501, false, 0},
		"/503":         {fetch.Status, 503, true, 0},
		"/503?7":       {fetch.Limited, 503, true, 7 * time.Second},
		"/429":         {fetch.Limited, 429, true, 0},
		"/429?120":     {fetch.Limited, 429, true, 2 * time.Minute},
		"/429?9999999": {fetch.Limited, 429, true, 24 * time.Hour},
	}
	for path, tc := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			_, err := get(t, f, s.URL+path)
			own := refused(t, err, tc.reason)
			require.Equal(t, tc.status, own.Status)
			require.Equal(t, tc.temporary, own.Temporary())
			require.Equal(t, tc.after, own.RetryAfter)
		})
	}
}

func TestFetch_Types(t *testing.T) {
	t.Parallel()
	bodies := map[string]struct{ declared, body string }{
		"/page":        {"text/html", "<p>x"},
		"/unknown":     {"application/octet-stream", "just text"},
		"/nothing":     {"", "just text"},
		"/pdf":         {"application/pdf", "%PDF-1.7"},
		"/zip":         {"image-ish/zip", "PK\x03\x04"},
		"/mzungu":      {"text/plain", "MZungu means wanderer."},
		"/!picture":    {"image/png", ""},
		"/!svg":        {"image/svg+xml", "<svg>"},
		"/!film":       {"video/mp4; codecs=x", ""},
		"/!font":       {"font/woff2", ""},
		"/!wasm":       {"application/wasm", ""},
		"/!real png":   {"text/html", "\x89PNG\x0d\x0a\x1a\x0a"},
		"/!real mp3":   {"application/octet-stream", "ID3\x03"},
		"/!real elf":   {"text/plain", "\x7fELF\x02"},
		"/!real exe":   {"application/octet-stream", "MZ\x90\x00\x03\x00"},
		"/!real woff2": {"", "wOF2\x00\x01\x00\x00"},
		"/bmw":         {"", "BMW builds cars, and a bitmap begins with the same letters."},
		"/id3":         {"text/plain", "ID3 tags name songs."},
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = []string{bodies[r.URL.Path].declared}
		fmt.Fprint(w, bodies[r.URL.Path].body)
	})
	f := reader(t, fetch.Limits{})
	for path, want := range bodies {
		page, err := get(t, f, s.URL+path)
		if strings.HasPrefix(path, "/!") {
			refused(t, err, fetch.UnsupportedType)
			continue
		}
		require.NoError(t, err, path)
		require.Equal(t, want.body, string(page.Body), path)
	}
}
