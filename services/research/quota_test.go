package research_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

func TestQuota_IsExactForAllWhoAddAtOnce(t *testing.T) {
	t.Parallel()
	const most, tries = 5, 16
	f := researchtest.Serve(t)
	ada := authntest.Caller(t, authn.RoleResearcher)
	user := researchtest.As(t, ada)
	f.Auth.SetSettings(ada.WorkspaceID, &authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxDocuments: most}})
	added, problems := make([]*researchv1.Document, tries), make([]error, tries)
	var group sync.WaitGroup
	for i := range tries {
		group.Go(func() {
			content := fmt.Appendf(nil, "the text with the number %d", i)
			added[i], problems[i] = f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "a.txt"}, bytes.NewReader(content))
		})
	}
	group.Wait()
	var ids []string
	for i := range tries {
		if problems[i] == nil {
			ids = append(ids, added[i].GetId())
			f.Await(user, t, added[i].GetId())
			continue
		}
		require.ErrorIs(t, problems[i], errs.ResourceExhausted)
		require.ErrorContains(t, problems[i], "quota of 5 documents")
	}
	require.Len(t, ids, most)
	require.Len(t, blobsIn(t, f.Blobs), most, "what was refused is not kept")

	again := f.Await(user, t, ids[0])
	for i := range tries { // what is there already is no new document
		if added[i].GetId() == again.GetId() {
			same, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "b.txt"}, bytes.NewReader(fmt.Appendf(nil, "the text with the number %d", i)))
			require.NoError(t, err)
			require.Equal(t, again.GetId(), same.GetId())
		}
	}
	_, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: ids[0]})
	require.NoError(t, err)
	_, err = f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "New", Text: "there is room again"})
	require.NoError(t, err)
	f.Add(researchtest.User(t), t, "a.txt", []byte("another workspace has no such quota"))
}

func TestQuota_OfBytesCountsOriginals(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	ada := authntest.Caller(t, authn.RoleResearcher)
	user := researchtest.As(t, ada)
	f.Auth.SetSettings(ada.WorkspaceID, &authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxLibraryBytes: 20}})
	create := func(text string) error {
		_, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Bytes", Text: text})
		return err
	}
	require.NoError(t, create("fifteen bytes.."))
	require.ErrorIs(t, create("six..."), errs.ResourceExhausted)
	require.NoError(t, create("five."), "up to the last byte")
	require.ErrorIs(t, create("."), errs.ResourceExhausted)
}

func TestUpload_WithoutAnAnswerOfAuthIsRefused(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	f.Auth.SetDown(true)
	_, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Otters", Text: otters})
	require.ErrorIs(t, err, errs.Unavailable)
	require.Empty(t, blobsIn(t, f.Blobs))
	f.Auth.SetDown(false)
	_, err = f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Otters", Text: otters})
	require.NoError(t, err)
	f.Auth.SetDown(true)
	_, err = f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Clams", Text: fact})
	require.NoError(t, err, "what it said a moment ago has to do")
}

func TestUpload_AStreamThatBreaksOffStoresNothing(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	broken := errors.New("the client is gone")
	for name, first := range map[string]int{"in memory": 1000, "in a file": 3 << 20} {
		_, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "a.txt"}, &breaking{left: first, err: broken})
		require.ErrorIs(t, err, broken, name)
	}
	f.Stop() // waits for the calls
	require.Empty(t, blobsIn(t, f.Blobs))
	again := researchtest.API(t, f.Config)
	resp, err := again.Documents.ListDocuments(user, &researchv1.ListDocumentsRequest{})
	require.NoError(t, err)
	require.Empty(t, resp.GetDocuments())
}

// breaking gives some bytes and then an error.
type breaking struct {
	left int
	err  error
}

// Read implements io.Reader.
func (b *breaking) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, b.err
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}
