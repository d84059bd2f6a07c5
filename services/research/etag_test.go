package research_test

import (
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/etagtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

func TestDocument_ETag(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	id := f.Add(user, t, "otters.md", []byte(otters)).GetId()
	var count atomic.Int64
	etagtest.Run(t, etagtest.Resource{
		Read: func() (string, error) {
			d, err := f.Documents.GetDocument(user, &researchv1.GetDocumentRequest{Id: id})
			return d.GetEtag(), err
		},
		Update: func(etag string) (string, error) {
			title := "Otters " + strconv.FormatInt(count.Add(1), 10)
			d, err := f.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: id, Title: title, Etag: etag}})
			return d.GetEtag(), err
		},
		Delete: func(etag string) error {
			_, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: id, Etag: etag})
			return err
		},
	})
}

func TestDocument_ETagChangesWhenItIsRead(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d := f.Add(user, t, "otters.md", []byte(otters))
	ready, err := f.Documents.GetDocument(user, &researchv1.GetDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	asked, err := f.Documents.ReindexDocument(user, &researchv1.ReindexDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	require.NotEqual(t, ready.GetEtag(), asked.GetEtag(), "its state is shown, too")

	_, err = f.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: d.GetId(), Etag: ready.GetEtag()}})
	require.ErrorIs(t, err, errs.Conflict, "also when nothing is to change")
}
