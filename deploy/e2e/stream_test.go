package e2e

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// eventStream is an open stream of Server-Sent Events.
type eventStream struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

// follow opens the stream of a run's events after a sequence number.
func (u *user) follow(t *testing.T, id string, after int64) *eventStream {
	t.Helper()
	req := u.request(t, http.MethodGet, "/api/v1/analysis/"+id+"/events", nil, "Accept", "text/event-stream")
	if after > 0 {
		req.Header.Set("Last-Event-ID", strconv.FormatInt(after, 10))
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &eventStream{t: t, lines: bufio.NewScanner(resp.Body), close: func() { _ = resp.Body.Close() }}
}

// next returns the next event, and nil when the stream has ended.
func (s *eventStream) next() *analysisv1.Event {
	s.t.Helper()
	id, kind := "", ""
	var event *analysisv1.Event
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			kind = value
		case "data":
			event = &analysisv1.Event{}
			require.NoError(s.t, protojson.Unmarshal([]byte(value), event))
		case "":
			if event == nil {
				continue // a comment or the retry time
			}
			require.Equal(s.t, strconv.FormatInt(event.GetSequence(), 10), id)
			require.Equal(s.t, event.GetType().String(), kind)
			return event
		}
	}
	return nil
}

// all reads the stream to its end.
func (s *eventStream) all() []*analysisv1.Event {
	s.t.Helper()
	// A server that forgets to end the stream must not hang the test.
	stop := time.AfterFunc(patience, s.close)
	defer stop.Stop()
	var events []*analysisv1.Event
	for e := s.next(); e != nil; e = s.next() {
		events = append(events, e)
	}
	require.True(s.t, stop.Stop(), "the stream was still open after %s", patience)
	return events
}

// log reads the log of a run's events page by page.
func (u *user) log(t *testing.T, id string, pageSize int) []*analysisv1.Event {
	t.Helper()
	var events []*analysisv1.Event
	for token := ""; ; {
		page := &analysisv1.ListEventsResponse{}
		u.get(t, "/api/v1/analysis/"+id+"/events?pageSize="+strconv.Itoa(pageSize)+"&pageToken="+token, page)
		require.LessOrEqual(t, len(page.GetEvents()), pageSize)
		events = append(events, page.GetEvents()...)
		if token = page.GetNextPageToken(); token == "" {
			return events
		}
	}
}

// sequences are the numbers of events.
func sequences(events []*analysisv1.Event) []int64 {
	numbers := make([]int64, len(events))
	for i, e := range events {
		numbers[i] = e.GetSequence()
	}
	return numbers
}

// upTo are the numbers from first to last.
func upTo(first, last int64) []int64 {
	numbers := []int64{}
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// asJSON writes events in a form that can be compared.
func asJSON(t *testing.T, events []*analysisv1.Event) []string {
	t.Helper()
	texts := make([]string, len(events))
	for i, e := range events {
		text, err := protojson.Marshal(e)
		require.NoError(t, err)
		texts[i] = strings.Join(strings.Fields(string(text)), " ") // protojson varies its spaces
	}
	return texts
}
