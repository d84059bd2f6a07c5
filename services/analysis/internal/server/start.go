package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// defaultDeadline is how long a run may take that names no deadline.
const defaultDeadline = time.Hour

// StartAnalysis implements analysisv1.AnalysisServiceServer.
func (s *Server) StartAnalysis(ctx context.Context, req *analysisv1.StartAnalysisRequest) (*analysisv1.Analysis, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	plan, engineName, err := s.check(ctx, req)
	if err != nil {
		return nil, err
	}
	if req.GetDryRun() {
		return &analysisv1.Analysis{
			Question: req.GetQuestion(), Kind: req.GetKind(), Parameters: req.GetParameters(), Engine: engineName,
			Budget: req.GetBudget(), Report: req.GetReport(), CitationPolicy: req.GetCitationPolicy(), Plan: plan,
		}, nil
	}
	a, err := newAnalysis(caller, req, engineName)
	if err != nil {
		return nil, err
	}
	started, err := s.start(ctx, a)
	if err != nil {
		return nil, err
	}
	return wire.Analysis(started)
}

// check refuses what the rules of the proto cannot: it fills the defaults of
// req, and returns the plan and the name of the engine.
func (s *Server) check(ctx context.Context, req *analysisv1.StartAnalysisRequest) (*analysisv1.Plan, string, error) {
	req.Question = strings.TrimSpace(req.GetQuestion())
	provider, err := s.engines.Get(req.GetEngine())
	if err != nil {
		return nil, "", err
	}
	plan, err := run.Plan(ctx, provider.Open(engine.Session{}), req.GetQuestion())
	if err != nil {
		return nil, "", err
	}
	if deadline := req.GetBudget().GetDeadline(); deadline != nil && !deadline.AsTime().After(time.Now()) {
		return nil, "", errs.Field("budget.deadline", "must be in the future")
	}
	if err := s.checkResearch(ctx, req.GetResearchId()); err != nil {
		return nil, "", err
	}
	if err := s.checkTemplate(ctx, req.GetReport().GetTemplateId()); err != nil {
		return nil, "", err
	}
	if req.GetKind() == analysisv1.Kind_KIND_UNSPECIFIED {
		req.Kind = analysisv1.Kind_SUMMARY
	}
	if req.GetCitationPolicy() == analysisv1.CitationPolicy_CITATION_POLICY_UNSPECIFIED {
		req.CitationPolicy = analysisv1.CitationPolicy_FLAG
	}
	return plan, provider.Name(), nil
}

// checkResearch makes sure that research to use again is there for this caller.
func (s *Server) checkResearch(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	_, err := s.research.GetResearch(ctx, &researchv1.GetResearchRequest{Id: id})
	if errors.Is(err, errs.NotFound) {
		return errs.Field("research_id", "names no research of this workspace")
	}
	return err
}

// checkTemplate makes sure that the report's template is there, so that a run does
// not fail at its last step. The default one always is.
func (s *Server) checkTemplate(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	_, err := s.report.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: id})
	if errors.Is(err, errs.NotFound) {
		return errs.Field("report.template_id", "names no template")
	}
	return err
}

func newAnalysis(caller authn.Caller, req *analysisv1.StartAnalysisRequest, engineName string) (store.Analysis, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return store.Analysis{}, err
	}
	encoded, err := protojson.Marshal(req)
	if err != nil {
		return store.Analysis{}, fmt.Errorf("encode request: %w", err)
	}
	a := store.Analysis{
		ID: id.String(), WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, RequestID: req.GetRequestId(),
		Request: encoded, Engine: engineName, Step: run.First, Deadline: time.Now().Add(defaultDeadline),
	}
	if deadline := req.GetBudget().GetDeadline(); deadline != nil {
		a.Deadline = deadline.AsTime()
	}
	if req.GetResearchId() != "" {
		research := req.GetResearchId()
		a.ResearchID = &research
	}
	return a, nil
}

// start stores the run, its first event and its first job together.
func (s *Server) start(ctx context.Context, a store.Analysis) (started store.Analysis, err error) {
	err = s.store.InWorkspace(ctx, a.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var isNew bool
		if started, isNew, err = s.store.CreateAnalysis(ctx, tx, a); err != nil || !isNew {
			return err
		}
		return s.enqueue(ctx, tx, &started)
	})
	if err == nil {
		s.log.Notify(started.WorkspaceID, started.ID, started.LastSequence)
	}
	return started, err
}

// enqueue makes a run QUEUED, inside tx, with the job of its next step.
func (s *Server) enqueue(ctx context.Context, tx pgx.Tx, a *store.Analysis) error {
	if err := run.Move(ctx, tx, s.store, a, store.Queued, a.Progress); err != nil {
		return err
	}
	_, err := s.jobs.InsertTx(ctx, tx, run.StepArgs{WorkspaceID: a.WorkspaceID, AnalysisID: a.ID, Step: a.Step}, nil)
	return err
}
