package e2e

import (
	"context"
	_ "embed"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/browsertest"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/pg"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// followScript is the client of the pages.
//
//go:embed testdata/follow.js
var followScript string

const (
	// outage is how long browsers are without a network.
	outage = 5 * time.Second
	// tick is the pause between two events of the run that pages follow.
	tick = 25 * time.Millisecond
)

// page is a tab that follows a run.
type page struct {
	t   *testing.T
	tab context.Context //nolint:containedctx // the tab, as chromedp has it
}

// told is what a page was told.
type told struct {
	Sequences []int64  `json:"sequences"`
	Opened    int      `json:"opened"` // how often it connected
	Errors    []string `json:"errors"`
	Done      bool     `json:"done"`
}

// servePages serves a page that follows the run which its address names, by a function
// of the script.
func servePages(t *testing.T) *httptest.Server {
	t.Helper()
	html := []byte(`<!doctype html><title>Follow</title><script>` + followScript + `
const log = { sequences: [], opened: 0, errors: [], done: false };
const asked = new URLSearchParams(location.search);
const by = { socket: followBySocket, stream: followByStream }[asked.get("by")];
by(asked.get("base"), asked.get("token"), asked.get("id"), log);
</script>`)
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(html)
	}))
	t.Cleanup(pages.Close)
	return pages
}

// followPage opens a page in a tab of its own.
func followPage(ctx context.Context, t *testing.T, address string) *page {
	t.Helper()
	tab, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate(address)))
	return &page{t: t, tab: tab}
}

// told returns what the page was told so far.
func (p *page) told() told {
	p.t.Helper()
	log, err := chromedp.Run(p.tab, chromedp.Evaluate[told]("log"))
	require.NoError(p.t, err)
	return log
}

// reaches waits until the page has been told an event.
func (p *page) reaches(sequence int64) {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		log := p.told()
		return len(log.Sequences) > 0 && log.Sequences[len(log.Sequences)-1] >= sequence
	}, time.Minute, 50*time.Millisecond, "event %d", sequence)
}

// steady writes into the log of a run, as the analysis service does, one event after
// the other, so that something happens whatever the moment.
type steady struct {
	id   string
	last atomic.Int64
	stop func()
}

// writeSteadily makes a run that goes on until it is cancelled, since nobody approves
// its plan, and writes its events.
func writeSteadily(t *testing.T, fleet *programtest.Fleet, u *user) *steady {
	t.Helper()
	run := u.start(t, &analysisv1.StartAnalysisRequest{Question: question, AwaitApproval: true})
	require.Eventually(t, func() bool {
		u.get(t, "/api/v1/analysis/"+run.GetId(), run)
		return run.GetState() == analysisv1.Analysis_AWAITING_APPROVAL
	}, time.Minute, glance)

	db, err := pg.Open(t.Context(), fleet.Database["analysis"], pg.Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	opts, err := redis.ParseURL(fleet.Common["REDIS_URL"])
	require.NoError(t, err)
	wake := redis.NewClient(opts)
	t.Cleanup(func() { _ = wake.Close() })
	log := eventlog.Open(t.Context(), db, wake, eventlog.Options{Topic: "analysis"})
	t.Cleanup(log.Close)

	s := &steady{id: run.GetId()}
	s.last.Store(run.GetLastSequence())
	ctx, cancel := context.WithCancel(t.Context())
	written := make(chan error, 1)
	go func() { written <- s.write(ctx, db, log, u.session.GetWorkspace().GetId()) }()
	s.stop = func() {
		cancel()
		require.NoError(t, <-written)
	}
	return s
}

func (s *steady) write(ctx context.Context, db *pg.Pool, log *eventlog.Log, workspace string) error {
	payload, err := proto.Marshal(&analysisv1.Event{
		Type: analysisv1.Event_TEXT, Detail: &analysisv1.Event_Text{Text: &analysisv1.TextWritten{Text: "word "}},
	})
	if err != nil {
		return err
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		var last int64
		// An event that is begun is written: the run's own log goes on behind it.
		err := db.InWorkspace(context.WithoutCancel(ctx), workspace, func(ctx context.Context, tx pgx.Tx) (err error) {
			last, err = eventlog.Append(ctx, tx, workspace, s.id, eventlog.New{Type: "TEXT", Payload: payload})
			return err
		})
		if err != nil {
			return err
		}
		s.last.Store(last)
		log.Notify(workspace, s.id, last)
	}
}

// twoGateways runs the fleet with a second gateway, for the pages of an origin.
func twoGateways(t *testing.T, origin string) (fleet *programtest.Fleet, one, two *programtest.Site) {
	t.Helper()
	fleet = programtest.New(t, map[string]string{"CONNECTORS": "documents,urls", "CORS_ORIGINS": origin})
	one = fleet.Start(t)
	two = &programtest.Site{Fleet: fleet, Addrs: maps.Clone(one.Addrs), Processes: map[string]*programtest.Child{}}
	two.Addrs["HTTP_ADDR"] = programtest.FreeAddress(t)
	ready := two.Launch(t, "gateway")
	two.Processes["gateway"].Await(t, "ready", ready)
	return fleet, one, two
}

// TestBrowser lets pages in a real browser follow a run while their network is lost
// twice and the gateway that they are connected to is killed: they are told every event
// once and in order.
func TestBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and runs six programs, and waits for lost networks")
	}
	ctx := browsertest.Start(t)
	pages := servePages(t)
	fleet, one, two := twoGateways(t, pages.URL)
	u := signUp(t, two.Base()) // which is not killed
	run := writeSteadily(t, fleet, u)
	line := newNetwork(t, one.Addrs["HTTP_ADDR"], two.Addrs["HTTP_ADDR"])
	tabs := map[string]*page{}
	for _, by := range []string{"socket", "stream"} {
		tabs[by] = followPage(ctx, t, pages.URL+"/?"+url.Values{"by": {by}, "base": {line.url()}, "token": {u.token}, "id": {run.id}}.Encode())
	}
	caughtUp := func() {
		t.Helper()
		for _, p := range tabs {
			p.reaches(run.last.Load())
		}
	}
	caughtUp()
	for range 2 {
		line.lose(t, outage)
		caughtUp()
	}
	one.Processes["gateway"].Kill(t)
	caughtUp()

	run.stop()
	u.post(t, "/api/v1/analysis/"+run.id+":cancel", &emptypb.Empty{}, &analysisv1.Analysis{})
	last := u.ended(t, run.id).GetLastSequence()
	require.Greater(t, last, run.last.Load())
	for by, p := range tabs {
		p.reaches(last)
		log := p.told()
		require.Equal(t, upTo(1, last), log.Sequences, "by %s", by)
		require.True(t, log.Done)
		require.Empty(t, log.Errors)
		require.GreaterOrEqual(t, log.Opened, 4, "by %s: at first, after each outage and after the kill", by)
		t.Logf("by %s: %d events, connected %d times", by, last, log.Opened)
	}
}
