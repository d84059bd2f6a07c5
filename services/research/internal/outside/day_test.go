package outside_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
)

func TestDo_KeepsForADayWhatArXivAnswered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		account connector.Account
		status  int
		again   int64 // requests that the same question by another replica takes
	}{
		"arXiv":               {connector.Account{Provider: "arxiv"}, http.StatusOK, 0},
		"arXiv's refusal":     {connector.Account{Provider: "arxiv"}, http.StatusBadRequest, 1},
		"others":              {connector.Account{Provider: "searxng"}, http.StatusOK, 1},
		"with somebody's key": {connector.Account{Provider: "arxiv", Credential: "secret"}, http.StatusOK, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, outside.Config{Contact: contact}, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte("answer"))
			})
			ask := func(c *outside.Client) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.api.URL+"/query?q=bridges", nil)
				require.NoError(t, err)
				reply, err := c.Do(t.Context(), tc.account, req)
				for busy := new(connector.Busy); errors.As(err, &busy); {
					b.clock.Advance(busy.After)
					reply, err = c.Do(t.Context(), tc.account, req)
				}
				require.NoError(t, err)
				require.Equal(t, "answer", string(reply.Body))
			}
			ask(b.Client)
			other := replica(t, b.clock.URL(), outside.Config{Contact: contact})
			ask(other)
			require.Equal(t, 1+tc.again, b.hits.Load())
			b.clock.Advance(25 * time.Hour)
			ask(other)
			require.Equal(t, 2+tc.again, b.hits.Load(), "after a day it is asked again")
		})
	}
}
