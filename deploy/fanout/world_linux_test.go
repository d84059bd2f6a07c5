package fanout

import (
	"context"
	"crypto/rand"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// maxEvents is how many events of a run are timed.
const maxEvents = 1 << 16

// world is a fleet with two gateways and what writes into the log of its runs as the
// analysis service does.
type world struct {
	gateways []gateway
	token    string
	user     *client.Client
	db       *pg.Pool
	admin    *pgxpool.Pool
	log      *eventlog.Log
}

// gateway is a process.
type gateway struct {
	addr    string
	process *programtest.Child
}

func newWorld(t testing.TB) *world {
	t.Helper()
	fleet := programtest.New(t, map[string]string{
		"CONNECTORS": "documents", "ACCESS_TOKEN_EXPIRE_MINUTES": "600",
		"STREAMS_PER_USER": "100000", "STREAMS_PER_ADDRESS": "100000",
		// All of the load comes from one address, and of one user.
		"RATE_LIMIT_READ": "0", "RATE_LIMIT_STREAM": "0", "CONNECTIONS_PER_ADDRESS": "100000",
	})
	one := fleet.Start(t)
	two := &programtest.Site{Fleet: fleet, Addrs: maps.Clone(one.Addrs), Processes: map[string]*programtest.Child{}}
	two.Addrs["HTTP_ADDR"] = programtest.FreeAddress(t)
	two.Processes = map[string]*programtest.Child{}
	ready := two.Launch(t, "gateway")
	two.Processes["gateway"].Await(t, "ready", ready)
	w := &world{user: client.New(one.Base(), "")}
	for _, site := range []*programtest.Site{one, two} {
		w.gateways = append(w.gateways, gateway{site.Addrs["HTTP_ADDR"], site.Processes["gateway"]})
	}
	_, err := w.user.Register(t.Context(), strings.ToLower(rand.Text())+"@example.org", "correct horse battery staple", "Load")
	require.NoError(t, err)
	w.token = w.user.Token()
	w.db, err = pg.Open(t.Context(), fleet.Database["analysis"], pg.Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(w.db.Close)
	w.admin, err = pgxpool.New(t.Context(), fleet.AdminURL)
	require.NoError(t, err)
	t.Cleanup(w.admin.Close)
	opts, err := redis.ParseURL(fleet.Common["REDIS_URL"])
	require.NoError(t, err)
	wake := redis.NewClient(opts)
	t.Cleanup(func() { _ = wake.Close() })
	w.log = eventlog.Open(t.Context(), w.db, wake, eventlog.Options{Topic: "analysis"})
	t.Cleanup(w.log.Close)
	return w
}

// run is an analysis whose log the benchmark writes.
type run struct {
	id, workspace string
	last          atomic.Int64
	times         []atomic.Int64 // by sequence: when it was committed, in nanoseconds
}

// start makes a run that goes on for ever, because nobody approves its plan.
func (w *world) start(t testing.TB) *run {
	t.Helper()
	a, err := w.user.Start(t.Context(), &analysisv1.StartAnalysisRequest{Question: "What do sockets cost?", AwaitApproval: true, RequestId: rand.Text()})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		a, err = w.user.Analysis(t.Context(), a.GetId())
		return err == nil && a.GetState() == analysisv1.Analysis_AWAITING_APPROVAL
	}, time.Minute, 50*time.Millisecond)
	r := &run{id: a.GetId(), times: make([]atomic.Int64, maxEvents)}
	r.last.Store(a.GetLastSequence())
	row := w.admin.QueryRow(t.Context(), `SELECT workspace_id::text FROM analysis.event_streams WHERE stream_id = $1`, r.id)
	require.NoError(t, row.Scan(&r.workspace))
	return r
}

// append commits n events and wakes the followers, as the service does.
func (w *world) append(ctx context.Context, r *run, n int, text string) error {
	events := make([]eventlog.New, n)
	for i := range events {
		payload, err := proto.Marshal(&analysisv1.Event{
			Type: analysisv1.Event_TEXT, Detail: &analysisv1.Event_Text{Text: &analysisv1.TextWritten{Text: text}},
		})
		if err != nil {
			return err
		}
		events[i] = eventlog.New{Type: "TEXT", Payload: payload}
	}
	var last int64
	err := w.db.InWorkspace(ctx, r.workspace, func(ctx context.Context, tx pgx.Tx) (err error) {
		last, err = eventlog.Append(ctx, tx, r.workspace, r.id, events...)
		return err
	})
	if err != nil {
		return err
	}
	now := time.Now().UnixNano()
	for sequence := last - int64(n) + 1; sequence <= last; sequence++ {
		if sequence < maxEvents {
			r.times[sequence].Store(now)
		}
	}
	r.last.Store(last)
	w.log.Notify(r.workspace, r.id, last)
	return nil
}

// committed returns when an event was committed; 0 when that is not known.
func (r *run) committed(sequence int64) int64 {
	if sequence >= maxEvents {
		return 0
	}
	return r.times[sequence].Load()
}
