package research_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// question is one that otters and fact answer.
const question = "How do sea otters crack clams?"

func TestResearch_EvidencePointsExactlyIntoTheSnapshot(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	originals := map[string][]byte{
		"umlauts.md": []byte("# Über Otter\r\n\r\nÖfter “gesehen”: " + fact + "\r\n\r\nUnd sonst nichts.\r\n"),
		"page.html":  []byte("<html><body><article><p>Some words first.</p><p>" + fact + "</p></article></body></html>"),
		"paper.pdf":  pdfOf(fact),
	}
	for name, content := range originals {
		require.Equal(t, researchv1.Document_READY, f.Add(user, t, name, content).GetState())
	}
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question, SubQueries: []string{"Where do otters keep stones?"}})
	require.Equal(t, researchv1.Research_SUCCEEDED, r.GetState(), r.GetError())

	sources := map[string]*researchv1.Source{}
	for _, s := range f.Sources(user, t, r.GetId()) {
		require.Equal(t, researchv1.Source_USED, s.GetOutcome())
		require.Equal(t, "documents", s.GetConnector())
		sources[s.GetId()] = s
		raw, mediaType, err := f.Content(user, s.GetId(), true)
		require.NoError(t, err)
		require.Equal(t, originals[s.GetFileName()], raw)
		require.Equal(t, s.GetMediaType(), mediaType)
	}
	require.Len(t, sources, len(originals))

	evidence := f.Evidence(user, t, r.GetId())
	require.NotEmpty(t, evidence)
	require.InDelta(t, 1, evidence[0].GetScore(), 1e-9, "the best of the run")
	for i, e := range evidence {
		s := sources[e.GetSourceId()]
		text, mediaType, err := f.Content(user, s.GetId(), false)
		require.NoError(t, err)
		require.Equal(t, "text/plain; charset=utf-8", mediaType)
		require.Equal(t, s.GetSha256(), digest(text))
		require.Equal(t, e.GetText(), string(text[e.GetStartOffset():e.GetEndOffset()]), s.GetFileName())
		require.LessOrEqual(t, e.GetScore(), evidence[max(i-1, 0)].GetScore(), "the best first")
		if s.GetFileName() == "paper.pdf" {
			require.Equal(t, int32(1), e.GetPage())
		}
	}
	require.Equal(t, int32(len(sources)), r.GetStatistics().GetSourcesUsed())
	require.Equal(t, int32(len(evidence)), r.GetStatistics().GetPassages())
	require.InDelta(t, 1, r.GetProgress(), 0)
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestResearch_WaitsForWhatWasUploadedJustBefore(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	_, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Otters", Text: otters})
	require.NoError(t, err)
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	require.Len(t, f.Evidence(user, t, r.GetId()), 1)
}

func TestResearch_TheSameRequestIDIsOneResearch(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	ids := make([]string, 8)
	problems := make([]error, len(ids))
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			var r *researchv1.Research
			r, problems[i] = f.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: question, RequestId: "run 7, round 1"})
			ids[i] = r.GetId()
		})
	}
	group.Wait()
	for i := range ids {
		require.NoError(t, problems[i])
		require.Equal(t, ids[0], ids[i])
	}
	other, err := f.Research.CreateResearch(researchtest.User(t), &researchv1.CreateResearchRequest{Query: question, RequestId: "run 7, round 1"})
	require.NoError(t, err)
	require.NotEqual(t, ids[0], other.GetId(), "of another workspace")
	list, err := f.Research.ListResearch(user, &researchv1.ListResearchRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetResearch(), 1)
}

func TestResearch_WithoutARequestIDEachIsItsOwn(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	want := make([]string, 0, 3)
	for i := range 3 {
		r, err := f.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: fmt.Sprintf("question %d", i)})
		require.NoError(t, err)
		want = append([]string{r.GetId()}, want...)
	}
	var got []string
	for token, first := "", true; first || token != ""; first = false {
		resp, err := f.Research.ListResearch(user, &researchv1.ListResearchRequest{PageSize: 2, PageToken: token})
		require.NoError(t, err)
		for _, r := range resp.GetResearch() {
			got = append(got, r.GetId())
		}
		token = resp.GetNextPageToken()
	}
	require.Equal(t, want, got, "the newest first")
}

func TestResearch_DocumentsThatCannotBeReadAreSourcesWithTheirReason(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	broken := []byte("%PDF-1.7\nnothing that could be a page")
	bad := f.Add(user, t, "broken.pdf", broken)
	f.Add(user, t, "otters.md", []byte(otters))
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	require.Equal(t, int32(2), r.GetStatistics().GetSourcesFound())
	require.Equal(t, int32(1), r.GetStatistics().GetSourcesFailed())

	sources := f.Sources(user, t, r.GetId())
	require.Len(t, sources, 2)
	unreadable := sources[1]
	require.Equal(t, bad.GetId(), unreadable.GetDocumentId(), "after the used ones")
	require.Equal(t, researchv1.Source_UNREADABLE, unreadable.GetOutcome())
	require.Equal(t, bad.GetError().GetMessage(), unreadable.GetOutcomeReason())

	_, _, err := f.Content(user, unreadable.GetId(), false)
	require.ErrorIs(t, err, errs.NotFound, "there is no text of it")
	raw, _, err := f.Content(user, unreadable.GetId(), true)
	require.NoError(t, err)
	require.Equal(t, broken, raw)
}

func TestResearch_ParametersNarrowItDown(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for i := range 3 {
		d, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{
			Title: "Otters", Text: fmt.Sprintf("%s\nPart %d is about something else: %d.", otters, i, i*1000), Collection: fmt.Sprintf("part %d", i),
		})
		require.NoError(t, err)
		f.Await(user, t, d.GetId())
	}
	for name, tc := range map[string]struct {
		parameters *researchv1.ResearchParameters
		sources    int
	}{
		"no parameters":   {nil, 3},
		"two collections": {&researchv1.ResearchParameters{Collections: []string{"part 0", "part 2"}}, 2},
		"one source":      {&researchv1.ResearchParameters{MaxSources: 1}, 1},
		"a connector":     {&researchv1.ResearchParameters{Sources: []string{"documents"}}, 3},
		"nothing there":   {&researchv1.ResearchParameters{Collections: []string{"none"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question, Parameters: tc.parameters})
			require.Equal(t, researchv1.Research_SUCCEEDED, r.GetState(), r.GetError())
			require.LessOrEqual(t, len(f.Sources(user, t, r.GetId())), tc.sources)
			require.Equal(t, tc.sources == 0, len(f.Evidence(user, t, r.GetId())) == 0)
		})
	}
}

func TestResearch_NamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for name, tc := range map[string]struct {
		req   *researchv1.CreateResearchRequest
		field string
	}{
		"no question":       {&researchv1.CreateResearchRequest{}, "query"},
		"a blank question":  {&researchv1.CreateResearchRequest{Query: " \t"}, "query"},
		"unknown connector": {&researchv1.CreateResearchRequest{Query: question, Parameters: &researchv1.ResearchParameters{Sources: []string{"documents", "tea leaves"}}}, "parameters.sources[1]"},
		"too many sources":  {&researchv1.CreateResearchRequest{Query: question, Parameters: &researchv1.ResearchParameters{MaxSources: 201}}, "parameters.max_sources"},
	} {
		_, err := f.Research.CreateResearch(user, tc.req)
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, tc.field, name)
	}
	_, err := f.Research.GetResearch(user, &researchv1.GetResearchRequest{Id: "7"})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "id")
}

func TestCancel_EndsResearchForGood(t *testing.T) {
	t.Parallel()
	cfg := researchtest.Config(t)
	api, user := researchtest.API(t, cfg), researchtest.User(t)
	r, err := api.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: question})
	require.NoError(t, err)
	_, err = api.Research.DeleteResearch(user, &researchv1.DeleteResearchRequest{Id: r.GetId()})
	require.ErrorIs(t, err, errs.FailedPrecondition, "it has not ended")

	r, err = api.Research.CancelResearch(user, &researchv1.CancelResearchRequest{Id: r.GetId()})
	require.NoError(t, err)
	require.Equal(t, researchv1.Research_CANCELLED, r.GetState())

	f := researchtest.Replica(t, cfg) // its worker gets the job of the cancelled research
	d := f.Add(user, t, "otters.md", []byte(otters))
	require.Equal(t, researchv1.Document_READY, d.GetState())
	done := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	require.Equal(t, researchv1.Research_CANCELLED, f.Wait(user, t, r.GetId()).GetState())
	require.Empty(t, f.Evidence(user, t, r.GetId()))

	done, err = f.Research.CancelResearch(user, &researchv1.CancelResearchRequest{Id: done.GetId()})
	require.NoError(t, err)
	require.Equal(t, researchv1.Research_SUCCEEDED, done.GetState(), "what has ended is not cancelled")
	_, err = f.Research.DeleteResearch(user, &researchv1.DeleteResearchRequest{Id: r.GetId()})
	require.NoError(t, err)
	_, err = f.Research.GetResearch(user, &researchv1.GetResearchRequest{Id: r.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestWaitResearch_AnswersBeforeTheCallersDeadline(t *testing.T) {
	t.Parallel()
	api, user := researchtest.API(t, researchtest.Config(t)), researchtest.User(t)
	r, err := api.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: question})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(user, 2*time.Second)
	defer cancel()
	r, err = api.Research.WaitResearch(ctx, &researchv1.WaitResearchRequest{Id: r.GetId()})
	require.NoError(t, err)
	require.Equal(t, researchv1.Research_QUEUED, r.GetState(), "as it stands")
}

func TestListConnectors_NamesWhatResearchTakes(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	resp, err := f.Research.ListConnectors(user, &researchv1.ListConnectorsRequest{})
	require.NoError(t, err)
	require.NotEmpty(t, resp.GetConnectors())
	for _, c := range resp.GetConnectors() {
		_, err := f.Research.CreateResearch(user, &researchv1.CreateResearchRequest{
			Query: question, Parameters: &researchv1.ResearchParameters{Sources: []string{c.GetName()}},
		})
		require.NoError(t, err)
		require.NotEmpty(t, c.GetDescription())
	}
}
