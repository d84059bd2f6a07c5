package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
)

const (
	defaultPage = 50
	maxPage     = 200
	// maxWait is the longest that WaitResearch waits.
	maxWait = 30 * time.Second
)

// Research implements researchv1.ResearchServiceServer.
type Research struct {
	researchv1.UnsafeResearchServiceServer

	store      *store.Store
	jobs       Jobs
	blobs      *blobs.Blobs
	connectors []connector.Connector
}

var _ researchv1.ResearchServiceServer = (*Research)(nil)

// NewResearch returns the server of research, which may ask the connectors.
func NewResearch(s *store.Store, jobs Jobs, b *blobs.Blobs, connectors []connector.Connector) *Research {
	return &Research{store: s, jobs: jobs, blobs: b, connectors: connectors}
}

// CreateResearch implements researchv1.ResearchServiceServer.
func (s *Research) CreateResearch(ctx context.Context, req *researchv1.CreateResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.checkCreate(req); err != nil {
		return nil, err
	}
	parameters, err := protojson.Marshal(req.GetParameters())
	if err != nil {
		return nil, fmt.Errorf("encode parameters: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	want := store.Research{
		ID: id.String(), WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, RequestID: req.GetRequestId(),
		Query: strings.TrimSpace(req.GetQuery()), SubQueries: req.GetSubQueries(), Parameters: parameters,
	}
	var created store.Research
	err = s.store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var isNew bool
		if created, isNew, err = s.store.CreateResearch(ctx, tx, want); err != nil || !isNew {
			return err
		}
		_, err = s.jobs.InsertTx(ctx, tx, worker.CollectArgs{WorkspaceID: caller.WorkspaceID, ResearchID: created.ID}, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return researchToProto(created)
}

func (s *Research) checkCreate(req *researchv1.CreateResearchRequest) error {
	var v errs.Violations
	v.Check(strings.TrimSpace(req.GetQuery()) != "", "query", "must not be blank")
	for i, name := range req.GetParameters().GetSources() {
		v.Check(s.hasConnector(name), fmt.Sprintf("parameters.sources[%d]", i),
			"is not a connector; there are: "+strings.Join(s.connectorNames(), ", "))
	}
	return v.Err()
}

// GetResearch implements researchv1.ResearchServiceServer.
func (s *Research) GetResearch(ctx context.Context, req *researchv1.GetResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.store.GetResearch(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return researchToProto(r)
}

// WaitResearch implements researchv1.ResearchServiceServer. It looks again after
// growing pauses; a collection takes longer than the shortest of them.
func (s *Research) WaitResearch(ctx context.Context, req *researchv1.WaitResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(maxWait)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d.Add(-500 * time.Millisecond) // time to answer
	}
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		r, err := s.store.GetResearch(ctx, caller.WorkspaceID, req.GetId())
		if err != nil {
			return nil, err
		}
		if r.Ended() || time.Now().Add(pause).After(deadline) {
			return researchToProto(r)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// ListResearch implements researchv1.ResearchServiceServer.
func (s *Research) ListResearch(ctx context.Context, req *researchv1.ListResearchRequest) (*researchv1.ListResearchResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var after string
	if _, err := page.Decode(req.GetPageToken(), &after, "research"); err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize(), defaultPage, maxPage)
	list, err := s.store.ListResearch(ctx, caller.WorkspaceID, after, size+1)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListResearchResponse{}
	list, resp.NextPageToken, err = page.Cut(list, size, func(r store.Research) any { return r.ID }, "research")
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		item, err := researchToProto(r)
		if err != nil {
			return nil, err
		}
		resp.Research = append(resp.Research, item)
	}
	return resp, nil
}

// CancelResearch implements researchv1.ResearchServiceServer.
func (s *Research) CancelResearch(ctx context.Context, req *researchv1.CancelResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.store.CancelResearch(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return researchToProto(r)
}

// DeleteResearch implements researchv1.ResearchServiceServer.
func (s *Research) DeleteResearch(ctx context.Context, req *researchv1.DeleteResearchRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	digests, err := s.store.DeleteResearch(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	s.blobs.Release(ctx, caller.WorkspaceID, digests...)
	return &emptypb.Empty{}, nil
}

// ListConnectors implements researchv1.ResearchServiceServer.
func (s *Research) ListConnectors(context.Context, *researchv1.ListConnectorsRequest) (*researchv1.ListConnectorsResponse, error) {
	resp := &researchv1.ListConnectorsResponse{}
	for _, c := range s.connectors {
		resp.Connectors = append(resp.Connectors, &researchv1.Connector{
			Name: c.Name(), Description: c.Description(), Configured: true,
		})
	}
	return resp, nil
}

func (s *Research) hasConnector(name string) bool {
	for _, c := range s.connectors {
		if c.Name() == name {
			return true
		}
	}
	return false
}

func (s *Research) connectorNames() []string {
	names := make([]string, len(s.connectors))
	for i, c := range s.connectors {
		names[i] = c.Name()
	}
	return names
}
