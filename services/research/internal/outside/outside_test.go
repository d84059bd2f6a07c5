package outside_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

func TestNew_TheContactMustFitIntoAHeader(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ contact, agent string }{
		"none":             {"", "ResearcherPro/1.0"},
		"a mail address":   {"ops@example.org", "ResearcherPro/1.0 (ops@example.org)"},
		"a page":           {"https://example.org/bots", "ResearcherPro/1.0 (https://example.org/bots)"},
		"a line break":     {"ops@example.org\r\nX: y", ""},
		"a closed bracket": {"ops@example.org) Mozilla/5.0 (", ""},
		"nobody's address": {"ops", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agents := make(chan string, 1)
			config := outside.Config{Contact: tc.contact}
			if tc.agent == "" {
				_, err := outside.New(t.Context(), config)
				require.ErrorContains(t, err, "CONTACT")
				return
			}
			b := setup(t, config, func(_ http.ResponseWriter, r *http.Request) { agents <- r.UserAgent() })
			_, err := b.get(t.Context(), t, account("crossref"), "/")
			require.NoError(t, err)
			require.Equal(t, tc.agent, <-agents)
		})
	}
}

func TestDo_SendsTheRequestAsItIs(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("X-Subscription-Token")+" "+string(body))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("short and stout"))
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.api.URL+"/search?q=1", strings.NewReader("question"))
	require.NoError(t, err)
	req.Header.Set("X-Subscription-Token", "key")
	reply, err := b.Do(t.Context(), account("tavily"), req)
	require.NoError(t, err, "what is below 500 is for the connector to judge")
	require.Equal(t, http.StatusTeapot, reply.Status)
	require.Equal(t, "POST /search?q=1 key question", reply.Header.Get("X-Seen"))
	require.Equal(t, "short and stout", string(reply.Body))
}

func TestDo_LimitsAreSharedByReplicas(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, ok)
	other := replica(t, b.clock.URL(), outside.Config{})
	brave := connector.Account{Provider: "brave", Credential: "key"}
	_, err := b.get(t.Context(), t, brave, "/")
	require.NoError(t, err)
	_, err = get(t.Context(), t, other, brave, b.api.URL)
	require.Equal(t, time.Second, busy(t, err))
	_, err = get(t.Context(), t, other, connector.Account{Provider: "brave", Credential: "another"}, b.api.URL)
	require.NoError(t, err, "each key has its own limit")
	b.clock.Advance(time.Second)
	_, err = get(t.Context(), t, other, brave, b.api.URL)
	require.NoError(t, err)
	require.EqualValues(t, 3, b.hits.Load())
	for _, key := range b.clock.Keys() {
		require.NotContains(t, key, "another")
	}
}

func TestDo_TicketsAreServedInTheirOrder(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, ok)
	a, first, second := outside.WithTicket(t.Context(), "a"), outside.WithTicket(t.Context(), "b"), outside.WithTicket(t.Context(), "c")
	s2 := account("semanticscholar") // one in three seconds
	_, err := b.get(a, t, s2, "/a")
	require.NoError(t, err)
	_, err = b.get(first, t, s2, "/b")
	require.Equal(t, 3*time.Second, busy(t, err))
	_, err = b.get(second, t, s2, "/c")
	require.Equal(t, 6*time.Second, busy(t, err))
	b.clock.Advance(3 * time.Second)
	_, err = b.get(second, t, s2, "/c")
	require.Equal(t, 3*time.Second, busy(t, err), "b comes first")
	b.Leave(first, s2)
	_, err = b.get(second, t, s2, "/c")
	require.NoError(t, err, "b has left")
}

func TestDo_WithoutATicketNobodyIsKeptWaitingForIt(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, ok)
	for range 3 {
		_, _ = b.get(t.Context(), t, account("semanticscholar"), "/")
	}
	health, err := b.Health(t.Context(), account("semanticscholar"))
	require.NoError(t, err)
	require.Zero(t, health.Waiting)
	require.EqualValues(t, 1, b.hits.Load())
}

// The time is the real one here: a turn that is a moment away is waited for.
func TestDo_WaitsForAMoment(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, ok)
	limit := map[string]governor.Limit{"own": {Requests: 1, Per: 200 * time.Millisecond}}
	c := replica(t, redistest.URL(t), outside.Config{Limits: limit})
	begun := time.Now()
	for range 2 {
		_, err := get(t.Context(), t, c, account("own"), b.api.URL)
		require.NoError(t, err)
	}
	require.GreaterOrEqual(t, time.Since(begun), 200*time.Millisecond)

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := get(ctx, t, c, account("own"), b.api.URL)
	require.ErrorIs(t, err, context.Canceled, "the end of the context ends the waiting")
}

func TestDo_WhatATicketWasAnsweredIsKeptForIt(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, r.URL.Path)
	})
	wiki := account("wikipedia") // four at once, then one in eight seconds
	search := func(ticket string) error {
		ctx := outside.WithTicket(t.Context(), ticket)
		for _, path := range []string{"/1", "/2", "/3", "/4", "/5", "/6"} {
			reply, err := b.get(ctx, t, wiki, path)
			if err != nil {
				return err
			}
			require.Equal(t, path, string(reply.Body))
		}
		return nil
	}
	after := busy(t, search("job"))
	require.EqualValues(t, 4, b.hits.Load())
	b.clock.Advance(after)
	b.clock.Advance(busy(t, search("job")))
	require.NoError(t, search("job"), "it goes on where it was sent away")
	require.EqualValues(t, 6, b.hits.Load())

	b.clock.Advance(time.Minute)
	require.Error(t, search("another job"))
	require.EqualValues(t, 10, b.hits.Load(), "others are not answered out of it")
	b.clock.Advance(time.Minute)
	for range 2 {
		_, err := b.get(outside.WithTicket(t.Context(), "job"), t, wiki, "/broken")
		require.NoError(t, err)
	}
	require.EqualValues(t, 12, b.hits.Load(), "only what is good is kept")
}

func TestDo_WithoutRedis(t *testing.T) {
	t.Parallel()
	b := setup(t, outside.Config{}, ok)
	b.clock.Stop()
	_, err := b.get(t.Context(), t, account("arxiv"), "/")
	own := problem(t, err)
	require.Equal(t, connector.Unavailable, own.Problem)
	require.Positive(t, own.RetryAfter)
	require.Zero(t, b.hits.Load(), "arXiv's limit is kept by asking nothing")
	_, err = b.get(t.Context(), t, account("perplexity"), "/")
	require.NoError(t, err, "others are asked within this process' share")
	_, err = b.Health(t.Context(), account("perplexity"))
	require.Error(t, err)
}

func TestLimits_DependOnWhoAsks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config  outside.Config
		account connector.Account
		atOnce  int64 // how many go at once
	}{
		"wikipedia, nobody":       {outside.Config{}, account("wikipedia"), 4},
		"wikipedia, with contact": {outside.Config{Contact: contact}, account("wikipedia"), 20},
		"pubmed, nobody":          {outside.Config{Contact: contact}, account("pubmed"), 2},
		"arxiv, first":            {outside.Config{Contact: contact}, account("arxiv"), 0},
		"an operator's own":       {outside.Config{Limits: map[string]governor.Limit{"searxng": {Requests: 30, Per: time.Second, Burst: 7}}}, account("searxng"), 7},
		"unknown":                 {outside.Config{}, account("elsewhere"), 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, tc.config, ok)
			for range 25 {
				if _, err := b.get(t.Context(), t, tc.account, "/"); err != nil {
					busy(t, err)
					break
				}
			}
			require.Equal(t, tc.atOnce, b.hits.Load())
		})
	}
}
