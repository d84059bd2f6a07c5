package fetch_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

const public = "93.184.216.34"

// world is a DNS and a network of the test's own. Whatever is dialled is counted,
// and ends at one server on the loopback, or nowhere.
type world struct {
	server string // host and port
	answer func(host string, time int) []string

	mu     sync.Mutex
	asked  map[string]int
	dialed []netip.AddrPort
}

func (w *world) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	time := w.asked[host]
	w.asked[host]++
	w.mu.Unlock()
	var addrs []netip.Addr
	for _, a := range w.answer(host, time) {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, nil
}

func (w *world) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	w.dialed = append(w.dialed, to)
	w.mu.Unlock()
	if w.server == "" {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("no network")}
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", w.server)
}

// connections returns what was dialled, and how often.
func (w *world) connections() []netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]netip.AddrPort(nil), w.dialed...)
}

func (w *world) fetcher(t *testing.T) *fetch.Fetcher {
	t.Helper()
	w.asked = map[string]int{}
	f := fetch.NewWith(fetch.Config{Limiter: free{}}, fetch.Outside{Resolve: w.resolve, Dial: w.dial})
	t.Cleanup(f.Close)
	return f
}

// privates are addresses that a hostile DNS might answer with.
func privates() []string {
	return []string{
		"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.100.100.200", "0.0.0.0", "::1", "::", "fd00:ec2::254", "::ffff:127.0.0.1",
		"::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "224.0.0.1", "255.255.255.255",
	}
}

// vectorURLs are addresses that have been used in attacks.
func vectorURLs(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(dir, "vectors", "ssrf", "urls.tsv"))
	if err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	defer file.Close()
	var urls []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		raw, _, _ := strings.Cut(lines.Text(), "\t")
		urls = append(urls, raw)
	}
	require.NoError(t, lines.Err())
	require.Greater(t, len(urls), 200)
	return urls
}

func TestGuard_Vectors(t *testing.T) {
	t.Parallel()
	urls := vectorURLs(t)
	t.Run("no name leads inside", func(t *testing.T) {
		t.Parallel()
		w := &world{answer: func(string, int) []string { return privates() }}
		f := w.fetcher(t)
		for _, raw := range urls {
			_, err := get(t, f, raw)
			require.Error(t, err, raw)
		}
		for _, to := range w.connections() { // addresses that were written as such
			require.Equal(t, "1.1.1.1", to.Addr().String())
		}
	})
	t.Run("no redirect leads inside", func(t *testing.T) {
		t.Parallel()
		var next atomic.Int64
		s := serve(t, func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, urls[int(next.Add(1))%len(urls)], http.StatusFound)
		})
		w := &world{server: s.Listener.Addr().String(), answer: func(string, int) []string { return []string{public} }}
		f := w.fetcher(t)
		for _, raw := range urls {
			_, err := get(t, f, strings.Replace(raw, "https:", "http:", 1))
			require.Error(t, err, raw)
		}
		t.Logf("%d addresses, %d redirects answered, %d connections", len(urls), next.Load(), len(w.connections()))
		require.NotEmpty(t, w.connections(), "public names are asked")
		for _, to := range w.connections() {
			require.Contains(t, []string{public + ":80", "1.1.1.1:80", public + ":443", public + ":8000"}, to.String())
		}
	})
}

func TestGuard_NamesThatLeadInside(t *testing.T) {
	t.Parallel()
	for _, private := range privates() {
		w := &world{answer: func(string, int) []string { return []string{private} }}
		_, err := get(t, w.fetcher(t), "http://inside.example/")
		refused(t, err, fetch.Forbidden)
		require.Empty(t, w.connections(), private)
	}
}

func TestGuard_NamesThatChangeTheirMind(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	w := &world{server: s.Listener.Addr().String(), answer: func(_ string, time int) []string {
		if time == 0 {
			return []string{public}
		}
		return []string{"127.0.0.1"}
	}}
	f := w.fetcher(t)
	// robots.txt is asked at the first answer; whoever checked a name once and
	// dialled it later would now be inside.
	_, first := get(t, f, "http://rebind.example/")
	f.Close() // no connection is left to be used again
	_, second := get(t, f, "http://rebind.example/")
	if first != nil {
		refused(t, first, fetch.Forbidden)
	}
	refused(t, second, fetch.Forbidden)
	for _, to := range w.connections() {
		require.Equal(t, public+":80", to.String())
	}
}

func TestGuard_MixedAnswers(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host) })
	w := &world{server: s.Listener.Addr().String(), answer: func(string, int) []string {
		return []string{"10.0.0.1", "::1", public, "169.254.169.254"}
	}}
	page, err := get(t, w.fetcher(t), "http://mixed.example/")
	require.NoError(t, err)
	require.Equal(t, "mixed.example", string(page.Body))
	require.NotEmpty(t, w.connections())
	for _, to := range w.connections() {
		require.Equal(t, public+":80", to.String(), "only the public one of its addresses is dialled")
	}
}

func TestGuard_Redirects(t *testing.T) {
	t.Parallel()
	for _, inside := range []string{
		"http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:7f00:1]/", "//10.0.0.1/", "http://inside.example/",
		"http://2130706433/", "http://0/", "https://public.example:22/", `http:\\127.0.0.1\`, "http://①②⑦.⓪.⓪.①/",
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", inside)
			w.WriteHeader(http.StatusFound)
		})
		w := &world{server: s.Listener.Addr().String(), answer: func(host string, _ int) []string {
			if host == "inside.example" {
				return []string{"192.168.0.1"}
			}
			return []string{public}
		}}
		_, err := get(t, w.fetcher(t), "http://public.example/")
		refused(t, err, fetch.Forbidden)
		for _, to := range w.connections() {
			require.Equal(t, public+":80", to.String(), inside)
		}
	}
}

func TestDial_TriesTheNextAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") })
	w := &world{server: s.Listener.Addr().String(), answer: func(string, int) []string { return []string{"2606:2800:220:1::1", public} }}
	w.asked = map[string]int{}
	f := fetch.NewWith(fetch.Config{Limiter: free{}}, fetch.Outside{
		Resolve: w.resolve,
		Dial: func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			if to.Addr().Is6() {
				return nil, fmt.Errorf("no route")
			}
			return w.dial(ctx, to)
		},
	})
	t.Cleanup(f.Close)
	page, err := get(t, f, "http://both.example/")
	require.NoError(t, err)
	require.Equal(t, "here", string(page.Body))
}

func TestDial_NoSuchName(t *testing.T) {
	t.Parallel()
	w := &world{answer: func(string, int) []string { return nil }}
	_, err := get(t, w.fetcher(t), "http://nowhere.example/")
	own := refused(t, err, fetch.Unreachable)
	require.False(t, own.Temporary())
	require.Contains(t, own.Message, "no host")
}

func TestFetch_IgnoresProxies(t *testing.T) {
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a proxy was asked") })
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "direct") })
	w := &world{server: s.Listener.Addr().String(), answer: func(string, int) []string { return []string{public} }}
	page, err := get(t, w.fetcher(t), "http://public.example/")
	require.NoError(t, err)
	require.Equal(t, "direct", string(page.Body))
}
