package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// pageSize is how many items are asked of a peer at a time.
const pageSize = 200

// sources returns every source of the research.
func (w *Worker) sources(ctx context.Context, researchID string) ([]*researchv1.Source, error) {
	var all []*researchv1.Source
	req := &researchv1.ListSourcesRequest{ResearchId: researchID, PageSize: pageSize}
	for {
		resp, err := w.peers.Research.ListSources(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("list sources: %w", err)
		}
		all = append(all, resp.GetSources()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

// evidence returns every passage that the research kept.
func (w *Worker) evidence(ctx context.Context, researchID string) ([]*researchv1.Evidence, error) {
	var all []*researchv1.Evidence
	req := &researchv1.ListEvidenceRequest{ResearchId: researchID, PageSize: pageSize}
	for {
		resp, err := w.peers.Research.ListEvidence(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("list evidence: %w", err)
		}
		all = append(all, resp.GetEvidence()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return all, nil
		}
	}
}

// snapshot returns the text that quotes from the source point into.
func (w *Worker) snapshot(ctx context.Context, sourceID string) (string, error) {
	stream, err := w.peers.Research.GetSourceContent(ctx, &researchv1.GetSourceContentRequest{Id: sourceID})
	if err != nil {
		return "", fmt.Errorf("read snapshot of source %s: %w", sourceID, err)
	}
	var text strings.Builder
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return text.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("read snapshot of source %s: %w", sourceID, err)
		}
		text.Write(piece.GetData())
	}
}
