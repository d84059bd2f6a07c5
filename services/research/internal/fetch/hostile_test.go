package fetch_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

// small are limits that hostile servers run into quickly.
func small() fetch.Limits {
	return fetch.Limits{Body: 32 << 20, Wire: 1 << 20, Total: 20 * time.Second, Header: time.Second, Idle: time.Second}
}

// serveRaw starts a server that answers each request with what answer writes, and
// robots.txt with "not found".
func serveRaw(t *testing.T, answer func(w io.Writer)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerRaw(conn, answer)
		}
	}()
	return "http://" + listener.Addr().String()
}

func answerRaw(conn net.Conn, answer func(w io.Writer)) {
	defer conn.Close()
	request := make([]byte, 4096)
	n, err := conn.Read(request)
	if err != nil {
		return
	}
	if bytes.HasPrefix(request[:n], []byte("GET /robots.txt ")) {
		fmt.Fprint(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		return
	}
	answer(conn)
}

// drip writes one byte at a time until the other side has had enough.
func drip(w io.Writer, pause time.Duration) {
	ticks := time.NewTicker(pause)
	defer ticks.Stop()
	for range ticks.C {
		if _, err := io.WriteString(w, "x"); err != nil {
			return
		}
	}
}

func TestFetch_BrokenAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer func(w io.Writer)
		reason fetch.Reason
	}{
		"not HTTP":           {func(w io.Writer) { fmt.Fprint(w, "SSH-2.0-OpenSSH_9.6\r\n\r\n") }, fetch.Malformed},
		"nothing":            {func(io.Writer) {}, fetch.Unreachable},
		"a header that ends": {func(w io.Writer) { fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Type: te") }, fetch.Unreachable},
		"a bad header":       {func(w io.Writer) { fmt.Fprint(w, "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n") }, fetch.Malformed},
		"a header that drips": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nX: ")
			drip(w, 10*time.Millisecond)
		}, fetch.Timeout},
		"an endless header": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\n")
			for i := range 100000 {
				if _, err := fmt.Fprintf(w, "X-%d: %s\r\n", i, strings.Repeat("x", 100)); err != nil {
					return
				}
			}
		}, fetch.Malformed},
		"a body that is too short": {func(w io.Writer) { fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort") }, fetch.Unreachable},
		"a length that is none":    {func(w io.Writer) { fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx") }, fetch.Malformed},
		"two lengths": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy")
		}, fetch.Malformed},
		"a length that is too much": {func(w io.Writer) { fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx") }, fetch.TooLarge},
		"a chunk that is none": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")
		}, fetch.Malformed},
		"chunks that end": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		}, fetch.Unreachable},
		"an endless body": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
			for {
				if _, err := io.WriteString(w, strings.Repeat("x", 64<<10)); err != nil {
					return
				}
			}
		}, fetch.TooLarge},
		"a body that stops": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
			drip(w, time.Hour)
		}, fetch.Timeout},
		"not compressed as it says": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\nhello hello hello he")
		}, fetch.Malformed},
		"compressed in an unknown way": {func(w io.Writer) {
			fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx")
		}, fetch.Malformed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serveRaw(t, tc.answer)
			_, err := get(t, reader(t, small()), address)
			refused(t, err, tc.reason)
		})
	}
}

func TestFetch_DrippingBodyEndsInTime(t *testing.T) {
	t.Parallel()
	limits := small()
	limits.Total = 300 * time.Millisecond
	address := serveRaw(t, func(w io.Writer) {
		fmt.Fprint(w, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
		drip(w, 20*time.Millisecond) // never idle, and never done
	})
	_, err := get(t, reader(t, limits), address)
	require.True(t, refused(t, err, fetch.Timeout).Temporary())
}

func TestFetch_Bombs(t *testing.T) {
	t.Parallel()
	bomb := serveCoded(t, make([]byte, 8<<20))
	harmless := serveCoded(t, make([]byte, 3<<20))
	for _, coding := range codings()[1:] {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			_, err := get(t, reader(t, fetch.Limits{Body: 1 << 30}), bomb.URL+"/"+coding)
			require.Contains(t, refused(t, err, fetch.TooLarge).Message, "attack", "by the ratio alone")
			_, err = get(t, reader(t, fetch.Limits{Body: 6 << 20, Ratio: 1 << 40}), bomb.URL+"/"+coding)
			require.NotContains(t, refused(t, err, fetch.TooLarge).Message, "attack", "by the size alone")
			page, err := get(t, reader(t, fetch.Limits{}), harmless.URL+"/"+coding)
			require.NoError(t, err, "a small page may be as empty as it likes")
			require.Len(t, page.Body, 3<<20)
		})
	}
}

func TestFetch_TruncatedCompression(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("All happy families are alike. "), 1000)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		coding := strings.TrimPrefix(r.URL.Path, "/")
		body := compressed(t, coding, text)
		w.Header().Set("Content-Encoding", coding)
		w.Write(body[:len(body)/2])
	})
	f := reader(t, fetch.Limits{})
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		_, err := get(t, f, s.URL+"/"+coding)
		refused(t, err, fetch.Malformed)
	}
}

// serveTLS starts a server that speaks HTTP/2, and returns a Fetcher that trusts
// its certificate.
func serveTLS(t *testing.T, page http.HandlerFunc, limits fetch.Limits) (*httptest.Server, *fetch.Fetcher) {
	t.Helper()
	s := httptest.NewUnstartedServer(page)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	f := fetch.NewWith(fetch.Config{Limiter: free{}, Trusted: loopback(), Limits: limits}, fetch.Outside{Roots: roots})
	t.Cleanup(f.Close)
	return s, f
}

func TestFetch_HTTP2(t *testing.T) {
	t.Parallel()
	s, f := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/":
			fmt.Fprint(w, r.Proto, " ", r.RequestURI)
		case "/reset":
			panic(http.ErrAbortHandler)
		case "/half":
			fmt.Fprint(w, "half of it")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/stall":
			fmt.Fprint(w, "half of it")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/silent":
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	}, small())
	page, err := get(t, f, s.URL+"/?a=%7B")
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0 /?a=%7B", string(page.Body))
	for path, reason := range map[string]fetch.Reason{
		"/reset": fetch.Unreachable, "/half": fetch.Unreachable, "/stall": fetch.Timeout, "/silent": fetch.Timeout,
	} {
		_, err := get(t, f, s.URL+path)
		require.True(t, refused(t, err, reason).Temporary(), path)
	}
}

func TestFetch_Certificates(t *testing.T) {
	t.Parallel()
	s, _ := serveTLS(t, func(http.ResponseWriter, *http.Request) {}, fetch.Limits{})
	_, err := get(t, reader(t, fetch.Limits{}), s.URL)
	require.False(t, refused(t, err, fetch.Unreachable).Temporary(), "an unknown authority stays unknown")

	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	_, err = get(t, reader(t, fetch.Limits{}), old.URL)
	refused(t, err, fetch.Unreachable)
}

func TestFetch_NobodyListens(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := get(t, reader(t, fetch.Limits{}), s.URL)
	require.True(t, refused(t, err, fetch.Unreachable).Temporary())
}
