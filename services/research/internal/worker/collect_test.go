package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// place is a connector that finds what its test says.
type place struct {
	name string
	find func(ctx context.Context, q connector.Query) ([]connector.Found, error)
}

// Name implements connector.Connector.
func (p place) Name() string { return p.name }

// Description implements connector.Connector.
func (p place) Description() string { return "A place in a test." }

// Find implements connector.Connector.
func (p place) Find(ctx context.Context, q connector.Query) ([]connector.Found, error) {
	return p.find(ctx, q)
}

// finds returns a place that always finds the same.
func finds(name string, found ...connector.Found) place {
	return place{name, func(context.Context, connector.Query) ([]connector.Found, error) { return found, nil }}
}

// page is a source with a passage for each score.
func page(title string, scores ...float64) connector.Found {
	f := connector.Found{Title: title, FetchTime: time.Now()}
	for _, score := range scores {
		f.Passages = append(f.Passages, connector.Passage{Text: title, EndOffset: int32(len(title)), Score: score})
	}
	return f
}

// fixture is a workspace with one research that waits for its worker.
type fixture struct {
	rows      *store.Store
	workspace string
	research  string
	client    func(t *testing.T, connectors ...connector.Connector) *jobs.Client
}

func setup(t *testing.T) fixture {
	t.Helper()
	db := pgtest.New(t, migrations.FS)
	f := fixture{rows: store.New(db), workspace: uuid.NewString(), research: uuid.NewString()}
	f.client = func(t *testing.T, connectors ...connector.Connector) *jobs.Client {
		t.Helper()
		workers := river.NewWorkers()
		river.AddWorker(workers, worker.NewCollect(f.rows, connectors))
		client, err := jobs.New(t.Context(), db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, Logger: slog.New(slog.DiscardHandler)}, workers)
		require.NoError(t, err)
		t.Cleanup(client.Close)
		require.NoError(t, client.Queues().Add(worker.CollectQueue, river.QueueConfig{MaxWorkers: 1}))
		return client
	}
	return f
}

// collect stores a research and works its job with the connectors to its end.
func (f fixture) collect(t *testing.T, connectors ...connector.Connector) store.Research {
	t.Helper()
	client := f.client(t, connectors...)
	ended, unsubscribe := client.Subscribe(river.EventKindJobCompleted, river.EventKindJobFailed)
	defer unsubscribe()
	err := f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, _, err := f.rows.CreateResearch(ctx, tx, store.Research{
			ID: f.research, WorkspaceID: f.workspace, UserID: uuid.NewString(), Query: "why?", Parameters: []byte("{}"),
		})
		if err != nil {
			return err
		}
		_, err = client.InsertTx(ctx, tx, worker.CollectArgs{WorkspaceID: f.workspace, ResearchID: f.research}, nil)
		return err
	})
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	defer func() { require.NoError(t, client.Stop(context.WithoutCancel(t.Context()))) }()
	event := <-ended
	require.Equal(t, river.EventKindJobCompleted, event.Kind, event.Job.Errors)
	r, err := f.rows.GetResearch(t.Context(), f.workspace, f.research)
	require.NoError(t, err)
	return r
}

// titles returns the titles of the sources in their order.
func (f fixture) titles(t *testing.T) []string {
	t.Helper()
	sources, err := f.rows.ListSources(t.Context(), f.workspace, f.research, 0, 100)
	require.NoError(t, err)
	out := []string{}
	for _, s := range sources {
		out = append(out, s.Title+" "+s.Outcome)
	}
	return out
}

func TestCollect_RanksEachPlaceByItsOwnBest(t *testing.T) {
	t.Parallel()
	f := setup(t)
	broken := connector.Found{Title: "torn", Unreadable: "it is torn", FetchTime: time.Now()}
	r := f.collect(t,
		finds("small numbers", broken, page("poor", 0.01), page("fair", 0.002, 0.05), page("best", 0.1)),
		finds("large numbers", page("beside the point"), page("good", 900, 100), page("first", 1000)),
	)
	require.Equal(t, store.ResearchSucceeded, r.State)
	require.Equal(t, []string{
		"best USED", "first USED", "good USED", "fair USED", "poor USED", "torn UNREADABLE", "beside the point UNUSED",
	}, f.titles(t))
	evidence, err := f.rows.ListEvidence(t.Context(), f.workspace, f.research, 0, 100)
	require.NoError(t, err)
	var scores []float64
	for _, e := range evidence {
		scores = append(scores, e.Score)
	}
	require.InDeltaSlice(t, []float64{1, 1, 0.9, 0.5, 0.1, 0.1, 0.02}, scores, 1e-9)
	require.Equal(t, []int32{7, 5, 1, 7}, []int32{r.SourcesFound, r.SourcesUsed, r.SourcesFailed, r.Passages})
}

func TestCollect_APlaceThatFailsIsNotTheEnd(t *testing.T) {
	t.Parallel()
	down := place{"web", func(context.Context, connector.Query) ([]connector.Found, error) {
		return nil, errors.New("dial tcp 10.0.0.7: refused")
	}}
	for name, tc := range map[string]struct {
		connectors []connector.Connector
		state      string
		titles     []string
	}{
		"one of two":                 {[]connector.Connector{down, finds("library", page("good", 1))}, store.ResearchPartial, []string{"good USED"}},
		"one, and one finds nothing": {[]connector.Connector{down, finds("library")}, store.ResearchPartial, []string{}},
		"all of them":                {[]connector.Connector{down}, store.ResearchFailed, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			r := f.collect(t, tc.connectors...)
			require.Equal(t, tc.state, r.State)
			require.Equal(t, tc.titles, f.titles(t))
			require.NotContains(t, r.Error, "10.0.0.7", "internal text is for the log")
			if tc.state == store.ResearchFailed {
				require.Contains(t, r.Error, "web did not answer")
			}
		})
	}
}

func TestCollect_WhatIsCancelledMeanwhileGetsNoEvidence(t *testing.T) {
	t.Parallel()
	f := setup(t)
	r := f.collect(t, place{"library", func(ctx context.Context, _ connector.Query) ([]connector.Found, error) {
		_, err := f.rows.CancelResearch(ctx, f.workspace, f.research)
		return []connector.Found{page("late", 1)}, err
	}})
	require.Equal(t, store.ResearchCancelled, r.State)
	require.Empty(t, f.titles(t))
}

func TestCollect_LeavesOutADocumentThatIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	f := setup(t)
	kept, gone := f.document(t, "kept"), f.document(t, "gone")
	r := f.collect(t, place{"library", func(ctx context.Context, _ connector.Query) ([]connector.Found, error) {
		found := []connector.Found{page("kept", 1), page("gone", 2)}
		found[0].DocumentID, found[1].DocumentID = kept, gone
		_, err := f.rows.DeleteDocument(ctx, f.workspace, gone)
		return found, err
	}})
	require.Equal(t, store.ResearchSucceeded, r.State)
	require.Equal(t, []string{"kept USED"}, f.titles(t), "the snapshot of the other may be gone")
}

// document stores a document that is not waiting to be read.
func (f fixture) document(t *testing.T, digest string) string {
	t.Helper()
	id := uuid.NewString()
	err := f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		if _, _, err := f.rows.CreateDocument(ctx, tx, store.Document{ID: id, WorkspaceID: f.workspace, SHA256: digest}); err != nil {
			return err
		}
		return f.rows.FailDocument(ctx, tx, id, "", "EMPTY", "there is no text in it")
	})
	require.NoError(t, err)
	return id
}
