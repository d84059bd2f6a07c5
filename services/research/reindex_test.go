package research_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

func TestReindexDocument_IsFoundUntilItIsReadAnew(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	before := f.Add(user, t, "otters.html", []byte("<p>"+fact+"</p>"))
	stored := blobsIn(t, f.Blobs)
	f.Stop()

	api := researchtest.API(t, f.Config)
	for range 2 { // one that waits is returned as it is
		d, err := api.Documents.ReindexDocument(user, &researchv1.ReindexDocumentRequest{Id: before.GetId()})
		require.NoError(t, err)
		require.Equal(t, researchv1.Document_PENDING, d.GetState())
		require.Len(t, api.Search(user, t, question), 1)
	}
	var jobs int
	require.NoError(t, allJobs(t, f.Config).QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'index_document' AND finalized_at IS NULL").Scan(&jobs))
	require.Equal(t, 1, jobs)

	again := researchtest.Replica(t, f.Config)
	after := again.Await(user, t, before.GetId())
	require.Equal(t, before.GetTextSha256(), after.GetTextSha256())
	require.Equal(t, before.GetPassageCount(), after.GetPassageCount())
	require.Len(t, again.Search(user, t, question), 1)
	require.ElementsMatch(t, stored, blobsIn(t, f.Blobs))
}

func TestReindexDocument_OneThatCannotBeReadAnyMoreIsNotFound(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d := f.Add(user, t, "otters.html", []byte("<p>"+fact+"</p>"))
	f.Stop()
	api := researchtest.API(t, f.Config)
	_, err := api.Documents.ReindexDocument(user, &researchv1.ReindexDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	// As if each attempt so far had taken the process with it.
	_, err = allJobs(t, f.Config).Exec(t.Context(), "UPDATE river_job SET attempt = max_attempts - 1 WHERE kind = 'index_document' AND finalized_at IS NULL")
	require.NoError(t, err)

	again := researchtest.Replica(t, f.Config)
	after := again.Await(user, t, d.GetId())
	require.Equal(t, researchv1.Document_FAILED, after.GetState())
	require.Empty(t, after.GetTextSha256())
	require.Zero(t, after.GetPassageCount())
	require.Empty(t, again.Search(user, t, question))
	// The text goes after the state is told; the original stays, to be read another time.
	require.Eventually(t, func() bool { return slices.Equal([]string{d.GetSha256()}, blobsIn(t, f.Blobs)) }, 30*time.Second, 10*time.Millisecond)

	_, err = again.Documents.ReindexDocument(user, &researchv1.ReindexDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	require.Equal(t, researchv1.Document_READY, again.Await(user, t, d.GetId()).GetState())
	require.Len(t, again.Search(user, t, question), 1)
}

func TestReindexDocuments_OfACollectionOrAll(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	var ids []string
	for i := range 6 {
		d, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{
			Title: "Otters", Text: fmt.Sprintf("%s %d", fact, i), Collection: []string{"north", "south"}[i%2],
		})
		require.NoError(t, err)
		f.Await(user, t, d.GetId())
		ids = append(ids, d.GetId())
	}
	for collection, want := range map[string]int64{"north": 3, "": 6, "nowhere": 0} {
		resp, err := f.Documents.ReindexDocuments(user, &researchv1.ReindexDocumentsRequest{Collection: collection})
		require.NoError(t, err)
		require.Equal(t, want, resp.GetDocumentCount(), collection)
		awaitIdle(t, allJobs(t, f.Config))
		for _, id := range ids {
			require.Equal(t, researchv1.Document_READY, f.Await(user, t, id).GetState())
		}
	}
	var reads int
	require.NoError(t, allJobs(t, f.Config).QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'index_document'").Scan(&reads))
	require.Equal(t, 6+3+6, reads, "each was read once, and again when it was asked for")
	resp, err := f.Documents.ReindexDocuments(researchtest.User(t), &researchv1.ReindexDocumentsRequest{})
	require.NoError(t, err)
	require.Zero(t, resp.GetDocumentCount(), "another workspace has none")
	_, err = f.Documents.ReindexDocument(researchtest.User(t), &researchv1.ReindexDocumentRequest{Id: ids[0]})
	require.ErrorIs(t, err, errs.NotFound)
}
