package outside_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

func TestDo_SaysWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	breakOff := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"results":[{`))
		panic(http.ErrAbortHandler)
	}
	stall := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"results":[`))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	tests := map[string]struct {
		handle  http.HandlerFunc
		problem connector.Problem
		message string
	}{
		"too many requests": {status(429), connector.Limited, "It said that there were too many requests."},
		"broken":            {status(500), connector.Unavailable, "It answered that it does not work at the moment (status 500)."},
		"closed":            {status(503), connector.Unavailable, "It answered that it does not work at the moment (status 503)."},
		"no answer":         {hang, connector.Unavailable, "It did not answer within 200ms."},
		"no end":            {stall, connector.Unavailable, "It did not answer within 200ms."},
		"cut off":           {breakOff, connector.Unavailable, "It broke off before its answer was complete."},
		"too long":          {write(make([]byte, 1<<20+1)), connector.Malformed, "Its answer is longer than 1 MiB."},
		"a gzip bomb":       {zipped(make([]byte, 64<<20)), connector.Malformed, "Its answer is longer than 1 MiB."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, outside.Config{Timeout: 200 * time.Millisecond, MaxBody: 1 << 20}, tc.handle)
			_, err := b.get(t.Context(), t, account("openalex"), "/works?api_key=secret")
			own := problem(t, err)
			require.Equal(t, tc.problem, own.Problem, own)
			require.Equal(t, tc.message, own.Message)
			require.NotContains(t, own.Error(), "secret")
		})
	}
}

func TestDo_NoConnection(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, ok)
	b.api.Close()
	for _, url := range []string{b.api.URL, "http://nowhere.invalid/?api_key=secret"} {
		_, err := get(t.Context(), t, b.Client, account("tavily"), url)
		own := problem(t, err)
		require.Equal(t, connector.Unreachable, own.Problem, own)
		require.NotContains(t, own.Error(), "secret")
	}
	secured := httptest.NewTLSServer(http.HandlerFunc(ok))
	defer secured.Close()
	_, err := get(t.Context(), t, b.Client, account("tavily"), secured.URL)
	require.Equal(t, "Its certificate is not trusted.", problem(t, err).Message)
}

func TestDo_ReadsWhatIsCompressed(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, zipped([]byte("plain")))
	reply, err := b.get(t.Context(), t, account("openalex"), "/")
	require.NoError(t, err)
	require.Equal(t, "plain", string(reply.Body))
}

func TestDo_RedirectsStayOnTheHost(t *testing.T) {
	t.Parallel()
	thief := setup(t, outside.Config{}, ok)
	b := setup(t, outside.Config{}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/near":
			http.Redirect(w, r, "/here", http.StatusMovedPermanently)
		case "/far":
			http.Redirect(w, r, thief.api.URL+"/?stolen", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			_, _ = w.Write([]byte(r.URL.Path))
		}
	})
	reply, err := b.get(t.Context(), t, account("openalex"), "/near")
	require.NoError(t, err)
	require.Equal(t, "/here", string(reply.Body))
	for _, path := range []string{"/far", "/round"} {
		b.clock.Advance(time.Minute)
		_, err = b.get(t.Context(), t, account("openalex"), path)
		require.Equal(t, connector.Malformed, problem(t, err).Problem, path)
	}
	require.Zero(t, thief.hits.Load())
	require.EqualValues(t, 2+1+4, b.hits.Load())
}

// Each request of a redirect would count, and the second would come too soon.
func TestDo_AGapAllowsNoRedirects(t *testing.T) {
	t.Parallel()
	connections := make(chan string, 10)
	b := setup(t, outside.Config{}, func(w http.ResponseWriter, r *http.Request) {
		connections <- r.RemoteAddr
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
		}
	})
	arxiv := account("arxiv")
	for _, path := range []string{"/moved", "/a", "/b"} {
		_, err := b.get(t.Context(), t, arxiv, path)
		require.Equal(t, 3*time.Second, busy(t, err), "the rest after the one before")
		b.clock.Advance(3 * time.Second)
		if _, err = b.get(t.Context(), t, arxiv, path); path == "/moved" {
			require.Contains(t, problem(t, err).Message, "has to be set")
			continue
		}
		require.NoError(t, err)
	}
	require.Len(t, connections, 3)
	first, second := <-connections, <-connections
	require.NotEqual(t, first, second, "no connection is kept")
}

func TestDo_CancellingEndsItAtOnceAndSaysNothingAboutTheAPI(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 100)
	b := setup(t, outside.Config{Limits: map[string]governor.Limit{"own": {Failures: 1}}}, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		begun := time.Now()
		_, err := b.get(ctx, t, account("own"), "/")
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, time.Since(begun), 5*time.Second)
	}
	health, err := b.Health(t.Context(), account("own"))
	require.NoError(t, err)
	require.Equal(t, governor.State{}, health)
}

func TestDo_ADeadlineThatGaveItTimeCountsAsItsFailure(t *testing.T) {
	t.Parallel()
	for allowed, failures := range map[time.Duration]int{20 * time.Millisecond: 0, 700 * time.Millisecond: 1} {
		b := setup(t, outside.Config{Timeout: time.Second}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), allowed)
		_, err := b.get(ctx, t, account("own"), "/")
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		health, err := b.Health(t.Context(), account("own"))
		require.NoError(t, err)
		require.Equal(t, failures, health.Failures)
	}
}

// write answers with bytes.
func write(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }
}

// zipped answers with bytes in gzip.
func zipped(body []byte) http.HandlerFunc {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(body)
	_ = w.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}
}
