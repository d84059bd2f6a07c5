package research_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// contentOf returns the content of a document with its media type and disposition.
func contentOf(ctx context.Context, f *researchtest.Fixture, id string, raw bool) (content []byte, kind, name string, err error) {
	stream, err := f.Documents.GetDocumentContent(ctx, &researchv1.GetDocumentContentRequest{Id: id, Raw: raw})
	if err != nil {
		return nil, "", "", err
	}
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return content, kind, name, nil
		}
		if err != nil {
			return nil, "", "", err
		}
		if kind == "" {
			kind = piece.GetContentType()
			md, err := stream.Header()
			if err != nil {
				return nil, "", "", err
			}
			if given := md.Get("content-disposition"); len(given) > 0 {
				name = given[0]
			}
		}
		content = append(content, piece.GetData()...)
	}
}

func TestGetDocumentContent_IsWhatPassagesPointIntoOrTheOriginal(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	original := []byte("<!doctype html><html><body><p>" + fact + "</p></body></html>")
	d := f.Add(user, t, "otters über.html", original)

	text, kind, name, err := contentOf(user, f, d.GetId(), false)
	require.NoError(t, err)
	require.Equal(t, "text/plain; charset=utf-8", kind)
	require.Equal(t, "attachment", name)
	hit := f.Search(user, t, question)[0]
	require.Equal(t, hit.GetText(), string(text[hit.GetStartOffset():hit.GetEndOffset()]))

	raw, kind, name, err := contentOf(user, f, d.GetId(), true)
	require.NoError(t, err)
	require.Equal(t, original, raw)
	require.Equal(t, "text/html", kind)
	require.Equal(t, "attachment; filename*=utf-8''otters%20%C3%BCber.html", name)

	part, err := f.Documents.GetDocumentContent(user, &researchv1.GetDocumentContentRequest{Id: d.GetId(), Raw: true, Offset: -7, Length: 4})
	require.NoError(t, err)
	piece, err := part.Recv()
	require.NoError(t, err)
	require.Equal(t, "</ht", string(piece.GetData()))

	_, _, _, err = contentOf(researchtest.User(t), f, d.GetId(), false)
	require.ErrorIs(t, err, errs.NotFound, "another workspace's")
}

func TestGetDocumentContent_WithoutATextSaysSo(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg) // nobody reads
	d, err := api.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "otters.md"}, bytes.NewReader([]byte(otters)))
	require.NoError(t, err)
	_, _, _, err = contentOf(user, api, d.GetId(), false)
	require.ErrorIs(t, err, errs.NotFound)
	require.ErrorContains(t, err, "not read yet")
	raw, kind, _, err := contentOf(user, api, d.GetId(), true)
	require.NoError(t, err)
	require.Equal(t, otters, string(raw))
	require.Equal(t, "application/octet-stream", kind)
}

func TestListCollections_CountsByNameAndPages(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	for name, files := range map[string][]string{
		"": {"the first text"}, "b": {fact, otters, "%PDF-1.7\nnothing"}, "a": {"another text"}, "é": {"one more text"},
	} {
		for _, content := range files {
			d, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "file", Collection: name}, bytes.NewReader([]byte(content)))
			require.NoError(t, err)
			f.Await(user, t, d.GetId())
		}
	}
	var names []string
	for token := ""; ; {
		resp, err := f.Documents.ListCollections(user, &researchv1.ListCollectionsRequest{PageSize: 1, PageToken: token})
		require.NoError(t, err)
		require.Len(t, resp.GetCollections(), 1)
		c := resp.GetCollections()[0]
		names = append(names, c.GetName())
		if c.GetName() == "b" {
			require.Equal(t, [3]int64{3, 2, 1}, [3]int64{c.GetDocumentCount(), c.GetReadyCount(), c.GetFailedCount()})
			require.Equal(t, int64(2), c.GetPassageCount())
			require.Equal(t, int64(len(fact)+len(otters)+len("%PDF-1.7\nnothing")), c.GetSizeBytes())
		}
		if token = resp.GetNextPageToken(); token == "" {
			break
		}
	}
	require.Equal(t, []string{"", "a", "b", "é"}, names)
	resp, err := f.Documents.ListCollections(researchtest.User(t), &researchv1.ListCollectionsRequest{})
	require.NoError(t, err)
	require.Empty(t, resp.GetCollections(), "another workspace's")
	_, err = f.Documents.ListCollections(user, &researchv1.ListCollectionsRequest{PageToken: "?"})
	require.ErrorContains(t, err, "page_token")
}
