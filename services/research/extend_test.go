package research_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
	"github.com/researcherpro/researcherpro/services/research/researchtest/standin"
)

// extension asks for another round of a research.
func extension(id, requestID string, queries ...string) *researchv1.ExtendResearchRequest {
	return &researchv1.ExtendResearchRequest{Id: id, RequestId: requestID, Queries: queries}
}

// idsByTitle are the ids of the sources of a research.
func idsByTitle(ctx context.Context, t *testing.T, f *researchtest.Fixture, id string) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for _, src := range f.Sources(ctx, t, id) {
		require.NotContains(t, ids, src.GetTitle(), "found twice, one source")
		ids[src.GetTitle()] = src.GetId()
	}
	return ids
}

func TestExtendResearch_TwoRoundsOverManyPlaces(t *testing.T) {
	t.Parallel()
	places := standin.New(t, nil)
	f, ctx := researchtest.Serve(t, asking(places)), researchtest.User(t)
	created, err := f.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{
		Query: "Why do bridges fall?", Parameters: &researchv1.ResearchParameters{Sources: []string{"crossref", "openalex", "wikipedia"}},
	})
	require.NoError(t, err)
	first := ended(ctx, t, f, created.GetId())
	require.Equal(t, researchv1.Research_SUCCEEDED, first.GetState(), first.GetConnectors())
	before := idsByTitle(ctx, t, f, first.GetId())
	require.Len(t, before, 2)

	req := extension(first.GetId(), "round 2", "What is scour?")
	req.Sources = []string{"pubmed", "brave", "wikipedia"}
	again, err := f.Research.ExtendResearch(ctx, req)
	require.NoError(t, err)
	require.Equal(t, researchv1.Research_QUEUED, again.GetState())
	second := ended(ctx, t, f, first.GetId())
	require.Equal(t, researchv1.Research_SUCCEEDED, second.GetState(), second.GetConnectors())
	require.Equal(t, []string{"What is scour?"}, second.GetSubQueries())

	after := idsByTitle(ctx, t, f, first.GetId())
	require.Len(t, after, 3, "PubMed knows the same paper, Brave a page")
	for title, id := range before {
		require.Equal(t, id, after[title], title)
	}
	requests := map[string]int32{}
	for _, c := range second.GetConnectors() {
		requests[c.GetConnector()] = c.GetRequests()
	}
	require.Equal(t, map[string]int32{"brave": 1, "crossref": 1, "openalex": 1, "pubmed": 1, "wikipedia": 2}, requests, "sums over both rounds")
	require.EqualValues(t, 3, second.GetStatistics().GetSourcesFound())

	same, err := f.Research.ExtendResearch(ctx, extension(first.GetId(), "round 2", "Something else?"))
	require.NoError(t, err)
	require.Equal(t, second.String(), same.String(), "the same request id changes nothing")
}

func TestExtendResearch_OnlyOfWhatHasEndedWell(t *testing.T) {
	t.Parallel()
	cfg := researchtest.Config(t)
	api, user := researchtest.API(t, cfg), researchtest.User(t)
	r, err := api.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: question})
	require.NoError(t, err)
	_, err = api.Research.ExtendResearch(user, extension(r.GetId(), "", "more"))
	require.ErrorIs(t, err, errs.FailedPrecondition, "it is running")
	_, err = api.Research.CancelResearch(user, &researchv1.CancelResearchRequest{Id: r.GetId()})
	require.NoError(t, err)
	_, err = api.Research.ExtendResearch(user, extension(r.GetId(), "", "more"))
	require.ErrorIs(t, err, errs.FailedPrecondition, "it was cancelled")
	_, err = api.Research.ExtendResearch(researchtest.User(t), extension(r.GetId(), "", "more"))
	require.ErrorIs(t, err, errs.NotFound, "of another workspace")

	wrong := extension(r.GetId(), "", "fine", " ")
	wrong.Sources = []string{"tea leaves"}
	_, err = api.Research.ExtendResearch(user, wrong)
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "queries[1]")
	require.ErrorContains(t, err, "sources[0]")
}

func TestExtendResearch_OfAKilledProcessIsDoneByTheNextOne(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	f := researchtest.Replica(t, cfg)
	f.Add(user, t, "otters.md", []byte(otters))
	first := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	sources, evidence := f.Sources(user, t, first.GetId()), f.Evidence(user, t, first.GetId())
	f.Stop()
	api := researchtest.API(t, cfg)
	_, err := api.Research.ExtendResearch(user, extension(first.GetId(), "2", "Where do otters keep stones?"))
	require.NoError(t, err)
	api.Stop()
	// What a process leaves behind that is killed while it runs the job.
	_, err = allJobs(t, cfg).Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = ARRAY[$1]
		WHERE finalized_at IS NULL AND args ->> 'round' = '2'`, cfg.WorkerID)
	require.NoError(t, err)

	f = researchtest.Replica(t, cfg)
	second := f.Wait(user, t, first.GetId())
	require.Equal(t, researchv1.Research_SUCCEEDED, second.GetState(), second.GetError())
	require.Len(t, f.Sources(user, t, first.GetId()), 1)
	require.Equal(t, sources[0].GetId(), f.Sources(user, t, first.GetId())[0].GetId())
	require.Equal(t, evidence[0].GetId(), f.Evidence(user, t, first.GetId())[0].GetId())

	db := allJobs(t, cfg)
	awaitIdle(t, db)
	_, err = db.Exec(t.Context(), "UPDATE river_job SET state = 'available', finalized_at = NULL WHERE queue <> 'audit' AND finalized_at IS NOT NULL")
	require.NoError(t, err)
	awaitIdle(t, db)
	require.Equal(t, second.String(), f.Wait(user, t, first.GetId()).String(), "jobs of both rounds that are done twice change nothing")
}

func TestExtendResearch_CancelEndsTheRound(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	f := researchtest.Replica(t, cfg)
	f.Add(user, t, "otters.md", []byte(otters))
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	f.Stop()
	api := researchtest.API(t, cfg)
	_, err := api.Research.ExtendResearch(user, extension(r.GetId(), "2", "more"))
	require.NoError(t, err)
	r, err = api.Research.CancelResearch(user, &researchv1.CancelResearchRequest{Id: r.GetId()})
	require.NoError(t, err)
	require.Equal(t, researchv1.Research_CANCELLED, r.GetState())
	require.Len(t, api.Evidence(user, t, r.GetId()), 1, "what was found stays")
}

func TestLibraryChanged_SinceAResearchEnded(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t, func(cfg *research.Config) { cfg.Outside.Connectors = []string{"documents", "urls"} }), researchtest.User(t)
	add := func(text, collection string) string {
		d, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Otters", Text: text, Collection: collection})
		require.NoError(t, err)
		return f.Await(user, t, d.GetId()).GetId()
	}
	changed := func(r *researchv1.Research) bool {
		now, err := f.Research.GetResearch(user, &researchv1.GetResearchRequest{Id: r.GetId()})
		require.NoError(t, err)
		return now.GetLibraryChanged()
	}
	ask := func(p *researchv1.ResearchParameters) *researchv1.Research {
		return f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question, Parameters: p})
	}
	first := add(otters, "a")
	all, onlyA := ask(nil), ask(&researchv1.ResearchParameters{Collections: []string{"a"}})
	none := ask(&researchv1.ResearchParameters{Sources: []string{"urls"}})
	for _, r := range []*researchv1.Research{all, onlyA, none} {
		require.False(t, changed(r))
	}
	second := add(otters+" And more.", "b")
	require.True(t, changed(all))
	require.False(t, changed(onlyA), "a document of another collection")
	require.False(t, changed(none), "it did not ask the library")

	_, err := f.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: first, Collection: "c"}})
	require.NoError(t, err)
	require.True(t, changed(onlyA), "a document that it used is in another collection now")

	all = ask(nil)
	require.False(t, changed(all))
	_, err = f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: second})
	require.NoError(t, err)
	require.True(t, changed(all))
	_, err = f.Research.ExtendResearch(user, extension(all.GetId(), "", "more"))
	require.NoError(t, err)
	f.Wait(user, t, all.GetId())
	require.False(t, changed(all), "the round has seen it")
}

func TestConnectors_ThatCostMoneySaySo(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t, asking(standin.New(t, nil)), func(cfg *research.Config) { cfg.Outside.Timeout = time.Second })
	list, err := f.Research.ListConnectors(researchtest.User(t), &researchv1.ListConnectorsRequest{})
	require.NoError(t, err)
	var paid []string
	for _, c := range list.GetConnectors() {
		if c.GetPaid() {
			paid = append(paid, c.GetName())
		}
	}
	slices.Sort(paid)
	require.Equal(t, []string{"brave", "perplexity", "tavily"}, paid)
}
