package governor_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/governor"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

const (
	// fleetChild holds what a child process does: the address of Redis; the address of
	// the server; the first ticket; the number of tickets; the gap.
	fleetChild = "RP_GOVERNOR_CHILD"
	// fleetGap sets the gap of the test, to run it by hand with the real three seconds.
	fleetGap = "RP_GOVERNOR_GAP"
	requests = 200
)

// standIn is a server that counts who is there and when they came.
type standIn struct {
	mu       sync.Mutex
	arrivals []time.Time
	open     int
	mostOpen int
}

// ServeHTTP implements http.Handler. It takes a little time, so that two could meet.
func (s *standIn) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.arrivals = append(s.arrivals, time.Now())
	s.open++
	s.mostOpen = max(s.mostOpen, s.open)
	s.mu.Unlock()
	select {
	case <-time.After(3 * time.Millisecond):
	case <-r.Context().Done():
	}
	s.mu.Lock()
	s.open--
	s.mu.Unlock()
}

// smallest returns the smallest time between two arrivals.
func (s *standIn) smallest() time.Duration {
	least := time.Hour
	for i := range len(s.arrivals) - 1 {
		least = min(least, s.arrivals[i+1].Sub(s.arrivals[i]))
	}
	return least
}

// Two processes have a hundred requests each in line for a place that takes one at a
// time, with a rest between two.
func TestFleet_TwoProcessesKeepTheGapTogether(t *testing.T) {
	t.Parallel()
	if os.Getenv(fleetChild) != "" {
		t.Skip("this is a child")
	}
	gap := 50 * time.Millisecond
	if text := os.Getenv(fleetGap); text != "" {
		var err error
		gap, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	server := &standIn{}
	http := httptest.NewServer(server)
	defer http.Close()
	url := redistest.URL(t)

	var children errgroup.Group
	for first := 0; first < requests; first += requests / 2 {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFleet_Child$", "-test.timeout=0")
		child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d %d %s", fleetChild, url, http.URL, first, requests/2, gap))
		children.Go(func() error {
			out, err := child.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		})
	}
	begun := time.Now()
	require.NoError(t, children.Wait())
	t.Logf("%d requests in %s, the smallest gap is %s", len(server.arrivals), time.Since(begun), server.smallest())
	require.Len(t, server.arrivals, requests)
	require.Equal(t, 1, server.mostOpen)
	require.GreaterOrEqual(t, server.smallest(), gap)
}

// TestFleet_Child is a process of TestFleet: jobs that come, are told when to come
// again, and hold nothing until then.
func TestFleet_Child(t *testing.T) {
	t.Parallel()
	var redisURL, serverURL string
	var first, count int
	var gap time.Duration
	var length string
	if os.Getenv(fleetChild) == "" {
		t.Skip("this is no child")
	}
	_, err := fmt.Sscan(os.Getenv(fleetChild), &redisURL, &serverURL, &first, &count, &length)
	require.NoError(t, err)
	gap, err = time.ParseDuration(length)
	require.NoError(t, err)
	g := governor.New(connect(t, redisURL), governor.Config{})
	jobs, ctx := errgroup.WithContext(t.Context())
	for i := range count {
		jobs.Go(func() error {
			ask := governor.Ask{Key: "fleet", Limit: governor.Limit{Gap: gap, Strict: true}, Ticket: strconv.Itoa(first + i), Lease: 5 * time.Second}
			return visit(ctx, g, ask, serverURL)
		})
	}
	require.NoError(t, jobs.Wait())
}

// visit sends one request when its turn has come.
func visit(ctx context.Context, g *governor.Governor, ask governor.Ask, url string) error {
	for {
		permit, err := g.Acquire(ctx, ask)
		wait := &governor.Wait{After: time.Second}
		switch {
		// On a machine that has much to do Redis may not answer in time.
		case errors.As(err, &wait), errors.Is(err, governor.ErrUnchecked):
			select {
			case <-time.After(wait.After):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		case err != nil:
			return err
		}
		defer permit.Done(ctx, governor.Report{})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
}
