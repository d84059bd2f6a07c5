package server

import (
	"context"
	"errors"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// Rechecker reads sources again.
type Rechecker interface {
	Source(ctx context.Context, by authn.Caller, id string) (store.Recheck, error)
}

// RecheckSource implements researchv1.ResearchServiceServer.
func (s *Research) RecheckSource(ctx context.Context, req *researchv1.RecheckSourceRequest) (*researchv1.SourceRecheck, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.Rechecker.Source(ctx, caller, req.GetId())
	if err != nil {
		return nil, err
	}
	return &researchv1.SourceRecheck{
		SourceId: c.SourceID, Outcome: researchv1.SourceRecheck_Outcome(researchv1.SourceRecheck_Outcome_value[c.Outcome]),
		Reason: c.Reason, Sha256: c.TextSHA256, Notices: noticesToProto(c.Notices), Fetch: fetchToProto(c.Fetch),
		Time: timestamppb.New(c.CheckTime),
	}, nil
}

// rechecked is the snapshot of the last time that a source was read again.
func (s *Research) rechecked(ctx context.Context, workspaceID, id string) (snapshot, error) {
	c, err := s.Store.GetRecheck(ctx, workspaceID, id)
	if errors.Is(err, errs.NotFound) || err == nil && c.TextSHA256 == "" {
		return snapshot{}, errs.New(errs.NotFound, "NOT_RECHECKED", "the source was not read again, or could not be")
	}
	return snapshot{text: c.TextSHA256, raw: c.RawSHA256, mediaType: c.MediaType}, err
}
