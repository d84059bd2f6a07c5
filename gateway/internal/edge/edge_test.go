package edge

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxies, err := ParseNetworks([]string{"10.0.0.0/8", " 192.0.2.1"})
	require.NoError(t, err)
	tests := map[string]struct{ peer, forwarded, want string }{
		"no proxy":                         {"203.0.113.5:1", "", "203.0.113.5"},
		"an unknown peer is not believed":  {"203.0.113.5:1", "1.1.1.1", "203.0.113.5"},
		"a proxy is":                       {"10.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		"through two proxies":              {"10.0.0.1:1", "203.0.113.9, 192.0.2.1", "203.0.113.9"},
		"only up to the first untrusted":   {"10.0.0.1:1", "6.6.6.6, 203.0.113.9", "203.0.113.9"},
		"nonsense ends the search":         {"10.0.0.1:1", "unknown", "10.0.0.1"},
		"address of version 4 in 6":        {"[::ffff:10.0.0.1]:1", "203.0.113.9", "203.0.113.9"},
		"without an address there is none": {"@", "203.0.113.9", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tc.peer
			r.Header.Set("X-Forwarded-For", tc.forwarded)
			require.Equal(t, tc.want, clientAddress(r, proxies))
		})
	}
}

func TestLimitBody(t *testing.T) {
	t.Parallel()
	for size, over := range map[int]bool{0: false, 9: false, 10: false, 11: true, 1000: true} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size)))
		r.ContentLength = -1 // not announced
		require.True(t, LimitBody(r, 10))
		got, err := io.ReadAll(r.Body)
		require.Equal(t, over, err != nil, "size %d", size)
		require.Len(t, got, min(size, 10))
		_, exceeded := r.Body.(*limitedBody).Exceeded()
		require.Equal(t, over, exceeded)
	}
}

func TestWrap_RecoversFromPanics(t *testing.T) {
	t.Parallel()
	serve := func(h http.HandlerFunc) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		Wrap(h, Options{Prefix: APIPrefix}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w
	}
	w := serve(func(http.ResponseWriter, *http.Request) { panic("hunter2") })
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Contains(t, w.Body.String(), "internal error")
	require.NotContains(t, w.Body.String(), "hunter2")

	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		serve(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("half"))
			panic("late")
		})
	}, "half an answer must not look whole")
}

func TestLoggable_HidesWhatOpensASharedReport(t *testing.T) {
	t.Parallel()
	require.Equal(t, "/api/v1/shared/…", loggable("/api/v1/shared/c2VjcmV0"))
	require.Equal(t, "/api/v1/reports/1/shares", loggable("/api/v1/reports/1/shares"))
}
