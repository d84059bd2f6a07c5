package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// run is the log of a run of so many events, of which the last ends it.
type run int64

// stream writes the events after one, at most n of them.
func (last run) stream(w io.Writer, after, n int64) {
	fmt.Fprint(w, "retry: 2000\n\n: heartbeat\n\n")
	for sequence := after + 1; sequence <= min(int64(last), after+n); sequence++ {
		detail := `"type":"SOURCE_FOUND"`
		if sequence == int64(last) {
			detail = `"type":"STATE_CHANGED","stateChanged":{"state":"COMPLETED","progress":1}`
		}
		fmt.Fprintf(w, "id: %d\ndata: {\"sequence\":\"%d\",\ndata: %s}\n\n", sequence, sequence, detail)
	}
}

// after is where a client goes on.
func after(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	return n
}

// watch collects the numbers of the events that the client tells of.
func watch(t *testing.T, c *client.Client, after int64) ([]int64, error) {
	t.Helper()
	var got []int64
	err := c.Watch(t.Context(), "a1", after, func(e *analysisv1.Event) error {
		got = append(got, e.GetSequence())
		return nil
	})
	return got, err
}

func TestWatch_ToldOnceAndInOrderOverBrokenStreams(t *testing.T) {
	t.Parallel()
	const log = run(5)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { log.stream(w, after(r), 2) })
	got, err := watch(t, c, 0)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2, 3, 4, 5}, got)
}

func TestWatch_HalfAnEventIsNotTold(t *testing.T) {
	t.Parallel()
	const log = run(3)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		log.stream(w, after(r), 1)
		_, _ = io.WriteString(w, "id: 99\ndata: {\"sequence\":\"99\"}\n") // no empty line: cut off
	})
	got, err := watch(t, c, 0)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2, 3}, got)
}

func TestWatch_BeginsBehindTheGivenEvent(t *testing.T) {
	t.Parallel()
	const log = run(5)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "text/event-stream" {
			w.WriteHeader(http.StatusNotAcceptable)
			return
		}
		log.stream(w, after(r), 9)
	})
	got, err := watch(t, c, 3)
	require.NoError(t, err)
	require.Equal(t, []int64{4, 5}, got)
}

func TestWatch_NothingLeftIsTheEnd(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})
	got, err := watch(t, c, 22)
	require.NoError(t, err)
	require.Empty(t, got)
	require.EqualValues(t, 1, asked.Load())
}

func TestWatch_RefusalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"the analysis was not found"}`)
	})
	_, err := watch(t, c, 0)
	require.EqualError(t, err, "the analysis was not found")
	require.EqualValues(t, 1, asked.Load())
}

func TestWatch_ServerThatRestartsIsTriedAgain(t *testing.T) {
	t.Parallel()
	const log = run(2)
	var asked atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		log.stream(w, after(r), 9)
	})
	got, err := watch(t, c, 0)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2}, got)
}

func TestWatch_EventThatFillsManyLinesIsRead(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "data: {\"sequence\":\"1\",\"text\":{\"text\":%q}}\n\n", strings.Repeat("long ", 200_000))
		fmt.Fprint(w, "data: {\"sequence\":\"2\",\"stateChanged\":{\"state\":\"FAILED\"}}\n\n")
	})
	got, err := watch(t, c, 0)
	require.NoError(t, err)
	require.Equal(t, []int64{1, 2}, got)
}

func TestWatch_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		run(5).stream(w, after(r), 1)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the stream stays open
	})
	stop := errors.New("seen enough")
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Watch(ctx, "a1", 0, func(*analysisv1.Event) error { cancel(); return stop })
	require.ErrorIs(t, err, ctx.Err())
}

func TestEnded(t *testing.T) {
	t.Parallel()
	for number, name := range analysisv1.Analysis_State_name {
		state := analysisv1.Analysis_State(number)
		running := strings.Contains("STATE_UNSPECIFIED QUEUED AWAITING_APPROVAL COLLECTING ANALYZING REPORTING", name)
		require.Equal(t, !running, client.Ended(state), name)
	}
}
