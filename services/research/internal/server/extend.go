package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// maxQueries bounds the queries of all rounds of a research: the evidence is ranked
// for each of them, and the library searched.
const maxQueries = 200

// ExtendResearch implements researchv1.ResearchServiceServer.
func (s *Research) ExtendResearch(ctx context.Context, req *researchv1.ExtendResearchRequest) (*researchv1.Research, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	queries, err := s.checkExtend(req)
	if err != nil {
		return nil, err
	}
	extension := store.Extension{
		Round:  store.Round{RequestID: req.GetRequestId(), Queries: queries, Sources: req.GetSources()},
		UserID: caller.UserID, Deadline: s.deadline(req.GetDeadline()),
	}
	var r store.Research
	err = s.Store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if r, err = s.Store.LockResearch(ctx, tx, req.GetId()); err != nil {
			return err
		}
		known, err := s.Store.HasRound(ctx, tx, r.ID, req.GetRequestId())
		if err != nil || known {
			return err
		}
		if err := extendable(r, len(queries)); err != nil {
			return err
		}
		if r, err = s.Store.ExtendResearch(ctx, tx, r, extension); err != nil {
			return err
		}
		_, err = s.Jobs.InsertTx(ctx, tx, collect.Begin(r), nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.toProto(ctx, r)
}

// checkExtend refuses what the rules of the proto cannot, and returns the queries
// without the space around them.
func (s *Research) checkExtend(req *researchv1.ExtendResearchRequest) ([]string, error) {
	var v errs.Violations
	queries := make([]string, len(req.GetQueries()))
	for i, query := range req.GetQueries() {
		queries[i] = strings.TrimSpace(query)
		v.Check(queries[i] != "", fmt.Sprintf("queries[%d]", i), "must not be blank")
	}
	v.Check(req.GetDeadline() == nil || req.GetDeadline().AsTime().After(time.Now()), "deadline", "must be in the future")
	s.checkSources(&v, "sources", req.GetSources())
	return queries, v.Err()
}

// extendable says why a research cannot go on with further queries.
func extendable(r store.Research, queries int) error {
	switch {
	case !r.Ended():
		return errs.New(errs.FailedPrecondition, "RESEARCH_RUNNING", "the research is running: wait until it has ended")
	case r.State != store.ResearchSucceeded && r.State != store.ResearchPartial:
		return errs.New(errs.FailedPrecondition, "RESEARCH_NOT_DONE", "the research failed or was cancelled: ask anew")
	case len(r.SubQueries)+queries > maxQueries:
		return errs.New(errs.FailedPrecondition, "TOO_MANY_QUERIES", fmt.Sprintf("a research can be asked %d queries in all: ask anew", maxQueries))
	}
	return nil
}
