package research_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
	"github.com/researcherpro/researcherpro/services/research/researchtest/standin"
)

// page is a page of the web that changes.
type page struct {
	url string

	mu          sync.Mutex
	answer      http.HandlerFunc
	conditional int // requests that asked whether it is still the same
}

// article is a page with some paragraphs, which is fresh for an hour.
func article(paragraphs ...string) http.HandlerFunc {
	body := "<html lang=en><head><title>Otters</title></head><body><article><h1>Otters</h1><p>" + strings.Join(paragraphs, "</p><p>") + "</p></article></body></html>"
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Header().Set("Etag", `"`+digest([]byte(body))+`"`)
		if r.Header.Get("If-None-Match") == w.Header().Get("Etag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(body))
	}
}

// empty is a page without a word.
func empty(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<html><body></body></html>"))
}

func newPage(t *testing.T, first http.HandlerFunc) *page {
	t.Helper()
	p := &page{answer: first}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		p.mu.Lock()
		answer := p.answer
		if r.Header.Get("If-None-Match") != "" {
			p.conditional++
		}
		p.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL + "/otters"
	return p
}

// becomes changes what the page answers.
func (p *page) becomes(answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// reader is a user whose research has read one page.
type reader struct {
	*researchtest.Fixture

	ctx      context.Context //nolint:containedctx // of a test's user
	caller   authn.Caller
	sourceID string
}

// reads returns a user whose research has read one page.
func reads(t *testing.T, p *page) reader {
	t.Helper()
	f := researchtest.Serve(t, func(cfg *research.Config) {
		cfg.Outside.Connectors, cfg.Outside.Trusted = []string{"documents", "urls"}, []string{"127.0.0.1/32"}
	})
	caller := authntest.Caller(t, authn.RoleResearcher)
	u := reader{Fixture: f, caller: caller, ctx: researchtest.As(t, caller)}
	r := f.Ask(u.ctx, t, &researchv1.CreateResearchRequest{
		Query: question, Parameters: &researchv1.ResearchParameters{Sources: []string{"urls"}, Urls: []string{p.url}},
	})
	sources := f.Sources(u.ctx, t, r.GetId())
	require.Len(t, sources, 1)
	require.Equal(t, researchv1.Source_USED, sources[0].GetOutcome(), sources[0].GetOutcomeReason())
	u.sourceID = sources[0].GetId()
	return u
}

// recheck reads the source again.
func (u reader) recheck(t *testing.T) *researchv1.SourceRecheck {
	t.Helper()
	answer, err := u.Research.RecheckSource(u.ctx, &researchv1.RecheckSourceRequest{Id: u.sourceID})
	require.NoError(t, err)
	return answer
}

// later makes the last answers older than they are given again.
func (u reader) later(t *testing.T) {
	t.Helper()
	require.NoError(t, database(t, u.Config).InWorkspace(t.Context(), u.caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE rechecks SET check_time = check_time - interval '2 min'")
		return err
	}))
}

const padding = "Sea otters live along the northern Pacific coast. They eat urchins, crabs and clams, and they spend most of their lives in the water, where they sleep on their backs."

func TestRecheckSource_SaysWhatBecameOfAPage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		now     http.HandlerFunc
		outcome researchv1.SourceRecheck_Outcome
		reason  string
		text    bool
	}{
		"it is the same":         {article(fact, padding), researchv1.SourceRecheck_UNCHANGED, "", true},
		"the quote moved":        {article(padding, fact), researchv1.SourceRecheck_CHANGED, "", true},
		"the quote vanished":     {article(padding), researchv1.SourceRecheck_CHANGED, "", true},
		"the page is gone":       {http.NotFound, researchv1.SourceRecheck_GONE, "There is no such page (status 404).", false},
		"it is withdrawn":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, researchv1.SourceRecheck_GONE, "There is no such page (status 410).", false},
		"the server is broken":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, researchv1.SourceRecheck_UNREADABLE, "The server has a problem (status 500).", false},
		"it redirects inside":    {http.RedirectHandler("http://10.0.0.1/secret", http.StatusFound).ServeHTTP, researchv1.SourceRecheck_UNREADABLE, "", false},
		"it is empty by now":     {empty, researchv1.SourceRecheck_UNREADABLE, "", false},
		"it redirects elsewhere": {http.RedirectHandler("http://127.0.0.2/", http.StatusFound).ServeHTTP, researchv1.SourceRecheck_UNREADABLE, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPage(t, article(fact, padding))
			u := reads(t, p)
			before, _, err := u.Content(u.ctx, u.sourceID, false)
			require.NoError(t, err)
			p.becomes(tc.now)
			got := u.recheck(t)
			require.Equal(t, tc.outcome, got.GetOutcome(), got.GetReason())
			require.Equal(t, tc.outcome == researchv1.SourceRecheck_GONE || tc.outcome == researchv1.SourceRecheck_UNREADABLE, got.GetReason() != "")
			if tc.reason != "" {
				require.Equal(t, tc.reason, got.GetReason())
			}
			text, _, err := u.Rechecked(u.ctx, u.sourceID)
			if !tc.text {
				require.ErrorIs(t, err, errs.NotFound)
			} else {
				require.NoError(t, err)
				require.Equal(t, got.GetSha256(), digest(text))
				require.EqualValues(t, 200, got.GetFetch().GetStatus())
			}
			require.Equal(t, tc.outcome == researchv1.SourceRecheck_UNCHANGED, got.GetSha256() == digest(before))
			after, _, err := u.Content(u.ctx, u.sourceID, false)
			require.NoError(t, err)
			require.Equal(t, before, after, "the snapshot of the source stays")
		})
	}
}

func TestRecheckSource_AsksPastTheCacheButConditionally(t *testing.T) {
	t.Parallel()
	p := newPage(t, article(fact, padding))
	u := reads(t, p)
	require.Equal(t, researchv1.SourceRecheck_UNCHANGED, u.recheck(t).GetOutcome())
	p.mu.Lock()
	require.Equal(t, 1, p.conditional, "what is fresh is asked about all the same")
	p.mu.Unlock()
	p.becomes(http.NotFound)
	first := u.recheck(t)
	require.Equal(t, researchv1.SourceRecheck_UNCHANGED, first.GetOutcome(), "within a minute the last answer")
	u.later(t)
	require.Equal(t, researchv1.SourceRecheck_GONE, u.recheck(t).GetOutcome())
}

func TestRecheckSource_LeavesNoBytesBehind(t *testing.T) {
	t.Parallel()
	p := newPage(t, article(fact, padding))
	u := reads(t, p)
	kept := blobsIn(t, u.Blobs)
	p.becomes(article(padding, fact))
	u.recheck(t)
	require.Len(t, blobsIn(t, u.Blobs), len(kept)+2, "the new page and its text")
	u.later(t)
	p.becomes(article(padding))
	u.recheck(t)
	require.Len(t, blobsIn(t, u.Blobs), len(kept)+2, "in place of those before")
	list, err := u.Research.ListResearch(u.ctx, &researchv1.ListResearchRequest{})
	require.NoError(t, err)
	_, err = u.Research.DeleteResearch(u.ctx, &researchv1.DeleteResearchRequest{Id: list.GetResearch()[0].GetId()})
	require.NoError(t, err)
	require.Len(t, blobsIn(t, u.Blobs), 1, "the page of the cache only")
}

func TestRecheckSource_OfADocument(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	w := fill(user, t, f)
	_, _, err := f.Rechecked(user, w.sourceID)
	require.ErrorIs(t, err, errs.NotFound, "not read again yet")
	got, err := f.Research.RecheckSource(user, &researchv1.RecheckSourceRequest{Id: w.sourceID})
	require.NoError(t, err)
	require.Equal(t, researchv1.SourceRecheck_UNCHANGED, got.GetOutcome())
	require.Nil(t, got.GetFetch())

	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	source := f.Sources(user, t, r.GetId())[0].GetId()
	_, err = f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: w.documentID})
	require.NoError(t, err)
	got, err = f.Research.RecheckSource(user, &researchv1.RecheckSourceRequest{Id: source})
	require.NoError(t, err)
	require.Equal(t, researchv1.SourceRecheck_GONE, got.GetOutcome())
	text, _, err := f.Rechecked(user, w.sourceID)
	require.NoError(t, err)
	require.Contains(t, string(text), fact, "what was read again stays readable")

	_, err = f.Research.RecheckSource(researchtest.User(t), &researchv1.RecheckSourceRequest{Id: w.sourceID})
	require.ErrorIs(t, err, errs.NotFound, "of another workspace")
}

// record is Crossref's record of the paper on scour with what is added to it.
func record(more string) string {
	return `{"status":"ok","message-type":"work-list","message-version":"1.0.0","message":{"total-results":1,"items-per-page":20,"items":[
{"DOI":"10.5555/SCOUR.2020","title":["How flood scour brings down bridges"],"author":[{"given":"Ada","family":"Stone"}],
"issued":{"date-parts":[[2020,5]]},"type":"journal-article","URL":"https://doi.org/10.5555/scour.2020"` + more + `}]}}`
}

func TestRecheckSource_FindsWhatWasPublishedSince(t *testing.T) {
	t.Parallel()
	places := standin.New(t, map[string]standin.Behaviour{"openalex": {Status: http.StatusServiceUnavailable}})
	f, user := researchtest.Serve(t, asking(places)), researchtest.User(t)
	created, err := f.Research.CreateResearch(user, &researchv1.CreateResearchRequest{
		Query: "Why do bridges fall?", Parameters: &researchv1.ResearchParameters{Sources: []string{"pubmed", "crossref"}},
	})
	require.NoError(t, err)
	r := ended(user, t, f, created.GetId())
	sources := f.Sources(user, t, r.GetId())
	require.Len(t, sources, 1)
	require.Empty(t, sources[0].GetNotices())
	require.Equal(t, researchv1.Source_ABSTRACT, sources[0].GetExtent(), "%s %s", sources[0], r.GetConnectors())

	places.Reply("crossref", record(`,"updated-by":[{"DOI":"10.5555/retraction","type":"retraction","updated":{"date-parts":[[2026,1,2]]}}]`))
	got, err := f.Research.RecheckSource(user, &researchv1.RecheckSourceRequest{Id: sources[0].GetId()})
	require.NoError(t, err)
	require.Equal(t, researchv1.SourceRecheck_UNCHANGED, got.GetOutcome(), "PubMed gives the same abstract again: "+got.GetReason())
	require.Equal(t, sources[0].GetSha256(), got.GetSha256())
	require.Len(t, got.GetNotices(), 1)
	notice := got.GetNotices()[0]
	require.Equal(t, researchv1.Notice_RETRACTION, notice.GetKind())
	require.Equal(t, "10.5555/retraction 2026-01-02 crossref", notice.GetDoi()+" "+notice.GetDate()+" "+notice.GetConnector())
}

func TestRecheckSource_OfASnippetLooksForItOnThePage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		page    http.HandlerFunc
		outcome researchv1.SourceRecheck_Outcome
	}{
		"its words are there": {article(fact, padding), researchv1.SourceRecheck_UNCHANGED},
		"they are not":        {article(padding), researchv1.SourceRecheck_CHANGED},
		"there is no page":    {http.NotFound, researchv1.SourceRecheck_GONE},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPage(t, http.NotFound)
			places := standin.New(t, nil)
			places.Reply("searxng", `{"query":"q","results":[{"url":"`+p.url+`","title":"Otters","content":"`+fact+` ...","engine":"one","engines":["one"]}],"answers":[],"corrections":[],"infoboxes":[],"suggestions":[],"unresponsive_engines":[]}`)
			f, user := researchtest.Serve(t, asking(places)), researchtest.User(t)
			r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question, Parameters: &researchv1.ResearchParameters{Sources: []string{"searxng"}}})
			sources := f.Sources(user, t, r.GetId())
			require.Len(t, sources, 1)
			require.Equal(t, researchv1.Source_SNIPPET, sources[0].GetExtent())
			p.becomes(tc.page)
			got, err := f.Research.RecheckSource(user, &researchv1.RecheckSourceRequest{Id: sources[0].GetId()})
			require.NoError(t, err)
			require.Equal(t, tc.outcome, got.GetOutcome(), got.GetReason())
			require.Len(t, places.Calls("searxng"), 1, "a search is not paid for again")
		})
	}
}
