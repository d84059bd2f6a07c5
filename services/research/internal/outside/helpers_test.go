package outside_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

const contact = "ops@example.org"

// bundle is a client with a Redis whose time the test decides, and an API to ask.
type bundle struct {
	*outside.Client
	clock *redistest.Clock
	api   *httptest.Server
	hits  atomic.Int64
}

// setup returns a client and an API that answers with handle.
func setup(t *testing.T, config outside.Config, handle http.HandlerFunc) *bundle {
	t.Helper()
	b := &bundle{clock: redistest.NewClock(t)}
	b.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.hits.Add(1)
		handle(w, r)
	}))
	t.Cleanup(b.api.Close)
	b.Client = replica(t, b.clock.URL(), config)
	return b
}

// replica returns a client of one more process on a Redis.
func replica(t *testing.T, redisURL string, config outside.Config) *outside.Client {
	t.Helper()
	client := connect(t, redisURL)
	config.Governor, config.Redis = governor.New(client, governor.Config{}), client
	c, err := outside.New(t.Context(), config)
	require.NoError(t, err)
	return c
}

func connect(t *testing.T, url string) *redis.Client {
	t.Helper()
	client, err := redisx.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// get asks the API for a path.
func (b *bundle) get(ctx context.Context, t *testing.T, account connector.Account, path string) (connector.Reply, error) {
	t.Helper()
	return get(ctx, t, b.Client, account, b.api.URL+path)
}

func get(ctx context.Context, t *testing.T, c *outside.Client, account connector.Account, url string) (connector.Reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	return c.Do(ctx, account, req)
}

// problem returns the connector's error that an error is.
func problem(t *testing.T, err error) *connector.Error {
	t.Helper()
	var own *connector.Error
	require.ErrorAs(t, err, &own)
	require.NotEmpty(t, own.Message)
	require.True(t, strings.HasSuffix(own.Message, "."), own.Message)
	return own
}

// busy returns after which time a request that was not sent has its turn.
func busy(t *testing.T, err error) time.Duration {
	t.Helper()
	var own *connector.Busy
	require.ErrorAs(t, err, &own)
	require.Positive(t, own.After)
	return own.After
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"fine":true}`)) }

func account(provider string) connector.Account { return connector.Account{Provider: provider} }
