package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
)

func TestRetry_TriesAgainWhatMaySucceedLater(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer func(w http.ResponseWriter)
		tries  int32
	}{
		"the server is down":             {func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) }, 3},
		"another request got in between": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusConflict) }, 3},
		"the connection breaks":          {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 3},
		"too many requests, with a time": {func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 3},
		"a quota is used up":   {func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }, 1},
		"the request is wrong": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadRequest) }, 1},
		"the server has a bug": {func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) < 3 {
					tc.answer(w)
					return
				}
				_, _ = io.WriteString(w, `{"id":"d1"}`)
			})
			err := client.Retry(t.Context(), func(ctx context.Context) error {
				_, err := c.Document(ctx, "d1")
				return err
			})
			require.Equal(t, tc.tries, asked.Load())
			require.Equal(t, tc.tries == 3, err == nil, err)
		})
	}
}

func TestRetry_EndsWithItsContextAndSaysWhatWasWrong(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"message":"down","details":[{"reason":"MAINTENANCE"}]}`)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := client.Retry(ctx, func(ctx context.Context) error {
		_, err := c.Document(ctx, "d1")
		return err
	})
	refused := &client.Error{}
	require.ErrorAs(t, err, &refused)
	require.Equal(t, &client.Error{Status: 503, Message: "down", Reason: "MAINTENANCE", Wait: time.Hour}, refused)
}

func TestRetry_OfWhatIsNoRequestIsOnce(t *testing.T) {
	t.Parallel()
	tries, own := 0, errors.New("my own")
	require.ErrorIs(t, client.Retry(t.Context(), func(context.Context) error {
		tries++
		return own
	}), own)
	require.Equal(t, 1, tries)
}
