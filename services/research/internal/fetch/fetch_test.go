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
	"sync/atomic"
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

func (free) Acquire(context.Context, string) (func(fetch.Told), error) {
	return func(fetch.Told) {}, nil
}

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
	var circled atomic.Int32
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
			circled.Add(1)
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
	require.EqualValues(t, 1, circled.Load(), "a circle is seen when it closes")
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
		"":                                                fetch.BadAddress,
		"example.org":                                     fetch.BadAddress,
		"ftp://example.org/":                              fetch.BadAddress,
		"file:///etc/passwd":                              fetch.BadAddress,
		"http://u:p@example.org/":                         fetch.BadAddress,
		"http://u@example.org/":                           fetch.BadAddress,
		"http://a..b/":                                    fetch.BadAddress,
		"http://${x}/":                                    fetch.BadAddress,
		"http://10.0.0.1/":                                fetch.Forbidden,
		"http://93.184.216.34:25/":                        fetch.Forbidden,
		"http://[::ffff:169.254.169.254]/":                fetch.Forbidden,
		"http://169.254.169.254/latest":                   fetch.Forbidden,
		"http://0xA9.0xFE.0xA9.0xFE/":                     fetch.Forbidden,
		"http://" + strings.Repeat("a", 64):               fetch.BadAddress,
		"http://[fe80::1%25lo]/":                          fetch.BadAddress,
		"http://example.org:8080:80/":                     fetch.BadAddress,
		"javascript:alert(1)":                             fetch.BadAddress,
		"http://" + strings.Repeat("a.", 128):             fetch.BadAddress,
		"http://example.org/" + strings.Repeat("a", 9000): fetch.BadAddress,
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

func TestFetch_TellsTheLimiterWhatTheHostSaid(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		switch r.URL.Path {
		case "/limited":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		}
	})
	for path, want := range map[string]bool{"/limited": true, "/gone": false, "/fine": false} {
		l := &countingLimiter{}
		f := fetch.New(fetch.Config{Limiter: l, Trusted: loopback()})
		t.Cleanup(f.Close)
		_, _ = get(t, f, s.URL+path)
		require.Equal(t, want, l.told.Limited, path)
		if want {
			require.Equal(t, 7*time.Second, l.told.RetryAfter)
		}
	}
}

// countingLimiter is used by one goroutine at a time.
type countingLimiter struct {
	keys     []string
	released int
	told     fetch.Told
	err      error
}

func (l *countingLimiter) Acquire(_ context.Context, key string) (func(fetch.Told), error) {
	if l.err != nil {
		return nil, l.err
	}
	l.keys = append(l.keys, key)
	return func(told fetch.Told) {
		l.released++
		l.told = told
	}, nil
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
	require.NotErrorAs(t, err, &own, "it is no failure of the page")
}
