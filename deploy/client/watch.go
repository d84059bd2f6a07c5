package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	// maxEvent is the longest event that is read, in bytes.
	maxEvent = 4 << 20
	// reconnectPause is the pause before a broken stream is taken up again.
	reconnectPause = 500 * time.Millisecond
	// maxReconnects is how often in a row that is tried without a new event.
	maxReconnects = 20
)

// errBreaksOff means that the server ends its streams before the run has ended.
var errBreaksOff = errors.New("the stream of events keeps breaking off")

// Watch calls fn with each event of an analysis after a sequence number, in
// order and once, until the run has ended. A stream that breaks is taken up
// again where it was.
func (c *Client) Watch(ctx context.Context, id string, after int64, fn func(*analysisv1.Event) error) error {
	failures := 0
	for {
		ended, err := c.watchOnce(ctx, id, after, func(e *analysisv1.Event) error {
			after, failures = e.GetSequence(), 0
			return fn(e)
		})
		refused := &Error{}
		switch {
		case ended:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused) && refused.Status < 500:
			return err
		case failures == maxReconnects:
			return errors.Join(errBreaksOff, err)
		}
		failures++
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(reconnectPause):
		}
	}
}

// watchOnce reads one stream of Server-Sent Events. It reports true when the
// stream ended with the run.
func (c *Client) watchOnce(ctx context.Context, id string, after int64, fn func(*analysisv1.Event) error) (bool, error) {
	req, err := c.request(ctx, http.MethodGet, path("/api/v1/analysis/%s/events", id), nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	if after > 0 {
		req.Header.Set("Last-Event-ID", strconv.FormatInt(after, 10))
	}
	resp, err := c.open(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNoContent {
		return true, nil // the run has ended, and we have all of it
	}

	ended := false
	err = readEvents(resp.Body, func(data string) error {
		e := &analysisv1.Event{}
		if err := decode.Unmarshal([]byte(data), e); err != nil {
			return err
		}
		ended = ended || Ended(e.GetStateChanged().GetState())
		return fn(e)
	})
	return ended, err
}

// readEvents calls fn with the data of each event of the stream.
func readEvents(r io.Reader, fn func(data string) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	var data []string
	for lines.Scan() {
		line := lines.Text()
		if line == "" && len(data) > 0 { // an empty line ends the event
			if err := fn(strings.Join(data, "\n")); err != nil {
				return err
			}
			data = nil
			continue
		}
		if value, ok := strings.CutPrefix(line, "data:"); ok {
			data = append(data, strings.TrimPrefix(value, " "))
		}
	}
	return lines.Err()
}

// Ended reports whether a state is final. AWAITING_APPROVAL, the highest number, is not.
func Ended(s analysisv1.Analysis_State) bool {
	return s >= analysisv1.Analysis_COMPLETED && s <= analysisv1.Analysis_CANCELLED
}
