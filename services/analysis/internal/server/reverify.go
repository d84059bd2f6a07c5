package server

import (
	"context"
	"fmt"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/reverify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// ReverifyAnalysis implements analysisv1.AnalysisServiceServer.
func (s *Server) ReverifyAnalysis(ctx context.Context, req *analysisv1.ReverifyAnalysisRequest) (*analysisv1.Reverification, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	if !a.Ended() {
		return nil, errs.New(errs.FailedPrecondition, "ANALYSIS_RUNNING", "the analysis is running: wait until it has ended")
	}
	findings, err := s.store.ListFindings(ctx, caller.WorkspaceID, a.ID, page.Query[int32]{Limit: math.MaxInt32})
	if err != nil {
		return nil, err
	}
	citations, err := toRecheck(findings)
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	v, err := s.reverify(ctx, store.Reverification{
		ID: id.String(), WorkspaceID: caller.WorkspaceID, AnalysisID: a.ID, UserID: caller.UserID, RequestID: req.GetRequestId(),
	}, citations)
	if err != nil {
		return nil, err
	}
	return s.reverification(ctx, v)
}

// toRecheck are the citations of findings, in their order.
func toRecheck(findings []store.Finding) ([]store.RecheckedCitation, error) {
	var out []store.RecheckedCitation
	for _, row := range findings {
		f, err := wire.Finding(row)
		if err != nil {
			return nil, err
		}
		for _, c := range f.GetCitations() {
			message, err := protojson.Marshal(&analysisv1.RecheckedCitation{FindingId: f.GetId(), Citation: c})
			if err != nil {
				return nil, fmt.Errorf("encode a citation of finding %s: %w", f.GetId(), err)
			}
			out = append(out, store.RecheckedCitation{
				Ordinal: int32(len(out) + 1), SourceID: c.GetSourceId(), Claim: f.GetClaim(), Message: message,
			})
		}
	}
	return out, nil
}

// reverify stores a reverification with a job for each source.
func (s *Server) reverify(ctx context.Context, v store.Reverification, citations []store.RecheckedCitation) (created store.Reverification, err error) {
	err = s.store.InWorkspace(ctx, v.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var isNew bool
		if created, isNew, err = s.store.CreateReverification(ctx, tx, v, citations); err != nil || !isNew {
			return err
		}
		queued := map[string]bool{}
		for _, c := range citations {
			if queued[c.SourceID] {
				continue
			}
			queued[c.SourceID] = true
			args := reverify.SourceArgs{WorkspaceID: v.WorkspaceID, ReverificationID: v.ID, SourceID: c.SourceID}
			if _, err := s.jobs.InsertTx(ctx, tx, args, nil); err != nil {
				return fmt.Errorf("queue a source: %w", err)
			}
		}
		return nil
	})
	return created, err
}

// GetReverification implements analysisv1.AnalysisServiceServer.
func (s *Server) GetReverification(ctx context.Context, req *analysisv1.GetReverificationRequest) (*analysisv1.Reverification, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	v, err := s.store.GetReverification(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	if v.AnalysisID != req.GetAnalysisId() {
		return nil, errs.NotFound
	}
	return s.reverification(ctx, v)
}

// reverification returns one as callers see it, with its citations.
func (s *Server) reverification(ctx context.Context, v store.Reverification) (*analysisv1.Reverification, error) {
	out := toReverification(v)
	citations, err := s.store.RecheckedCitations(ctx, v.WorkspaceID, v.ID, "")
	if err != nil {
		return nil, err
	}
	for _, row := range citations {
		c := &analysisv1.RecheckedCitation{}
		// Rows outlive versions: what another one wrote besides is skipped.
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Message, c); err != nil {
			return nil, fmt.Errorf("decode citation %d of reverification %s: %w", row.Ordinal, v.ID, err)
		}
		out.Citations = append(out.Citations, c)
	}
	return out, nil
}

// toReverification returns one as callers see it, without its citations.
func toReverification(v store.Reverification) *analysisv1.Reverification {
	out := &analysisv1.Reverification{
		Id: v.ID, AnalysisId: v.AnalysisID, Error: v.Error, CreateTime: timestamppb.New(v.CreateTime),
		State: analysisv1.Reverification_State(analysisv1.Reverification_State_value[v.State]),
		Counts: &analysisv1.ReverificationCounts{
			Unchanged: v.Unchanged, Moved: v.Moved, Vanished: v.Vanished, Unreachable: v.Unreachable, Retracted: v.Retracted,
		},
	}
	if v.CompleteTime != nil {
		out.CompleteTime = timestamppb.New(*v.CompleteTime)
	}
	return out
}

// ListReverifications implements analysisv1.AnalysisServiceServer.
func (s *Server) ListReverifications(ctx context.Context, req *analysisv1.ListReverificationsRequest) (*analysisv1.ListReverificationsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetAnalysisId()); err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.ReverificationFilter(), Query: []string{"reverifications", req.GetAnalysisId()}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListReverifications(ctx, caller.WorkspaceID, req.GetAnalysisId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &analysisv1.ListReverificationsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(v store.Reverification) page.ID { return page.ID(v.ID) })
	for _, v := range list {
		resp.Reverifications = append(resp.Reverifications, toReverification(v))
	}
	return resp, err
}
