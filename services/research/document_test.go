package research_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// otters is a text that questions in these tests are answered by.
const otters = "# Otters\n\nSea otters crack clams with stones that they keep under an arm.\n"

func TestSearch_FindsADocumentFromTheMomentItIsReady(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for i := range 5 {
		word := fmt.Sprintf("quokka%d", i)
		d := f.Add(user, t, word+".md", []byte("The animal is called "+word+" by those who know."))
		require.Equal(t, researchv1.Document_READY, d.GetState(), d.GetError())

		hits := f.Search(user, t, word)
		require.Len(t, hits, 1)
		require.Equal(t, d.GetId(), hits[0].GetDocumentId())
		require.Contains(t, hits[0].GetText(), word)
	}
}

func TestSearch_LooksInOneCollectionOnly(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for _, collection := range []string{"north", "south"} {
		d, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{
			Title: "Otters of the " + collection, Text: otters + collection, Collection: collection,
		})
		require.NoError(t, err)
		f.Await(user, t, d.GetId())
	}
	require.Len(t, f.Search(user, t, "otters clams"), 2)
	resp, err := f.Documents.SearchDocuments(user, &researchv1.SearchDocumentsRequest{Query: "otters clams", Collection: "south"})
	require.NoError(t, err)
	require.Len(t, resp.GetPassages(), 1)
	require.Equal(t, "Otters of the south", resp.GetPassages()[0].GetDocumentTitle())
}

func TestCreateDocument_KeepsTheGivenTitle(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: " Notes on the sea ", Text: otters})
	require.NoError(t, err)
	d = f.Await(user, t, d.GetId())
	require.Equal(t, "Notes on the sea", d.GetTitle())
	require.Equal(t, int64(len(otters)), d.GetSizeBytes())
	require.Equal(t, "text/markdown", d.GetMediaType())
	require.NotEmpty(t, d.GetTextSha256())
	require.Positive(t, d.GetPassageCount())
}

func TestCreateDocument_NamesEveryFieldThatIsBlank(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	_, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: " ", Text: "\n"})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "title: ")
	require.ErrorContains(t, err, "text: ")
}

func TestUpload_TheSameBytesAreOneDocument(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	ids := make([]string, 8)
	problems := make([]error, len(ids))
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			header := &researchv1.UploadDocumentRequest_Header{FileName: fmt.Sprintf("copy %d.md", i)}
			d, err := f.Upload(user, header, bytes.NewReader([]byte(otters)))
			ids[i], problems[i] = d.GetId(), err
		})
	}
	group.Wait()
	for i := range ids {
		require.NoError(t, problems[i])
		require.Equal(t, ids[0], ids[i])
	}
	f.Await(user, t, ids[0])
	require.Equal(t, ids[0], f.Add(user, t, "later.md", []byte(otters)).GetId(), "after it is READY, too")
	require.Len(t, f.Search(user, t, "otters clams"), 1)
}

func TestListDocuments_PagesTileTheListWhileDocumentsCome(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	want := make([]string, 0, 7) // the newest first
	for i := range 7 {
		d := f.Add(user, t, "a.txt", fmt.Appendf(nil, "text number %d", i))
		want = append([]string{d.GetId()}, want...)
	}
	var got []string
	for token := ""; ; {
		resp, err := f.Documents.ListDocuments(user, &researchv1.ListDocumentsRequest{PageSize: 3, PageToken: token})
		require.NoError(t, err)
		for _, d := range resp.GetDocuments() {
			got = append(got, d.GetId())
		}
		if token = resp.GetNextPageToken(); token == "" {
			break
		}
		f.Add(user, t, "b.txt", []byte("added between two pages, after "+got[len(got)-1]))
	}
	require.Equal(t, want, got)
}

func TestLists_RefuseATokenOfAnotherList(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for i := range 2 {
		f.Add(user, t, "a.txt", fmt.Appendf(nil, "text number %d", i))
	}
	resp, err := f.Documents.ListDocuments(user, &researchv1.ListDocumentsRequest{PageSize: 1})
	require.NoError(t, err)
	good := resp.GetNextPageToken()

	for name, token := range map[string]string{"no token": "?", "cut short": good[:8]} {
		_, err = f.Documents.ListDocuments(user, &researchv1.ListDocumentsRequest{PageToken: token})
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, "page_token", name)
	}
	_, err = f.Documents.ListDocuments(user, &researchv1.ListDocumentsRequest{PageToken: good, Collection: "other"})
	require.ErrorContains(t, err, "page_token", "of another filter")
	_, err = f.Research.ListResearch(user, &researchv1.ListResearchRequest{PageToken: good})
	require.ErrorContains(t, err, "page_token", "of another list")
}
