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
	asked, err := page.Ask[store.CollectionPlace](req, page.List{Filter: store.CollectionFilter(), Query: []string{"collections"}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListCollections(ctx, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListCollectionsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(c store.Collection) store.CollectionPlace {
		return store.CollectionPlace{Name: &c.Name}
	})
	for _, c := range list {
		resp.Collections = append(resp.Collections, &researchv1.Collection{
			Name: c.Name, DocumentCount: c.Documents, ReadyCount: c.Ready, FailedCount: c.Failed,
			PassageCount: c.Passages, SizeBytes: c.Bytes,
		})
	}
	return resp, err
}
