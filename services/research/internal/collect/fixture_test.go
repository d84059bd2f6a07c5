package collect_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/jobs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// place is a connector that answers as its test says.
type place struct {
	about  connector.About
	search func(ctx context.Context, q connector.Query) (connector.Answer, error)
}

// About implements connector.Connector.
func (p place) About() connector.About { return p.about }

// Search implements connector.Connector.
func (p place) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	return p.search(ctx, q)
}

// asks returns a place that answers with fn.
func asks(name string, fn func(ctx context.Context, q connector.Query) (connector.Answer, error)) place {
	return place{connector.About{Name: name}, fn}
}

// finds returns a place that always finds the same.
func finds(name string, items ...connector.Item) place {
	return asks(name, func(context.Context, connector.Query) (connector.Answer, error) {
		return connector.Answer{Items: items}, nil
	})
}

// fails returns a place that never answers.
func fails(name string, problem connector.Problem) place {
	return asks(name, func(context.Context, connector.Query) (connector.Answer, error) {
		return connector.Answer{}, &connector.Error{Problem: problem, Message: "it is broken"}
	})
}

// item is something that is found with its whole text.
func item(title, text string) connector.Item {
	return connector.Item{Title: title, URL: "https://example.org/" + title, Text: text, Extent: connector.ExtentFull, NoFetch: true}
}

// nobody has no settings and no keys.
type nobody struct{}

func (nobody) Of(context.Context, string, string) (settings.Settings, error) {
	return settings.Settings{}, nil
}

func (nobody) Credential(context.Context, string, string, string) (string, error) { return "", nil }

// fixture is a workspace with one research that waits to be collected.
type fixture struct {
	rows      *store.Store
	blobs     *blobs.Blobs
	workspace string
	client    *jobs.Client
}

// setup starts workers that collect with some connectors.
func setup(t *testing.T, connectors ...connector.Connector) fixture {
	t.Helper()
	db := pgtest.New(t, migrations.FS)
	bytes, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = bytes.Close() })
	f := fixture{rows: store.New(db), workspace: uuid.NewString()}
	f.blobs = blobs.New(bytes, f.rows)

	fetcher := fetch.New(fetch.Config{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(fetcher.Close)
	extractor := extract.New(extract.Config{})
	t.Cleanup(func() { _ = extractor.Close() })
	workers := river.NewWorkers()
	collect.New(collect.Deps{
		Store: f.rows, Blobs: f.blobs, Connectors: connector.NewSet(connectors...), Credentials: nobody{},
		Pages: web.New(fetcher, nobody{}, f.rows, f.blobs), Extractor: extractor, Timeout: time.Minute,
	}).Register(workers)
	f.client, err = jobs.New(t.Context(), db, jobs.Config{ID: "worker-0", Schema: pgtest.Schema, Logger: slog.New(slog.DiscardHandler)}, workers)
	require.NoError(t, err)
	t.Cleanup(f.client.Close)
	for _, queue := range []string{collect.QueueCollect, collect.QueueAsk, collect.QueueRead} {
		require.NoError(t, f.client.Queues().Add(queue, river.QueueConfig{MaxWorkers: 4}))
	}
	require.NoError(t, f.client.Start(t.Context()))
	t.Cleanup(func() { _ = f.client.Stop(context.WithoutCancel(t.Context())) })
	return f
}

// begin queues a research.
func (f fixture) begin(t *testing.T, p *researchv1.ResearchParameters, deadline time.Duration) store.Research {
	t.Helper()
	parameters, err := protojson.Marshal(p)
	require.NoError(t, err)
	until := time.Now().Add(deadline)
	var r store.Research
	require.NoError(t, f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		r, _, err = f.rows.CreateResearch(ctx, tx, store.Research{
			ID: uuid.NewString(), WorkspaceID: f.workspace, UserID: uuid.NewString(), Query: "why do bridges fall?",
			Parameters: parameters, Deadline: &until,
		})
		if err != nil {
			return err
		}
		_, err = f.client.InsertTx(ctx, tx, collect.Begin(r), nil)
		return err
	}))
	return r
}

// await returns a research once it is in a state that until accepts.
func (f fixture) await(t *testing.T, id string, until func(store.Research) bool) store.Research {
	t.Helper()
	var r store.Research
	require.Eventually(t, func() bool {
		var err error
		r, err = f.rows.GetResearch(t.Context(), f.workspace, id)
		return err == nil && until(r)
	}, 30*time.Second, 10*time.Millisecond)
	return r
}

// collect collects to the end.
func (f fixture) collect(t *testing.T, p *researchv1.ResearchParameters) store.Research {
	t.Helper()
	return f.await(t, f.begin(t, p, time.Minute).ID, store.Research.Ended)
}

// outcomes are what became of the connectors: state and reason, by name.
func (f fixture) outcomes(t *testing.T, r store.Research) map[string]string {
	t.Helper()
	asks, err := f.rows.ListAsks(t.Context(), f.workspace, r.ID)
	require.NoError(t, err)
	out := map[string]string{}
	for _, o := range collect.Outcomes(asks) {
		out[o.Connector] = o.State
		if o.Reason != "" {
			out[o.Connector] += ": " + o.Reason
		}
	}
	return out
}

// sources returns the sources of a research by title.
func (f fixture) sources(t *testing.T, r store.Research) map[string]store.Source {
	t.Helper()
	list, err := f.rows.ListSources(t.Context(), f.workspace, r.ID, page.Query[store.SourcePlace]{Limit: 1000})
	require.NoError(t, err)
	out := map[string]store.Source{}
	for _, src := range list {
		require.NotContains(t, out, src.Title)
		out[src.Title] = src
	}
	return out
}

// titles are the titles of the sources in their order, with their outcomes.
func (f fixture) titles(t *testing.T, r store.Research) []string {
	t.Helper()
	list, err := f.rows.ListSources(t.Context(), f.workspace, r.ID, page.Query[store.SourcePlace]{Limit: 1000})
	require.NoError(t, err)
	out := []string{}
	for _, src := range list {
		out = append(out, src.Title+" "+src.Outcome)
	}
	return out
}

// evidence returns the evidence of a research, the best first.
func (f fixture) evidence(t *testing.T, r store.Research) []store.Evidence {
	t.Helper()
	list, err := f.rows.ListEvidence(t.Context(), f.workspace, r.ID, page.Query[int32]{Limit: 1000})
	require.NoError(t, err)
	return list
}

// text returns the snapshot of a source.
func (f fixture) text(t *testing.T, src store.Source) string {
	t.Helper()
	blob, size, err := f.blobs.Get(t.Context(), f.workspace, src.TextSHA256)
	require.NoError(t, err)
	defer blob.Close()
	out := make([]byte, size)
	_, err = blob.Read(out)
	require.NoError(t, err)
	return string(out)
}

// site serves pages by path, and nothing to robots.
func site(t *testing.T, pages map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}
