package collect_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	resonance = "Bridges fall when wind and deck oscillate in resonance until the cables tear. The Tacoma Narrows bridge fell in 1940."
	scour     = "Most bridges fall because floods wash the ground away from under their piers, which engineers call scour."
)

func TestCollect_SaysWhatBecameOfEachConnector(t *testing.T) {
	t.Parallel()
	good := finds("good", item("resonance", resonance))
	for name, tc := range map[string]struct {
		connectors []connector.Connector
		sources    []string // the names that the user asked for
		state      string
		outcomes   map[string]string
	}{
		"all answer": {
			[]connector.Connector{good, finds("nothing")},
			nil, store.ResearchSucceeded,
			map[string]string{"good": "ANSWERED", "nothing": "ANSWERED"},
		},
		"one fails": {
			[]connector.Connector{good, fails("bad", connector.Malformed)},
			nil, store.ResearchPartial,
			map[string]string{"good": "ANSWERED", "bad": "FAILED: it is broken"},
		},
		"one cannot be reached that nobody named": {
			[]connector.Connector{good, fails("far", connector.Unreachable)},
			nil, store.ResearchSucceeded,
			map[string]string{"good": "ANSWERED", "far": "SKIPPED: it is broken"},
		},
		"one cannot be reached that was named": {
			[]connector.Connector{good, fails("far", connector.Unreachable)},
			[]string{"good", "far"},
			store.ResearchPartial,
			map[string]string{"good": "ANSWERED", "far": "FAILED: it is broken"},
		},
		"one has no key": {
			[]connector.Connector{good, place{about: connector.About{Name: "keyed", Provider: "keyed", NeedsCredential: true}}},
			nil, store.ResearchSucceeded,
			map[string]string{"good": "ANSWERED", "keyed": `SKIPPED: it needs a key: store a credential for "keyed" in the workspace, or set KEYED_API_KEY for the whole installation`},
		},
		"all fail": {
			[]connector.Connector{fails("bad", connector.Denied), fails("worse", connector.Malformed)},
			nil, store.ResearchFailed,
			map[string]string{"bad": "FAILED: it is broken", "worse": "FAILED: it is broken"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, tc.connectors...)
			r := f.collect(t, &researchv1.ResearchParameters{Sources: tc.sources})
			require.Equal(t, tc.outcomes, f.outcomes(t, r))
			require.Equal(t, tc.state, r.State)
			if tc.state == store.ResearchFailed {
				require.Equal(t, "no source could be asked: bad: it is broken; worse: it is broken", r.Error)
				return
			}
			require.Equal(t, []string{"resonance USED"}, f.titles(t, r))
			require.InDelta(t, 1, r.Progress, 0)
		})
	}
}

func TestCollect_AsksEachConnectorEachQueryAndPage(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	everywhere := asks("web", func(_ context.Context, q connector.Query) (connector.Answer, error) {
		asked.Add(1 << (8 * q.Page))
		return connector.Answer{}, nil
	})
	f := setup(t, everywhere)
	f.collect(t, &researchv1.ResearchParameters{Depth: 2})
	require.EqualValues(t, 1+1<<8, asked.Load())
}

func TestCollect_TheSameThingOnce(t *testing.T) {
	t.Parallel()
	paper := func(url, text string, ids map[string]string) connector.Item {
		return connector.Item{
			Title: "On the fall of bridges", URL: url, Text: text, Extent: connector.ExtentAbstract, NoFetch: true, Kind: "article", Identifiers: ids,
		}
	}
	first := paper("https://doi.org/10.1000/bridges", "", map[string]string{"doi": "10.1000/bridges"})
	second := paper("https://pubmed.ncbi.nlm.nih.gov/77/", resonance, map[string]string{"pmid": "77"})
	bridge := paper("https://openalex.org/W1", "", map[string]string{"doi": "10.1000/bridges", "pmid": "77", "openalex": "W1"})
	bridge.Notices = []connector.Notice{{Kind: connector.NoticeRetraction, From: "openalex"}}
	for _, order := range [][]connector.Connector{
		{finds("crossref", first), finds("pubmed", second), finds("openalex", bridge)},
		{finds("openalex", bridge), finds("crossref", first), finds("pubmed", second)},
	} {
		f := setup(t, order...)
		r := f.collect(t, nil)
		src := f.sources(t, r)["On the fall of bridges"]
		require.Equal(t, store.OutcomeUsed, src.Outcome)
		require.Equal(t, resonance, f.text(t, src))
		require.Subset(t, src.Identifiers, map[string]string{"doi": "10.1000/bridges", "pmid": "77", "openalex": "W1"})
		require.Len(t, src.Mentions, 2)
		require.Equal(t, connector.NoticeRetraction, src.Notices[0].Kind)
		require.EqualValues(t, 1, r.SourcesFound)
	}
}

func TestCollect_NearlyTheSameTextIsOneSource(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(resonance+" "+scour+" ", 1) + strings.Join(strings.Split("abcdefghijklmnopqrstuvwxyz", ""), " word ")
	f := setup(t, finds("a", item("original", long)), finds("b", item("copy", long+" Read more.")), finds("c", item("other", scour)))
	r := f.collect(t, nil)
	sources := f.sources(t, r)
	require.Len(t, sources, 2)
	for _, e := range f.evidence(t, r) {
		require.Contains(t, []string{"original", "copy", "other"}, titleOf(sources, e.SourceID), "evidence of a source that is gone")
	}
	require.Len(t, append(sources["original"].Mentions, sources["copy"].Mentions...), 1)
}

func titleOf(sources map[string]store.Source, id string) string {
	for title, src := range sources {
		if src.ID == id {
			return title
		}
	}
	return ""
}

func TestCollect_KeepsWhatWasReadAtItsOffsets(t *testing.T) {
	t.Parallel()
	root := site(t, map[string]string{
		"/article": "<html><head><title>Falling bridges</title><meta name=author content='Ada Stone'></head><body><article><h1>Falling bridges</h1><p>" +
			resonance + "</p><p>" + scour + "</p><p>" + strings.Repeat("Steel and stone are strong, and yet they give way in the end. ", 6) + "</p></article></body></html>",
	})
	found := connector.Item{Title: "Falling bridges", URL: root + "/article", Text: "Bridges fall …", Extent: connector.ExtentSnippet}
	missing := connector.Item{Title: "Gone", URL: root + "/gone", Text: "Bridges fall, says the abstract.", Extent: connector.ExtentSnippet}
	empty := connector.Item{Title: "Nothing known", URL: root + "/nothing"}
	f := setup(t, finds("web", found, missing, empty))
	r := f.collect(t, nil)
	sources := f.sources(t, r)

	read := sources["Falling bridges"]
	require.Equal(t, store.OutcomeUsed, read.Outcome)
	require.Equal(t, string(connector.ExtentFull), read.Extent)
	require.Equal(t, root+"/article", read.Fetch.FinalURL)
	require.Equal(t, 200, read.Fetch.Status)
	require.Contains(t, read.Fetch.Headers["content-type"], "text/html")
	require.Contains(t, f.text(t, read), scour)

	fallback := sources["Gone"]
	require.Equal(t, string(connector.ExtentSnippet), fallback.Extent)
	require.NotEmpty(t, fallback.OutcomeReason, "why the snippet had to do")
	require.Equal(t, store.OutcomeUnreadable, sources["Nothing known"].Outcome)
	require.NotEmpty(t, sources["Nothing known"].OutcomeReason)
	require.Equal(t, store.ResearchSucceeded, r.State, "a page that is gone is no failure of the place that knew it")

	evidence := f.evidence(t, r)
	require.NotEmpty(t, evidence)
	for _, e := range evidence {
		for _, src := range sources {
			if src.ID == e.SourceID {
				require.Equal(t, e.Text, f.text(t, src)[e.StartOffset:e.EndOffset])
			}
		}
	}
}

func TestCollect_AnAbstractThatComesBeforeThePageIsReadStays(t *testing.T) {
	t.Parallel()
	found := connector.Item{Title: "scour", URL: "https://doi.org/10.1000/scour", Identifiers: map[string]string{"doi": "10.1000/scour"}}
	told := found
	told.Text, told.Extent = scour, connector.ExtentAbstract
	f := setup(t, finds("index", found, told)) // the first is queued to be read, the second leaves nothing to read
	r := f.collect(t, nil)
	src := f.sources(t, r)["scour"]
	require.Equal(t, store.OutcomeUsed, src.Outcome, src.OutcomeReason)
	require.Equal(t, scour, f.text(t, src))
	require.Nil(t, src.Fetch, "nobody fetched it")
}

func TestCollect_PutsOffWhatHasToWaitForItsTurn(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	queue := asks("queue", func(context.Context, connector.Query) (connector.Answer, error) {
		if asked.Add(1) < 3 {
			return connector.Answer{}, &connector.Busy{After: time.Millisecond}
		}
		return connector.Answer{Items: []connector.Item{item("resonance", resonance)}}, nil
	})
	f := setup(t, queue)
	r := f.collect(t, nil)
	require.Equal(t, []string{"resonance USED"}, f.titles(t, r))
	require.EqualValues(t, 3, asked.Load())
}

func TestCollect_SendsAgainWhatMayPass(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	shaky := asks("shaky", func(context.Context, connector.Query) (connector.Answer, error) {
		if asked.Add(1) < 3 {
			return connector.Answer{}, &connector.Error{Problem: connector.Unavailable, Message: "it broke off", RetryAfter: time.Millisecond}
		}
		return connector.Answer{Items: []connector.Item{item("resonance", resonance)}}, nil
	})
	f := setup(t, shaky)
	r := f.collect(t, nil)
	require.Equal(t, store.ResearchSucceeded, r.State)
	require.Equal(t, []string{"resonance USED"}, f.titles(t, r))
}

func TestCollect_EndsAtItsDeadlineWithWhatThereIs(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	hangs := asks("hangs", func(ctx context.Context, _ connector.Query) (connector.Answer, error) {
		<-ctx.Done()
		close(ended)
		return connector.Answer{}, ctx.Err()
	})
	f := setup(t, hangs, finds("good", item("resonance", resonance)))
	r := f.await(t, f.begin(t, nil, 3*time.Second).ID, store.Research.Ended)
	require.Equal(t, store.ResearchPartial, r.State)
	require.Equal(t, []string{"resonance USED"}, f.titles(t, r))
	require.Equal(t, map[string]string{"good": "ANSWERED", "hangs": "FAILED: it did not answer before the deadline"}, f.outcomes(t, r))
	<-ended // the call was broken off
}

func TestCancel_BreaksOffCallsAndKeepsWhatWasFound(t *testing.T) {
	t.Parallel()
	hanging, ended := make(chan struct{}), make(chan struct{})
	hangs := asks("hangs", func(ctx context.Context, _ connector.Query) (connector.Answer, error) {
		close(hanging)
		<-ctx.Done()
		close(ended)
		return connector.Answer{}, ctx.Err()
	})
	f := setup(t, hangs, finds("good", item("resonance", resonance)))
	r := f.begin(t, nil, time.Minute)
	<-hanging
	require.Eventually(t, func() bool { return len(f.sources(t, r)) == 1 }, 10*time.Second, 5*time.Millisecond)
	require.NoError(t, f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, running, err := f.rows.CancelResearch(ctx, tx, r.ID)
		require.NoError(t, err)
		require.Len(t, running, 1)
		return collect.CancelJobs(ctx, tx, f.client, running)
	}))
	<-ended
	r = f.await(t, r.ID, store.Research.Ended)
	require.Equal(t, store.ResearchCancelled, r.State)
	require.Len(t, f.sources(t, r), 1)
	require.EqualValues(t, 1, r.SourcesFound)
}

func TestCollect_LeavesOutADocumentThatIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	var f fixture
	var kept, gone string
	library := asks("documents", func(ctx context.Context, _ connector.Query) (connector.Answer, error) {
		_, err := f.rows.DeleteDocument(ctx, f.workspace, gone, "")
		return connector.Answer{Items: []connector.Item{document(kept, "kept"), document(gone, "gone")}}, err
	})
	ready := make(chan struct{})
	f = setup(t, asks("documents", func(ctx context.Context, q connector.Query) (connector.Answer, error) {
		<-ready
		return library.search(ctx, q)
	}))
	kept, gone = f.document(t, "kept"), f.document(t, "gone")
	close(ready)
	r := f.collect(t, nil)
	require.Equal(t, []string{"kept USED"}, f.titles(t, r), "the snapshot of the other may be gone")
}

// document is a document of the library with one passage.
func document(id, title string) connector.Item {
	return connector.Item{Title: title, NoFetch: true, Extent: connector.ExtentFull, Document: &connector.Document{
		ID: id, FetchTime: time.Now(), TextSHA256: title, RawSHA256: title, PassageTotal: 1,
		Passages: []connector.Passage{{Text: resonance, EndOffset: int32(len(resonance)), Score: 1}},
	}}
}

// document stores a document that is not waiting to be read.
func (f fixture) document(t *testing.T, digest string) string {
	t.Helper()
	id := uuid.NewString()
	err := f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		if _, _, err := f.rows.CreateDocument(ctx, tx, store.Document{ID: id, WorkspaceID: f.workspace, SHA256: digest}); err != nil {
			return err
		}
		return f.rows.FailDocument(ctx, tx, store.Finished{Document: store.Document{ID: id, WorkspaceID: f.workspace}}, "EMPTY", "there is no text in it")
	})
	require.NoError(t, err)
	return id
}

func TestCollect_FiltersWhatThePlaceDidNot(t *testing.T) {
	t.Parallel()
	with := func(title string, change func(*connector.Item)) connector.Item {
		it := item(title, title+": "+resonance)
		it.Published, it.Language = "2020-05", "en"
		change(&it)
		return it
	}
	web := finds("web",
		with("fits", func(*connector.Item) {}),
		with("too old", func(it *connector.Item) { it.Published = "2018" }),
		with("too new", func(it *connector.Item) { it.Published = "2021-01-02" }),
		with("undated", func(it *connector.Item) { it.Published = "" }),
		with("elsewhere", func(it *connector.Item) { it.URL = "https://example.net/x" }),
		with("banned", func(it *connector.Item) { it.URL = "https://ads.example.org/x" }),
		with("foreign", func(it *connector.Item) { it.Language = "fr" }),
	)
	f := setup(t, web)
	r := f.collect(t, &researchv1.ResearchParameters{
		IncludeDomains: []string{"Example.org"}, ExcludeDomains: []string{"ads.example.org"}, Languages: []string{"en"},
		PublishedAfter:  timestamppb.New(time.Date(2019, 1, 1, 12, 0, 0, 0, time.UTC)),
		PublishedBefore: timestamppb.New(time.Date(2021, 1, 1, 12, 0, 0, 0, time.UTC)),
	})
	require.Equal(t, []string{"fits USED"}, f.titles(t, r))
}
