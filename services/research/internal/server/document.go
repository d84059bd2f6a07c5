package server

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/page"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// The page sizes of a search.
const (
	defaultHits = 10
	maxHits     = 100
)

// Settings tells what the workspace decided.
type Settings interface {
	// Of returns the settings of a workspace, asked for by a user. Without them
	// nobody knows what is allowed: errs.Unavailable.
	Of(ctx context.Context, workspaceID, userID string) (settings.Settings, error)
}

// Documents implements researchv1.DocumentServiceServer.
type Documents struct {
	researchv1.UnsafeDocumentServiceServer

	store    *store.Store
	jobs     Jobs
	blobs    *blobs.Blobs
	library  *library.Library
	settings Settings
	reader   Reader
}

var _ researchv1.DocumentServiceServer = (*Documents)(nil)

// Parts are what the server of the library is made of. All are required.
type Parts struct {
	Store    *store.Store
	Jobs     Jobs
	Blobs    *blobs.Blobs
	Library  *library.Library
	Settings Settings
	Reader   Reader
}

// NewDocuments returns the server of the library.
func NewDocuments(p Parts) *Documents {
	return &Documents{store: p.Store, jobs: p.Jobs, blobs: p.Blobs, library: p.Library, settings: p.Settings, reader: p.Reader}
}

// GetDocument implements researchv1.DocumentServiceServer.
func (s *Documents) GetDocument(ctx context.Context, req *researchv1.GetDocumentRequest) (*researchv1.Document, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	d, err := s.store.GetDocument(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return documentToProto(d), nil
}

// ListDocuments implements researchv1.DocumentServiceServer.
func (s *Documents) ListDocuments(ctx context.Context, req *researchv1.ListDocumentsRequest) (*researchv1.ListDocumentsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.DocumentFilter(), Query: []string{"documents", req.GetCollection()}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListDocuments(ctx, caller.WorkspaceID, req.GetCollection(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListDocumentsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(d store.Document) page.ID { return page.ID(d.ID) })
	for _, d := range list {
		resp.Documents = append(resp.Documents, documentToProto(d))
	}
	return resp, err
}

// DeleteDocument implements researchv1.DocumentServiceServer.
func (s *Documents) DeleteDocument(ctx context.Context, req *researchv1.DeleteDocumentRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	digests, err := s.store.DeleteDocument(ctx, caller.WorkspaceID, req.GetId(), req.GetEtag())
	if err != nil {
		return nil, err
	}
	s.blobs.Release(ctx, caller.WorkspaceID, digests...)
	return &emptypb.Empty{}, nil
}

// SearchDocuments implements researchv1.DocumentServiceServer.
func (s *Documents) SearchDocuments(ctx context.Context, req *researchv1.SearchDocumentsRequest) (*researchv1.SearchDocumentsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	query := library.Query{Text: req.GetQuery(), Limit: page.Size(req.GetPageSize(), defaultHits, maxHits)}
	if req.GetCollection() != "" {
		query.Collections = []string{req.GetCollection()}
	}
	hits, err := s.library.Search(ctx, caller.WorkspaceID, query)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.SearchDocumentsResponse{}
	for _, h := range hits {
		resp.Passages = append(resp.Passages, passageToProto(h))
	}
	return resp, nil
}
