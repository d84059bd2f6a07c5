package server

import (
	"context"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filestream"
	"github.com/researcherpro/researcherpro/pkg/page"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// ListSources implements researchv1.ResearchServiceServer.
func (s *Research) ListSources(ctx context.Context, req *researchv1.ListSourcesRequest) (*researchv1.ListSourcesResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.GetResearch(ctx, caller.WorkspaceID, req.GetResearchId()); err != nil {
		return nil, err
	}
	asked, err := page.Ask[store.SourcePlace](req, page.List{Filter: store.SourceFilter(), Query: []string{"sources", req.GetResearchId()}})
	if err != nil {
		return nil, err
	}
	list, err := s.Store.ListSources(ctx, caller.WorkspaceID, req.GetResearchId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListSourcesResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(src store.Source) store.SourcePlace { return store.SourcePlace{Rank: src.Rank, ID: src.ID} })
	for _, src := range list {
		resp.Sources = append(resp.Sources, sourceToProto(src))
	}
	return resp, err
}

// ListEvidence implements researchv1.ResearchServiceServer.
func (s *Research) ListEvidence(ctx context.Context, req *researchv1.ListEvidenceRequest) (*researchv1.ListEvidenceResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.GetResearch(ctx, caller.WorkspaceID, req.GetResearchId()); err != nil {
		return nil, err
	}
	asked, err := page.Ask[int32](req, page.List{Filter: store.EvidenceFilter(), Query: []string{"evidence", req.GetResearchId()}})
	if err != nil {
		return nil, err
	}
	list, err := s.Store.ListEvidence(ctx, caller.WorkspaceID, req.GetResearchId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListEvidenceResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(e store.Evidence) int32 { return e.Rank })
	for _, e := range list {
		resp.Evidence = append(resp.Evidence, evidenceToProto(e))
	}
	return resp, err
}

// GetSourceContent implements researchv1.ResearchServiceServer.
func (s *Research) GetSourceContent(req *researchv1.GetSourceContentRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	src, err := s.Store.GetSource(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return err
	}
	from := snapshot{text: src.TextSHA256, raw: src.RawSHA256, mediaType: src.MediaType}
	if req.GetRechecked() {
		if from, err = s.rechecked(ctx, caller.WorkspaceID, src.ID); err != nil {
			return err
		}
	}
	digest, mediaType := from.text, "text/plain; charset=utf-8"
	if req.GetRaw() {
		digest, mediaType = from.raw, from.mediaType
	}
	if digest == "" {
		return errs.New(errs.NotFound, "NO_SNAPSHOT", "the source could not be read, so there is no snapshot of it")
	}
	file := filestream.File{WorkspaceID: caller.WorkspaceID, SHA256: digest, MediaType: mediaType}
	return filestream.Send(stream, s.Blobs, file, filestream.Part{Offset: req.GetOffset(), Length: req.GetLength()})
}

// snapshot is what was read of a source: the digests of its text and of the
// original, and the original's type.
type snapshot struct{ text, raw, mediaType string }
