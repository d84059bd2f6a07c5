package limit

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// users verifies tokens "good-<user>" and "key-<key>".
type users struct{ asked atomic.Int32 }

// Verify implements authn.Verifier.
func (u *users) Verify(_ context.Context, c authn.Credential) (authn.Caller, error) {
	u.asked.Add(1)
	switch {
	case strings.HasPrefix(c.Token, "good-"):
		return authn.Caller{UserID: c.Token[5:6]}, nil
	case strings.HasPrefix(c.Token, "key-"):
		return authn.Caller{UserID: "a", KeyID: c.Token}, nil
	case c.Token == "unknown":
		return authn.Caller{}, errs.Unavailable
	}
	return authn.Caller{}, errs.Unauthenticated
}

// served is a handler behind limits.
type served struct {
	http.Handler

	users *users
}

func serve(t *testing.T, route Route, limits map[Class]int) *served {
	t.Helper()
	s := &served{users: &users{}}
	limiter, err := New(nil, Options{PerMinute: limits})
	require.NoError(t, err)
	guard, err := NewGuard(limiter, s.users)
	require.NoError(t, err)
	s.Handler = edge.Wrap(guard.Wrap(route, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})), edge.Options{Prefix: edge.APIPrefix})
	return s
}

// ask sends a request and returns the answer. Token "" is none.
func (s *served) ask(t *testing.T, address, token string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil)
	r.RemoteAddr = address
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	resp := w.Result()
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestGuard_TellsTheLimitAndThenThatItIsReached(t *testing.T) {
	t.Parallel()
	s := serve(t, Route{Class: Start}, map[Class]int{Start: 3})
	for left := 2; left >= 0; left-- {
		resp := s.ask(t, "192.0.2.1:7", "good-a")
		require.Equal(t, http.StatusNoContent, resp.StatusCode)
		require.Equal(t, `"start";q=3;w=60`, resp.Header.Get("RateLimit-Policy"))
		require.Regexp(t, `^"start";r=`+string(rune('0'+left))+`;t=\d+$`, resp.Header.Get("RateLimit"))
	}
	resp := s.ask(t, "192.0.2.1:7", "good-a")
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	require.Equal(t, "20", resp.Header.Get("Retry-After"))
	require.Regexp(t, `^"start";r=0;t=\d+$`, resp.Header.Get("RateLimit"))
	var got struct {
		Code    int
		Details []struct {
			Type     string `json:"@type"`
			Reason   string
			Metadata map[string]string
		}
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
	require.Equal(t, 8, got.Code)
	require.Equal(t, "RATE_LIMITED", got.Details[0].Reason)
	require.Equal(t, map[string]string{"limit": "start", "perMinute": "3"}, got.Details[0].Metadata)
	require.Contains(t, got.Details[1].Type, "google.rpc.RetryInfo")
}

func TestGuard_CountsForWhom(t *testing.T) {
	t.Parallel()
	const here, there = "192.0.2.1:7", "192.0.2.2:7"
	tests := map[string]struct {
		route         Route
		first, second [2]string // address and token
		together      bool
	}{
		"a user from two places":            {Route{Class: Read}, [2]string{here, "good-a"}, [2]string{there, "good-a"}, true},
		"a user with two tokens":            {Route{Class: Read}, [2]string{here, "good-a"}, [2]string{here, "good-a2"}, true},
		"two users of one place":            {Route{Class: Read}, [2]string{here, "good-a"}, [2]string{here, "good-b"}, false},
		"a user and a key of theirs":        {Route{Class: Read}, [2]string{here, "good-a"}, [2]string{here, "key-1"}, false},
		"nobody and a bad token":            {Route{Class: Read}, [2]string{here, ""}, [2]string{here, "bad"}, true},
		"nobodies of two places":            {Route{Class: Read}, [2]string{here, ""}, [2]string{there, ""}, false},
		"nobody does not lock a user out":   {Route{Class: Read}, [2]string{here, ""}, [2]string{here, "good-a"}, false},
		"a public route counts addresses":   {Route{Class: Auth, Public: true}, [2]string{here, "good-a"}, [2]string{here, "good-b"}, true},
		"a /64 of IPv6 is one address":      {Route{Class: Auth, Public: true}, [2]string{"[2001:db8::1]:7", ""}, [2]string{"[2001:db8::2:1]:7", ""}, true},
		"the next /64 is another":           {Route{Class: Auth, Public: true}, [2]string{"[2001:db8::1]:7", ""}, [2]string{"[2001:db8:0:1::1]:7", ""}, false},
		"IPv4 in IPv6 is the IPv4":          {Route{Class: Auth, Public: true}, [2]string{here, ""}, [2]string{"[::ffff:192.0.2.1]:7", ""}, true},
		"who cannot be told counts as here": {Route{Class: Read}, [2]string{here, "unknown"}, [2]string{here, "unknown"}, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tc.route, map[Class]int{Read: 1, Auth: 1, Anonymous: 1})
			if tc.first[1] == "" && tc.second[1] == "good-a" { // a user who was here before
				s = serve(t, tc.route, map[Class]int{Read: 2, Anonymous: 1})
				require.Equal(t, http.StatusNoContent, s.ask(t, here, "good-a").StatusCode)
			}
			require.Equal(t, http.StatusNoContent, s.ask(t, tc.first[0], tc.first[1]).StatusCode)
			want := http.StatusNoContent
			if tc.together {
				want = http.StatusTooManyRequests
			}
			require.Equal(t, want, s.ask(t, tc.second[0], tc.second[1]).StatusCode)
		})
	}
}

func TestGuard_VerifiesATokenOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, Route{Class: Read}, map[Class]int{Read: 100, Anonymous: 2})
	for range 10 {
		s.ask(t, "192.0.2.1:7", "good-a")
	}
	require.EqualValues(t, 1, s.users.asked.Load())
	for range 10 {
		s.ask(t, "192.0.2.1:7", "bad")
	}
	require.EqualValues(t, 1+3, s.users.asked.Load(), "who keeps guessing is not even asked about")
	require.Equal(t, http.StatusNoContent, s.ask(t, "192.0.2.1:7", "good-a").StatusCode, "whom we know goes on")
}

func TestGuard_AsksForNoTokenWhereNothingIsLimited(t *testing.T) {
	t.Parallel()
	s := serve(t, Route{Class: Read}, nil)
	resp := s.ask(t, "192.0.2.1:7", "good-a")
	require.Equal(t, http.StatusNoContent, resp.StatusCode)
	require.Empty(t, resp.Header.Get("RateLimit"))
	require.Zero(t, s.users.asked.Load())
}

func TestPrincipals_ForgetAfterAWhile(t *testing.T) {
	t.Parallel()
	now := time.Now()
	known := &users{}
	p, err := newPrincipals(known, func() time.Time { return now })
	require.NoError(t, err)
	_, err = p.find(t.Context(), "good-a")
	require.NoError(t, err)
	_, ok := p.remembered("good-a")
	require.True(t, ok)
	now = now.Add(tokenLife)
	_, ok = p.remembered("good-a")
	require.False(t, ok)
}
