package researchtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// patience is how long a helper waits for what takes its time: the first PDF file
	// on a machine has its engine compiled, under the race detector for minutes.
	patience = 5 * time.Minute
	// pause is the time between two looks.
	pause = 10 * time.Millisecond
	// chunk is how many bytes one message of an upload carries.
	chunk = 256 << 10
)

// Upload sends a file and returns the answer of the service.
func (f *Fixture) Upload(ctx context.Context, h *researchv1.UploadDocumentRequest_Header, content io.Reader) (*researchv1.Document, error) {
	stream, err := f.Documents.UploadDocument(ctx)
	if err != nil {
		return nil, err
	}
	err = stream.Send(&researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Header_{Header: h}})
	buf := make([]byte, chunk)
	for err == nil {
		var n int
		if n, err = io.ReadFull(content, buf); n > 0 {
			part := &researchv1.UploadDocumentRequest_Chunk{Chunk: bytes.Clone(buf[:n])}
			if sent := stream.Send(&researchv1.UploadDocumentRequest{Part: part}); sent != nil {
				break // the server has answered: its words come with the next call
			}
		}
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return stream.CloseAndRecv()
}

// Add uploads a file and returns its document when it is READY or FAILED.
func (f *Fixture) Add(ctx context.Context, t testing.TB, name string, content []byte) *researchv1.Document {
	t.Helper()
	d, err := f.Upload(ctx, &researchv1.UploadDocumentRequest_Header{FileName: name}, bytes.NewReader(content))
	require.NoError(t, err)
	return f.Await(ctx, t, d.GetId())
}

// Await returns a document when it is READY or FAILED.
func (f *Fixture) Await(ctx context.Context, t testing.TB, id string) *researchv1.Document {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(pause)
	defer look.Stop()
	for {
		d, err := f.Documents.GetDocument(ctx, &researchv1.GetDocumentRequest{Id: id})
		require.NoError(t, err)
		switch d.GetState() {
		case researchv1.Document_READY, researchv1.Document_FAILED:
			return d
		}
		select {
		case <-ctx.Done():
			t.Fatalf("document %s is still %s", id, d.GetState())
		case <-look.C:
		}
	}
}

// Search returns the passages that fit a query.
func (f *Fixture) Search(ctx context.Context, t testing.TB, query string) []*researchv1.Passage {
	t.Helper()
	resp, err := f.Documents.SearchDocuments(ctx, &researchv1.SearchDocumentsRequest{Query: query})
	require.NoError(t, err)
	return resp.GetPassages()
}

// Ask starts research and returns it when it has ended.
func (f *Fixture) Ask(ctx context.Context, t testing.TB, req *researchv1.CreateResearchRequest) *researchv1.Research {
	t.Helper()
	r, err := f.Research.CreateResearch(ctx, req)
	require.NoError(t, err)
	return f.Wait(ctx, t, r.GetId())
}

// Wait returns research when it has ended.
func (f *Fixture) Wait(ctx context.Context, t testing.TB, id string) *researchv1.Research {
	t.Helper()
	r, err := f.Research.WaitResearch(ctx, &researchv1.WaitResearchRequest{Id: id})
	require.NoError(t, err)
	require.NotContains(t, []researchv1.Research_State{researchv1.Research_QUEUED, researchv1.Research_RUNNING}, r.GetState())
	return r
}

// Sources returns all sources of research.
func (f *Fixture) Sources(ctx context.Context, t testing.TB, researchID string) []*researchv1.Source {
	t.Helper()
	resp, err := f.Research.ListSources(ctx, &researchv1.ListSourcesRequest{ResearchId: researchID, PageSize: 200})
	require.NoError(t, err)
	return resp.GetSources()
}

// Evidence returns all evidence of research.
func (f *Fixture) Evidence(ctx context.Context, t testing.TB, researchID string) []*researchv1.Evidence {
	t.Helper()
	resp, err := f.Research.ListEvidence(ctx, &researchv1.ListEvidenceRequest{ResearchId: researchID, PageSize: 200})
	require.NoError(t, err)
	return resp.GetEvidence()
}

// Content returns the snapshot of a source, or with raw the original, and its
// media type.
func (f *Fixture) Content(ctx context.Context, sourceID string, raw bool) (content []byte, mediaType string, err error) {
	return f.content(ctx, &researchv1.GetSourceContentRequest{Id: sourceID, Raw: raw})
}

// Rechecked returns what a source said when it was read again, and its media type.
func (f *Fixture) Rechecked(ctx context.Context, sourceID string) (content []byte, mediaType string, err error) {
	return f.content(ctx, &researchv1.GetSourceContentRequest{Id: sourceID, Rechecked: true})
}

func (f *Fixture) content(ctx context.Context, req *researchv1.GetSourceContentRequest) (content []byte, mediaType string, err error) {
	stream, err := f.Research.GetSourceContent(ctx, req)
	if err != nil {
		return nil, "", err
	}
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return content, mediaType, nil
		}
		if err != nil {
			return nil, "", err
		}
		if mediaType == "" {
			mediaType = piece.GetContentType()
		}
		content = append(content, piece.GetData()...)
	}
}
