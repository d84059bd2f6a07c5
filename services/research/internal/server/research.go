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
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

const (
	// maxWait is the longest that WaitResearch waits.
	maxWait = 30 * time.Second
	// shortestPause and longestPause are between two looks whether it has ended.
	shortestPause = 20 * time.Millisecond
	longestPause  = 500 * time.Millisecond
)

// Research implements researchv1.ResearchServiceServer.
type Research struct {
	researchv1.UnsafeResearchServiceServer
	ResearchDeps
}

// ResearchDeps are what the server of research works with.
type ResearchDeps struct {
	Store      *store.Store
	Jobs       collect.JobClient
	Blobs      *blobs.Blobs
	Connectors *connector.Set
	// Credentials say which connectors a workspace can use, Health how they have
	// been answering.
	Credentials collect.Credentials
	Health      Health
	// Rechecker reads sources again.
	Rechecker Rechecker
	// Timeout is how long a collection takes at most.
	Timeout time.Duration
}

var _ researchv1.ResearchServiceServer = (*Research)(nil)

// NewResearch returns the server of research.
func NewResearch(d ResearchDeps) *Research { return &Research{ResearchDeps: d} }

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
	deadline := s.deadline(req.GetDeadline())
	want := store.Research{
		Deadline: &deadline,
		ID:       id.String(), WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, RequestID: req.GetRequestId(),
		Query: strings.TrimSpace(req.GetQuery()), SubQueries: req.GetSubQueries(), Parameters: parameters,
	}
	var created store.Research
	err = s.Store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var isNew bool
		if created, isNew, err = s.Store.CreateResearch(ctx, tx, want); err != nil || !isNew {
			return err
		}
		_, err = s.Jobs.InsertTx(ctx, tx, collect.Begin(created), nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.toProto(ctx, created)
}

// deadline is when a collection that begins now ends at the latest.
func (s *Research) deadline(asked *timestamppb.Timestamp) time.Time {
	latest := time.Now().Add(s.Timeout)
	if asked != nil && asked.AsTime().Before(latest) {
		return asked.AsTime()
	}
	return latest
}

func (s *Research) checkCreate(req *researchv1.CreateResearchRequest) error {
	var v errs.Violations
	v.Check(strings.TrimSpace(req.GetQuery()) != "", "query", "must not be blank")
	v.Check(req.GetDeadline() == nil || req.GetDeadline().AsTime().After(time.Now()), "deadline", "must be in the future")
	p := req.GetParameters()
	s.checkSources(&v, "parameters.sources", p.GetSources())
	for i, address := range p.GetUrls() {
		u, err := webaddr.Parse(strings.TrimSpace(address), nil)
		v.Check(err == nil && (u.Scheme() == "http" || u.Scheme() == "https"), fmt.Sprintf("parameters.urls[%d]", i), "must be the address of a web page: http:// or https://")
	}
	after, before := p.GetPublishedAfter(), p.GetPublishedBefore()
	v.Check(after == nil || before == nil || !before.AsTime().Before(after.AsTime()), "parameters.published_before", "must not be before published_after")
	return v.Err()
}

// checkSources notes which of some names are no connector's.
func (s *Research) checkSources(v *errs.Violations, field string, names []string) {
	for i, name := range names {
		_, there := s.Connectors.ByName(name)
		v.Check(there, fmt.Sprintf("%s[%d]", field, i), "is not a connector; there are: "+strings.Join(s.Connectors.Names(), ", "))
	}
}

// GetResearch implements researchv1.ResearchServiceServer.
func (s *Research) GetResearch(ctx context.Context, req *researchv1.GetResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.Store.GetResearch(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return s.toProto(ctx, r)
}

// WaitResearch implements researchv1.ResearchServiceServer. It looks again after a
// tenth of the time that it has waited, so that it is late by no more than that.
func (s *Research) WaitResearch(ctx context.Context, req *researchv1.WaitResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	deadline := began.Add(maxWait)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d.Add(-500 * time.Millisecond) // time to answer
	}
	for {
		pause := min(max(time.Since(began)/10, shortestPause), longestPause)
		r, err := s.Store.GetResearch(ctx, caller.WorkspaceID, req.GetId())
		if err != nil {
			return nil, err
		}
		if r.Ended() || time.Now().Add(pause).After(deadline) {
			return s.toProto(ctx, r)
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
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.ResearchFilter(), Query: []string{"research"}})
	if err != nil {
		return nil, err
	}
	list, err := s.Store.ListResearch(ctx, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &researchv1.ListResearchResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(r store.Research) page.ID { return page.ID(r.ID) })
	if err != nil {
		return nil, err
	}
	resp.Research, err = s.allToProto(ctx, caller.WorkspaceID, list)
	return resp, err
}

// CancelResearch implements researchv1.ResearchServiceServer.
func (s *Research) CancelResearch(ctx context.Context, req *researchv1.CancelResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var r store.Research
	err = s.Store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var running []int64
		if r, running, err = s.Store.CancelResearch(ctx, tx, req.GetId()); err != nil {
			return err
		}
		return collect.CancelJobs(ctx, tx, s.Jobs, running)
	})
	if err != nil {
		return nil, err
	}
	return s.toProto(ctx, r)
}

// DeleteResearch implements researchv1.ResearchServiceServer.
func (s *Research) DeleteResearch(ctx context.Context, req *researchv1.DeleteResearchRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	digests, err := s.Store.DeleteResearch(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	s.Blobs.Release(ctx, caller.WorkspaceID, digests...)
	return &emptypb.Empty{}, nil
}

// toProto is a research as the contract shows it.
func (s *Research) toProto(ctx context.Context, r store.Research) (*researchv1.Research, error) {
	list, err := s.allToProto(ctx, r.WorkspaceID, []store.Research{r})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// allToProto is toProto for many, with one query for what became of connectors, and
// one for whether the library has changed since.
func (s *Research) allToProto(ctx context.Context, workspaceID string, list []store.Research) ([]*researchv1.Research, error) {
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	asks, err := s.Store.ListAsks(ctx, workspaceID, ids...)
	if err != nil {
		return nil, err
	}
	changed, err := s.Store.LibraryChanged(ctx, workspaceID, ids)
	if err != nil {
		return nil, err
	}
	byResearch := map[string][]store.Ask{}
	for _, a := range asks {
		byResearch[a.ResearchID] = append(byResearch[a.ResearchID], a)
	}
	out := make([]*researchv1.Research, len(list))
	for i, r := range list {
		if out[i], err = researchToProto(r, collect.Outcomes(byResearch[r.ID])); err != nil {
			return nil, err
		}
		out[i].LibraryChanged = changed[r.ID]
	}
	return out, nil
}
