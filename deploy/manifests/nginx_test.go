package manifests

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startNginx runs the machine's nginx with the project's configuration, changed
// only in its addresses and its place for files, in front of gateway. It returns
// the address of the front door.
func startNginx(t *testing.T, gateway http.Handler) string {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx"
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("nginx is not there: install nginx-light to test its configuration")
	}
	upstream := httptest.NewServer(gateway)
	t.Cleanup(upstream.Close)
	address, dir := freeAddress(t), t.TempDir()
	config := strings.NewReplacer(
		"listen 8080;", "listen "+address+";",
		"http://gateway:8080", upstream.URL,
		"/tmp/", dir+"/",
		"/dev/stdout", filepath.Join(dir, "access.log"),
		"/dev/stderr", filepath.Join(dir, "error.log"),
	).Replace(readFile(t, "deploy/nginx/nginx.conf"))
	file := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))

	ctx, cancel := context.WithCancel(t.Context())
	command := exec.CommandContext(ctx, program, "-p", dir, "-c", file, "-g", "daemon off;")
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var output bytes.Buffer
	command.Stderr = &output
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		cancel()
		_ = command.Wait() // ended by our signal
	})
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond, "nginx does not listen")
	return address
}

// freeAddress returns a local address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer lis.Close()
	return lis.Addr().String()
}

func TestNginx_SendsEventsAsTheyCome(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	address := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "id: 1\n\n")
		w.(http.Flusher).Flush()
		<-goOn // the stream stays open: a buffering proxy would show nothing yet
	}))
	defer close(goOn)
	response := get(t, "http://"+address+"/api/v1/analysis/x/events")
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "id: 1\n", line)
}

func TestNginx_PassesUploadsWhileTheyCome(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	address := startNginx(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		first := make([]byte, 5)
		_, _ = io.ReadFull(r.Body, first)
		seen <- string(first)
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	body, write := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/api/v1/documents", body)
	require.NoError(t, err)
	status := make(chan int, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			status <- 0
			return
		}
		_ = response.Body.Close()
		status <- response.StatusCode
	}()
	_, err = write.Write([]byte("first"))
	require.NoError(t, err)
	require.Equal(t, "first", <-seen, "the gateway must see the beginning before the end is sent")
	require.NoError(t, write.Close())
	require.Equal(t, http.StatusOK, <-status)
}

func TestNginx_RefusesLargeBodiesInTheAPIsShape(t *testing.T) {
	t.Parallel()
	address := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 2<<30)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	require.Equal(t, "application/json", response.Header.Get("Content-Type"))
	require.Contains(t, string(text), `"field":"body"`)
}

func TestNginx_UpgradesToWebSocketAndNothingElse(t *testing.T) {
	t.Parallel()
	address := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			_, _ = fmt.Fprintf(w, "connection=%s forwarded=%s", r.Header.Get("Connection"), r.Header.Get("X-Forwarded-For"))
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("echo " + line)
		_ = rw.Flush()
	}))

	t.Run("a websocket talks both ways", func(t *testing.T) {
		t.Parallel()
		conn, reader := upgrade(t, address, "WebSocket")
		response, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
		_, err = io.WriteString(conn, "hello\n")
		require.NoError(t, err)
		line, err := reader.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "echo hello\n", line)
	})
	t.Run("h2c does not get past, nor does a claimed address", func(t *testing.T) {
		t.Parallel()
		_, reader := upgrade(t, address, "h2c")
		response, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, "connection= forwarded=127.0.0.1", string(text))
	})
}

func TestNginx_SaysUnavailableInTheAPIsShape(t *testing.T) {
	t.Parallel()
	address := startNginx(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close() // a gateway that dies in the middle
		}
	}))
	response := get(t, "http://"+address+"/api/v1/auth/me")
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	require.Contains(t, string(text), `"code":14`)
}

// get sends a GET; the body is closed with the test.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// upgrade asks for another protocol on a fresh connection.
func upgrade(t *testing.T, address, protocol string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /api/v1/ws/c1 HTTP/1.1\r\nHost: x\r\nUpgrade: %s\r\nConnection: Upgrade\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n", protocol)
	require.NoError(t, err)
	return conn, bufio.NewReader(conn)
}
