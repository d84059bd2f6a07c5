package server

import (
	"context"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/page"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// ListCollections implements researchv1.DocumentServiceServer.
func (s *Documents) ListCollections(ctx context.Context, req *researchv1.ListCollectionsRequest) (*researchv1.ListCollectionsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var name string
	next, err := page.Decode(req.GetPageToken(), &name, "collections")
	if err != nil {
		return nil, err
	}
	var after *string // the first name may be empty, so "" is no start
	if next {
		after = &name
	}
	size := page.Size(req.GetPageSize(), defaultPage, maxPage)
	list, err := s.store.ListCollections(ctx, caller.WorkspaceID, after, size+1)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListCollectionsResponse{}
	list, resp.NextPageToken, err = page.Cut(list, size, func(c store.Collection) any { return c.Name }, "collections")
	for _, c := range list {
		resp.Collections = append(resp.Collections, &researchv1.Collection{
			Name: c.Name, DocumentCount: c.Documents, ReadyCount: c.Ready, FailedCount: c.Failed,
			PassageCount: c.Passages, SizeBytes: c.Bytes,
		})
	}
	return resp, err
}
