package fetch_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// free is a Limiter that has always room.
type free struct{}

func (free) Acquire(context.Context, string) (func(), error) { return func() {}, nil }

func reader(t *testing.T, limits fetch.Limits) *fetch.Fetcher {
	t.Helper()
	f := fetch.New(fetch.Config{Contact: "mailto:me@example.org", Limiter: free{}, Trusted: loopback(), Limits: limits})
	t.Cleanup(f.Close)
	return f
}

// serve starts a server without robots.txt.
func serve(t *testing.T, page http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		page(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, f *fetch.Fetcher, address string) (fetch.Page, error) {
	t.Helper()
	return f.Fetch(t.Context(), fetch.Request{URL: address})
}

// refused returns the error that a fetch must end with.
func refused(t *testing.T, err error, reason fetch.Reason) *fetch.Error {
	t.Helper()
	var own *fetch.Error
	require.ErrorAs(t, err, &own)
	require.Equal(t, reason, own.Reason, "%v", err)
	require.NotEmpty(t, own.Message)
	require.NotContains(t, own.Message, "127.0.0.1", "users are not told what a name led to")
	return own
}

func TestFetch_Page(t *testing.T) {
	t.Parallel()
	var seen http.Header
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		w.Header().Set("Content-Type", "Text/HTML; charset=ISO-8859-1")
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2023 15:04:05 GMT")
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Set-Cookie", "secret=1")
		w.Header().Set("Server", "x/1")
		fmt.Fprintf(w, "<p>%s", r.RequestURI)
	})
	begun := time.Now()
	page, err := reader(t, fetch.Limits{}).Fetch(t.Context(), fetch.Request{
		URL: s.URL + "/a b?q=ä&x=%zz#part", Languages: []string{"de", "en"},
	})
	require.NoError(t, err)
	require.Equal(t, "<p>/a%20b?q=%C3%A4&x=%zz", string(page.Body), "what is asked for is exactly the parsed address")
	require.Equal(t, s.URL+"/a%20b?q=%C3%A4&x=%zz", page.FinalURL)
	require.Equal(t, http.StatusOK, page.Status)
	require.Equal(t, "text/html", page.MediaType)
	require.Equal(t, "iso-8859-1", page.Charset)
	require.Equal(t, `"v1"`, page.ETag)
	require.Equal(t, "Mon, 02 Jan 2023 15:04:05 GMT", page.LastModified)
	require.WithinDuration(t, begun, page.FetchTime, 10*time.Second)
	require.WithinDuration(t, page.FetchTime.Add(time.Minute), page.FreshUntil, 2*time.Second)
	require.Empty(t, page.Hops)
	require.Equal(t, "max-age=60", page.Header.Get("Cache-Control"))
	require.NotContains(t, page.Header, "Set-Cookie")
	require.NotContains(t, page.Header, "Server")

	require.Equal(t, "ResearcherPro/1.0 (+mailto:me@example.org)", seen.Get("User-Agent"))
	require.Equal(t, "de, en;q=0.8, *;q=0.1", seen.Get("Accept-Language"))
	require.Contains(t, seen.Get("Accept"), "text/html")
	for _, private := range []string{"Cookie", "Referer", "Authorization"} {
		require.Empty(t, seen.Get(private))
	}
}

// compressed returns the body in a coding.
func compressed(t *testing.T, coding string, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "raw deflate":
		w, err = flate.NewWriter(&out, 9)
	case "br":
		w = brotli.NewWriter(&out)
	case "zstd":
		w, err = zstd.NewWriter(&out)
	default:
		return body
	}
	require.NoError(t, err)
	_, err = w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func codings() []string {
	return []string{"identity", "gzip", "x-gzip", "deflate", "raw deflate", "br", "zstd"}
}

// serveCoded answers with a body in the coding that the path names.
func serveCoded(t *testing.T, body []byte) *httptest.Server {
	t.Helper()
	bodies := map[string][]byte{}
	for _, coding := range codings() {
		bodies["/"+coding] = compressed(t, coding, body)
	}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Encoding", strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"), "raw "))
		w.Write(bodies[r.URL.Path])
	})
}

func TestFetch_Compression(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("Water boils at 100 °C at sea level. ", 5000))
	full, empty := serveCoded(t, text), serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
	})
	f := reader(t, fetch.Limits{})
	for _, coding := range codings() {
		page, err := get(t, f, full.URL+"/"+coding)
		require.NoError(t, err, coding)
		require.True(t, bytes.Equal(text, page.Body), coding)
	}
	page, err := get(t, f, empty.URL)
	require.NoError(t, err)
	require.Empty(t, page.Body, "nothing, compressed")
}

func TestFetch_Redirects(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/end":
			fmt.Fprint(w, "the end")
		case "/1":
			w.Header().Set("Location", "../2?x#frag")
			w.WriteHeader(http.StatusMovedPermanently)
		case "/2":
			http.Redirect(w, r, "http://"+r.Host+"/end", http.StatusTemporaryRedirect)
		case "/nowhere":
			w.WriteHeader(http.StatusFound)
		case "/bad":
			w.Header().Set("Location", "http://[")
			w.WriteHeader(http.StatusFound)
		case "/file":
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		case "/credentials":
			w.Header().Set("Location", "http://me:pw@"+r.Host+"/end")
			w.WriteHeader(http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle2", http.StatusFound)
		case "/circle2":
			http.Redirect(w, r, "/circle", http.StatusSeeOther)
		default:
			http.Redirect(w, r, r.URL.Path+"x", http.StatusPermanentRedirect)
		}
	})
	f := reader(t, fetch.Limits{})
	page, err := get(t, f, s.URL+"/1")
	require.NoError(t, err)
	require.Equal(t, "the end", string(page.Body))
	require.Equal(t, s.URL+"/end", page.FinalURL)
	require.Equal(t, []fetch.Hop{{URL: s.URL + "/1", Status: 301}, {URL: s.URL + "/2?x", Status: 307}}, page.Hops)

	for path, reason := range map[string]fetch.Reason{
		"/nowhere": fetch.Status, "/bad": fetch.Malformed, "/file": fetch.BadAddress, "/credentials": fetch.BadAddress,
		"/circle": fetch.Malformed, "/endless": fetch.Malformed,
	} {
		_, err := get(t, f, s.URL+path)
		refused(t, err, reason)
	}
}

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
	_, err := get(t, f, s.URL+"/always304")
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
		"/!real woff2": {"", "wOF2"},
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

func TestFetch_AllowList(t *testing.T) {
	t.Parallel()
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a host that is not allowed was asked") })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "127.0.0.2", 1), http.StatusFound)
	})
	var asked []string
	_, err := reader(t, fetch.Limits{}).Fetch(t.Context(), fetch.Request{URL: s.URL, Allow: func(host string) bool {
		asked = append(asked, host)
		return host == "127.0.0.1"
	}})
	refused(t, err, fetch.NotAllowed)
	require.Equal(t, []string{"127.0.0.1", "127.0.0.2"}, asked)
}

func TestFetch_Addresses(t *testing.T) {
	t.Parallel()
	f := reader(t, fetch.Limits{})
	for address, reason := range map[string]fetch.Reason{
		"":                                    fetch.BadAddress,
		"example.org":                         fetch.BadAddress,
		"ftp://example.org/":                  fetch.BadAddress,
		"file:///etc/passwd":                  fetch.BadAddress,
		"http://u:p@example.org/":             fetch.BadAddress,
		"http://u@example.org/":               fetch.BadAddress,
		"http://a..b/":                        fetch.BadAddress,
		"http://${x}/":                        fetch.BadAddress,
		"http://10.0.0.1/":                    fetch.Forbidden,
		"http://93.184.216.34:25/":            fetch.Forbidden,
		"http://[::ffff:169.254.169.254]/":    fetch.Forbidden,
		"http://169.254.169.254/latest":       fetch.Forbidden,
		"http://0xA9.0xFE.0xA9.0xFE/":         fetch.Forbidden,
		"http://" + strings.Repeat("a", 64):   fetch.BadAddress,
		"http://[fe80::1%25lo]/":              fetch.BadAddress,
		"http://example.org:8080:80/":         fetch.BadAddress,
		"javascript:alert(1)":                 fetch.BadAddress,
		"http://" + strings.Repeat("a.", 128): fetch.BadAddress,
	} {
		_, err := get(t, f, address)
		own := refused(t, err, reason)
		require.False(t, own.Temporary(), address)
	}
}

func TestFetch_Limiter(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/2", http.StatusFound)
		}
	})
	l := &countingLimiter{}
	f := fetch.New(fetch.Config{Limiter: l, Trusted: loopback()})
	t.Cleanup(f.Close)
	_, err := get(t, f, s.URL)
	require.NoError(t, err)
	require.Equal(t, []string{"host:127.0.0.1"}, l.keys, "robots.txt and redirects of a host are one turn")
	require.Equal(t, 1, l.released)

	l.err = &connector.Busy{After: time.Minute}
	_, err = get(t, f, s.URL)
	var busy *connector.Busy
	require.ErrorAs(t, err, &busy)
	require.Equal(t, time.Minute, busy.After)
}

// countingLimiter is used by one goroutine at a time.
type countingLimiter struct {
	keys     []string
	released int
	err      error
}

func (l *countingLimiter) Acquire(_ context.Context, key string) (func(), error) {
	if l.err != nil {
		return nil, l.err
	}
	l.keys = append(l.keys, key)
	return func() { l.released++ }, nil
}

func TestFetch_EndOfContext(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("the run was cancelled")
	go func() {
		<-arrived
		cancel(enough)
	}()
	_, err := reader(t, fetch.Limits{}).Fetch(ctx, fetch.Request{URL: s.URL})
	require.ErrorIs(t, err, enough)
	var own *fetch.Error
	require.False(t, errors.As(err, &own), "it is no failure of the page")
}

func BenchmarkFetch(b *testing.B) {
	body := compressedPage(b)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(body)
	}))
	defer s.Close()
	f := fetch.New(fetch.Config{Limiter: free{}, Trusted: loopback()})
	defer f.Close()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := f.Fetch(b.Context(), fetch.Request{URL: s.URL + "/page"}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// compressedPage is a page of 100 kB, compressed.
func compressedPage(b *testing.B) []byte {
	b.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	for i := range 2500 {
		fmt.Fprintf(w, "<p>Sentence %d stands in a paragraph.</p>\n", i*i)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
