package gateway

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/grpcserver"
)

// expose serves a fleet's gateway as its program does and returns the address.
func expose(t *testing.T, f *fleet) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- grpcserver.ServeHTTP(ctx, f.gateway.Listener(lis), f.gateway.Handler()) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return lis.Addr().String()
}

// connect opens a connection that gives up after a while.
func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// readAnswer reads one answer; closed says that there was none.
func readAnswer(t *testing.T, conn net.Conn) (code int, body string, closed bool) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		netErr, ok := err.(net.Error) //nolint:errorlint // the connection's own error
		require.False(t, ok && netErr.Timeout(), "the connection is still open: %v", err)
		return 0, "", true
	}
	defer func() { _ = resp.Body.Close() }()
	content, _ := io.ReadAll(resp.Body) // what is there is enough
	return resp.StatusCode, string(content), false
}

const startLine = "POST /api/v1/analysis/start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n"

// Each of these comes as bytes on a connection, and is answered with a reason or cut off.
func TestHostile_RequestsAreRefused(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	address := expose(t, f)
	get := func(path string) string {
		return "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n\r\n"
	}
	tests := map[string]struct {
		request string
		want    int
		reason  string // of the Status
	}{
		"a header of a megabyte":         {"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", 431, "HEADER_TOO_LARGE"},
		"a header over the limit":        {"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", 431, "HEADER_TOO_LARGE"},
		"more fields than anybody needs": {"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: a\r\n", 200) + "\r\n", 431, "HEADER_TOO_LARGE"},
		"a long query":                   {get("/api/v1/documents?pageToken=" + strings.Repeat("a", 10<<10)), 414, "QUERY_TOO_LONG"},
		"double slashes":                 {get("/api/v1//documents"), 404, "ROUTE_NOT_FOUND"},
		"a way up":                       {get("/api/v1/documents/../auth/me"), 404, "ROUTE_NOT_FOUND"},
		"an encoded way up":              {get("/api/v1/documents/%2e%2e/auth/me"), 404, "ROUTE_NOT_FOUND"},
		"an encoded slash and a way up":  {get("/api/v1/documents/a%2f..%2f..%2fauth/me"), 404, "ROUTE_NOT_FOUND"},
		"NUL in the path":                {get("/api/v1/documents/%00"), 400, "BAD_PATH"},
		"a line break in the path":       {get("/api/v1/documents/%0d%0aX-A:%20b"), 400, "BAD_PATH"},
		"a path that is not UTF-8":       {get("/api/v1/documents/%ff"), 400, "BAD_PATH"},
		"a semicolon in the path":        {get("/api/v1/documents;a=b"), 404, "ROUTE_NOT_FOUND"},
		"a method nobody knows":          {"BREW /api/v1/documents HTTP/1.1\r\nHost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"},
		"a method in lower case":         {"get /api/v1/documents HTTP/1.1\r\nHost: x\r\n\r\n", 405, "METHOD_NOT_ALLOWED"},
		"TRACE":                          {"TRACE /api/v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n\r\n", 405, "METHOD_NOT_ALLOWED"},
		"CONNECT":                        {"CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\n\r\n", 404, "ROUTE_NOT_FOUND"},
		"two lengths":                    {startLine + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "MALFORMED_REQUEST"},
		"an unknown transfer encoding":   {startLine + "Transfer-Encoding: gzip\r\n\r\n", 501, "MALFORMED_REQUEST"},
		"chunks with huge extensions":    {startLine + "Transfer-Encoding: chunked\r\n\r\n" + "2;" + strings.Repeat("a", 1<<20) + "\r\n{}\r\n0\r\n\r\n", 400, "INVALID_FIELD"},
		"another media type":             {startLine + "Content-Type: text/xml\r\nContent-Length: 2\r\n\r\n{}", 415, "UNSUPPORTED_MEDIA_TYPE"},
		"a form where JSON belongs":      {startLine + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\na=", 415, "UNSUPPORTED_MEDIA_TYPE"},
		"another character set":          {startLine + "Content-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n\r\n{}", 415, "UNSUPPORTED_MEDIA_TYPE"},
		"a header that is not UTF-8":     {"GET /api/v1/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n", 401, "TOKEN_MISSING"},
		"no host":                        {"GET / HTTP/1.1\r\n\r\n", 400, "MALFORMED_REQUEST"},
		"not HTTP":                       {"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", 400, "MALFORMED_REQUEST"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, address)
			// A server that has answered need not read the rest.
			go func() { _, _ = io.WriteString(conn, tc.request) }()
			code, body, closed := readAnswer(t, conn)
			require.False(t, closed, "cut off without a reason")
			require.Equal(t, tc.want, code, body)
			require.Contains(t, body, `"reason":"`+tc.reason+`"`, name)
			for _, word := range []string{"goroutine", ".go:", "127.0.0.1", "proto:"} {
				require.NotContains(t, body, word)
			}
		})
	}
}

// Bodies that are small to send and large to read cost no memory that stays, and no
// more than a few times their own size while they are read.
func TestHostile_BodiesCostLittle(t *testing.T) { //nolint:paralleltest // the heap is that of the whole process
	f := serveFleet(t, Config{}, limits{})
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	_, err := io.CopyN(packed, zeros{}, 100<<20)
	require.NoError(t, err)
	require.NoError(t, packed.Close())
	keys := &strings.Builder{}
	for i := 0; keys.Len() < 10<<20; i++ {
		fmt.Fprintf(keys, `"k%d":1,`, i)
	}
	bodies := map[string]struct {
		body, encoding string
	}{
		"nesting":         {body: strings.Repeat(`{"question":`, 100_000)},
		"arrays":          {body: strings.Repeat("[", 10<<20)},
		"ten MB of keys":  {body: "{" + keys.String() + `"question":"q"}`},
		"many bad values": {body: `{"question":"q","parameters":{"sources":[` + strings.Repeat(`"",`, 15_000) + `""]}}`},
		"a huge array":    {body: `{"parameters":{"sources":[` + strings.Repeat(`"",`, 3<<20) + `""]}}`},
		"a gzip bomb":     {body: bomb.String(), encoding: "gzip"},
		"a zstd bomb":     {body: "\x28\xb5\x2f\xfd" + strings.Repeat("\x00", 1<<10), encoding: "zstd"},
	}
	before := heap()
	for name, tc := range bodies {
		for range 5 {
			req := request{method: "POST", path: "/api/v1/analysis/start", token: alice, body: tc.body, header: map[string]string{"Content-Type": "application/json"}}
			if tc.encoding != "" {
				req.header["Content-Encoding"] = tc.encoding
			}
			resp, body := f.do(t, req)
			require.GreaterOrEqual(t, resp.StatusCode, 400, name)
			require.Less(t, resp.StatusCode, 500, "%s: %s", name, body)
			decodeFailure(t, resp, body)
			require.Less(t, len(body), 32<<10, "%s: the answer does not repeat the request", name)
		}
	}
	require.Less(t, heap(), before+24<<20)
}

// Slow clients lose their connection, and those that go away leave nothing behind.
func TestHostile_SlowAndBrokenConnectionsEnd(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{request: time.Second})
	address := expose(t, f)
	upload := "POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n" +
		"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc"
	tests := map[string]struct {
		request string
		drip    string // sent again and again
		half    bool   // our side is closed after the request
	}{
		"a header that never ends":    {request: "GET / HTTP/1.1\r\nHost: x\r\n", drip: "X-A: b\r\n"},
		"nothing at all":              {},
		"a body that never ends":      {request: startLine + "Content-Length: 1000000\r\n\r\n{", drip: " "},
		"chunks that never end":       {request: startLine + "Transfer-Encoding: chunked\r\n\r\n", drip: "1\r\n \r\n"},
		"half closed in the header":   {request: "GET / HTTP/1.1\r\nHo", half: true},
		"half closed in the body":     {request: startLine + "Content-Length: 100\r\n\r\n{", half: true},
		"an upload that breaks off":   {request: upload, half: true},
		"a body where none is wanted": {request: "GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\na", half: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, address)
			_, err := io.WriteString(conn, tc.request)
			require.NoError(t, err)
			if tc.half {
				require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			}
			stop := make(chan struct{})
			defer close(stop)
			go drip(conn, tc.drip, stop)
			code, body, closed := readAnswer(t, conn)
			if !closed {
				require.GreaterOrEqual(t, code, 400, body)
			}
		})
	}
	t.Run("nothing of a broken upload is stored", func(t *testing.T) {
		t.Parallel()
		conn := connect(t, address)
		_, err := io.WriteString(conn, strings.Replace(upload, "a.txt", "reset.txt", 1))
		require.NoError(t, err)
		// Before that there is no upload: a reset takes back what nobody has read.
		require.Eventually(t, func() bool { return f.documents.hasBegun("reset.txt") }, 10*time.Second, 10*time.Millisecond)
		require.NoError(t, conn.(*net.TCPConn).SetLinger(0)) // closed with a reset
		require.NoError(t, conn.Close())
		require.Eventually(t, func() bool {
			stored, broken, _ := f.documents.counts()
			return stored == 0 && broken > 0
		}, 10*time.Second, 10*time.Millisecond)
	})
}

// drip sends the same again and again until it is told to stop or nobody reads.
func drip(conn net.Conn, what string, stop <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			if _, err := io.WriteString(conn, what); err != nil {
				return
			}
		}
	}
}

// Many requests at once on one connection are answered one after the other.
func TestHostile_PipeliningKeepsTheOrder(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	conn := connect(t, expose(t, f))
	const n = 50
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "GET /api/v1/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\nX-Request-Id: r-%d\r\n\r\n", i)
	}
	_, err := io.WriteString(conn, all.String())
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	for i := range n {
		resp, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, fmt.Sprintf("r-%d", i), resp.Header.Get("X-Request-Id"))
	}
}

// An address has so many connections, and gets new ones when it closes old ones.
func TestHostile_ConnectionsPerAddress(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cfg    Config
		served bool
	}{
		"one too many is refused": {Config{ConnectionsPerAddress: 3}, false},
		"a proxy's are not":       {Config{ConnectionsPerAddress: 3, TrustedProxies: []string{"127.0.0.1"}}, true},
		"0 is any number":         {Config{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := expose(t, serveFleet(t, tc.cfg, limits{}))
			ask := func(conn net.Conn) (int, string) {
				_, _ = io.WriteString(conn, "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n") // who is refused may be closed already
				code, body, _ := readAnswer(t, conn)
				return code, body
			}
			var open []net.Conn
			for range 3 {
				conn := connect(t, address)
				open = append(open, conn)
				code, _ := ask(conn)
				require.Equal(t, http.StatusOK, code)
			}
			code, body := ask(connect(t, address))
			if tc.served {
				require.Equal(t, http.StatusOK, code)
				return
			}
			if code != 0 { // a reset may overtake the answer
				require.Equal(t, http.StatusTooManyRequests, code)
				require.Contains(t, body, "TOO_MANY_CONNECTIONS")
			}
			require.NoError(t, open[0].Close())
			require.Eventually(t, func() bool { code, _ := ask(connect(t, address)); return code == http.StatusOK }, 10*time.Second, 10*time.Millisecond)
		})
	}
}

// zeros is an endless file of zeros.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// heap returns the bytes that are in use after what is not is thrown away.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what a sync.Pool held goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
