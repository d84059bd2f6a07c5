package outside_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

// answering returns a handler that answers with a status and pairs of headers.
func answering(status int, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			w.Header()[http.CanonicalHeaderKey(pairs[i])] = []string{pairs[i+1]}
		}
		w.WriteHeader(status)
	}
}

func TestRetryAfter_IsObeyedByAll(t *testing.T) {
	t.Parallel()
	const theirs = "Mon, 02 Mar 2020 10:00:00 GMT"
	tests := map[string]struct {
		handle http.HandlerFunc
		pause  time.Duration
	}{
		"seconds":              {answering(429, "Retry-After", "39"), 39 * time.Second},
		"parts of a second":    {answering(429, "Retry-After", "1.5"), 1500 * time.Millisecond},
		"a date by its clock":  {answering(503, "Date", theirs, "Retry-After", "Mon, 02 Mar 2020 10:00:20 GMT"), 20 * time.Second},
		"after a success":      {answering(200, "Retry-After", "5"), 5 * time.Second},
		"none":                 {answering(429), time.Second},
		"nonsense":             {answering(429, "Retry-After", "soon"), time.Second},
		"a date that is past":  {answering(429, "Date", theirs, "Retry-After", "Mon, 02 Mar 2020 09:00:00 GMT"), time.Second},
		"less than nothing":    {answering(429, "Retry-After", "-5"), time.Second},
		"longer than ever":     {answering(429, "Retry-After", "99999999999999999999"), time.Second},
		"infinity, which is 1": {answering(429, "Retry-After", "Inf"), time.Second},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := map[string]governor.Limit{"wikipedia": {}}
			b := setup(t, outside.Config{Limits: limits}, tc.handle)
			other := replica(t, b.clock.URL(), outside.Config{Limits: limits})
			_, _ = b.get(t.Context(), t, account("wikipedia"), "/")
			_, err := get(t.Context(), t, other, account("wikipedia"), b.api.URL)
			require.Equal(t, tc.pause, busy(t, err))
			b.clock.Advance(tc.pause)
			_, _ = get(t.Context(), t, other, account("wikipedia"), b.api.URL)
			require.EqualValues(t, 2, b.hits.Load())
		})
	}
}

func TestRetryAfter_ALongPauseIsAFailure(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, answering(429, "Retry-After", "3600"))
	_, err := b.get(t.Context(), t, account("tavily"), "/")
	require.Equal(t, time.Hour, problem(t, err).RetryAfter)
	_, err = b.get(t.Context(), t, account("tavily"), "/")
	own := problem(t, err)
	require.Equal(t, connector.Limited, own.Problem)
	require.Equal(t, time.Hour, own.RetryAfter)
	require.EqualValues(t, 1, b.hits.Load())
}

func TestCircuit_OpensAfterFiveFailures(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, answering(500))
	for range 5 {
		_, err := b.get(t.Context(), t, account("crossref"), "/")
		require.Contains(t, problem(t, err).Message, "status 500")
		b.clock.Advance(time.Second)
	}
	_, err := b.get(t.Context(), t, account("crossref"), "/")
	own := problem(t, err)
	require.Equal(t, connector.Unavailable, own.Problem)
	require.Equal(t, "It failed several times in a row and is left alone for a while.", own.Message)
	require.Equal(t, 9*time.Second, own.RetryAfter)
	require.EqualValues(t, 5, b.hits.Load())
	health, err := b.Health(t.Context(), account("crossref"))
	require.NoError(t, err)
	require.Equal(t, 5, health.Failures)
	require.False(t, health.OpenUntil.IsZero())
}

func TestLearnt_FromHeaders(t *testing.T) {
	t.Parallel()
	reset := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	tests := map[string]struct {
		provider string
		headers  []string
		learnt   governor.Rate
		pause    time.Duration // about
	}{
		"crossref's public pool": {
			"crossref",
			[]string{"x-rate-limit-limit", "5", "x-rate-limit-interval", "1s", "x-concurrency-limit", "1"},
			governor.Rate{Requests: 5, Per: time.Second, Concurrency: 1},
			0,
		},
		"crossref, as it was":       {"crossref", []string{"x-rate-limit-limit", "50", "x-rate-limit-interval", "1s"}, governor.Rate{Requests: 50, Per: time.Second}, 0},
		"crossref without interval": {"crossref", []string{"x-rate-limit-limit", "50"}, governor.Rate{}, 0},
		"crossref, nonsense":        {"crossref", []string{"x-rate-limit-limit", "many", "x-rate-limit-interval", "1h"}, governor.Rate{}, 0},
		"brave's two windows": {
			"brave",
			[]string{"X-RateLimit-Policy", "20;w=1, 15000;w=2592000", "X-RateLimit-Remaining", "19, 14000", "X-RateLimit-Reset", "1, 1419704"},
			governor.Rate{Requests: 20, Per: time.Second},
			0,
		},
		"brave's month is over": {
			"brave",
			[]string{"X-RateLimit-Policy", "1;w=1, 2000;w=2592000", "X-RateLimit-Remaining", "1, 0", "X-RateLimit-Reset", "1, 7200"},
			governor.Rate{Requests: 1, Per: time.Second},
			2 * time.Hour,
		},
		"a month is no rate":            {"brave", []string{"X-RateLimit-Policy", "2000;w=2592000"}, governor.Rate{}, 0},
		"openalex' day":                 {"openalex", []string{"X-RateLimit-Limit", "100000", "X-RateLimit-Remaining", "42", "X-RateLimit-Reset", "3600"}, governor.Rate{}, 0},
		"openalex' day is over":         {"openalex", []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "3600"}, governor.Rate{}, time.Hour},
		"a reset as a time":             {"openalex", []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset}, governor.Rate{}, time.Hour},
		"nothing left without a reset":  {"openalex", []string{"X-RateLimit-Remaining", "0"}, governor.Rate{}, 0},
		"who is not known to send them": {"tavily", []string{"X-RateLimit-Policy", "1;w=1", "x-rate-limit-limit", "1"}, governor.Rate{}, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, outside.Config{}, answering(200, tc.headers...))
			_, err := b.get(t.Context(), t, account(tc.provider), "/")
			require.NoError(t, err)
			health, err := b.Health(t.Context(), account(tc.provider))
			require.NoError(t, err)
			require.Equal(t, tc.learnt, health.Learnt)
			if tc.pause == 0 {
				require.Zero(t, health.HeldUntil)
				return
			}
			require.WithinDuration(t, health.LastSuccess.Add(tc.pause), health.HeldUntil, time.Minute) // the table was made a while before
		})
	}
}

// A paid plan of Brave's says that it may have more than the smallest.
func TestLearnt_RaisesTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, answering(200, "X-RateLimit-Policy", "50;w=1", "X-RateLimit-Remaining", "49", "X-RateLimit-Reset", "1"))
	for range 10 {
		_, err := b.get(t.Context(), t, account("brave"), "/")
		if err != nil {
			b.clock.Advance(busy(t, err)) // the first cost a second
			continue
		}
		b.clock.Advance(20 * time.Millisecond)
	}
	require.GreaterOrEqual(t, b.hits.Load(), int64(9))
}
