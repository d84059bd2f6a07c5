package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/settings"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

const (
	// defaultDeadline is how long a run may take that names no deadline.
	defaultDeadline = time.Hour
	// deepRounds is how many rounds a DEEP run has that does not say.
	deepRounds = 3
)

// StartAnalysis implements analysisv1.AnalysisServiceServer.
func (s *Server) StartAnalysis(ctx context.Context, req *analysisv1.StartAnalysisRequest) (*analysisv1.Analysis, error) {
	return s.startRun(ctx, req, nil)
}

// startRun starts the run that a request asks for, or answers it at once out of the
// cache; a dry run is only planned. A run that asks another one again names it.
func (s *Server) startRun(ctx context.Context, req *analysisv1.StartAnalysisRequest, rerunOf *string) (*analysisv1.Analysis, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := s.check(ctx, req)
	if err != nil {
		return nil, err
	}
	decided, err := s.decided(ctx, caller, &req.Engine)
	if err != nil {
		return nil, err
	}
	plan, err := s.planned(ctx, caller, req, decided)
	if err != nil {
		return nil, err
	}
	if req.GetDryRun() {
		return s.dryRun(ctx, req, plan, asked)
	}
	a, err := newAnalysis(caller, req, plan)
	if err != nil {
		return nil, err
	}
	a.RerunOf = rerunOf
	if a.Digest, err = digest(req, plan, s.engines); err != nil {
		return nil, err
	}
	started, err := s.begin(ctx, a, req, decided)
	if err != nil {
		return nil, err
	}
	return wire.Analysis(started)
}

// check refuses what the rules of the proto cannot, fills the defaults of req, and
// returns the plan of the built-in engine, which costs nothing.
func (s *Server) check(ctx context.Context, req *analysisv1.StartAnalysisRequest) (*analysisv1.Plan, error) {
	fillDefaults(req)
	if err := checkClaims(req); err != nil {
		return nil, err
	}
	if req.GetEngine() != "" {
		if _, err := s.engines.Get(req.GetEngine()); err != nil {
			return nil, err
		}
	}
	plan, err := run.Plan(ctx, s.plain.Open(engine.Session{}), wire.Question(req))
	if err != nil {
		return nil, err
	}
	if deadline := req.GetBudget().GetDeadline(); deadline != nil && !deadline.AsTime().After(time.Now()) {
		return nil, errs.Field("budget.deadline", "must be in the future")
	}
	if err := s.checkResearch(ctx, req.GetResearchId()); err != nil {
		return nil, err
	}
	return plan, s.checkTemplate(ctx, req.GetReport().GetTemplateId())
}

// fillDefaults writes into a request what it leaves open.
func fillDefaults(req *analysisv1.StartAnalysisRequest) {
	req.Question = strings.TrimSpace(req.GetQuestion())
	if req.GetKind() == analysisv1.Kind_KIND_UNSPECIFIED {
		req.Kind = analysisv1.Kind_SUMMARY
	}
	if req.GetCitationPolicy() == analysisv1.CitationPolicy_CITATION_POLICY_UNSPECIFIED {
		req.CitationPolicy = analysisv1.CitationPolicy_FLAG
	}
	if req.GetCache() == analysisv1.Cache_CACHE_UNSPECIFIED {
		req.Cache = analysisv1.Cache_USE
	}
	switch {
	case req.GetResearchId() != "": // it is used as it is
		req.MaxRounds = 1
	case req.GetMaxRounds() > 0:
	case req.GetKind() == analysisv1.Kind_DEEP:
		req.MaxRounds = deepRounds
	default:
		req.MaxRounds = 1
	}
	if req.GetKind() == analysisv1.Kind_FACT_CHECK && len(req.GetClaims()) == 0 && len(req.GetQuestion()) > 0 {
		req.Claims = []string{req.GetQuestion()}
	}
}

// checkClaims makes sure that there are claims to check if any, and no others.
func checkClaims(req *analysisv1.StartAnalysisRequest) error {
	if req.GetKind() != analysisv1.Kind_FACT_CHECK && len(req.GetClaims()) > 0 {
		return errs.Field("claims", "are for the kind FACT_CHECK only")
	}
	for i, claim := range req.GetClaims() {
		claim = strings.TrimSpace(claim)
		if claim == "" {
			return errs.Field(fmt.Sprintf("claims[%d]", i), "must not be blank")
		}
		req.Claims[i] = claim
	}
	return nil
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
	_, err := s.templates.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: id})
	if errors.Is(err, errs.NotFound) {
		return errs.Field("report.template_id", "names no template")
	}
	return err
}

func newAnalysis(caller authn.Caller, req *analysisv1.StartAnalysisRequest, plan *analysisv1.Plan) (store.Analysis, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return store.Analysis{}, err
	}
	request, err := protojson.Marshal(req)
	if err != nil {
		return store.Analysis{}, fmt.Errorf("encode request: %w", err)
	}
	steps, err := protojson.Marshal(plan)
	if err != nil {
		return store.Analysis{}, fmt.Errorf("encode plan: %w", err)
	}
	writer := writerOf(plan)
	a := store.Analysis{
		ID: id.String(), WorkspaceID: caller.WorkspaceID, UserID: caller.UserID, RequestID: req.GetRequestId(), Request: request,
		Plan: steps, Engine: writer.GetEngine(), Model: writer.GetModel(), Step: run.First, Deadline: time.Now().Add(defaultDeadline),
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

// begin stores the run, with the answer of another one if there is one that it may
// have, else with its first event and its first job.
func (s *Server) begin(ctx context.Context, a store.Analysis, req *analysisv1.StartAnalysisRequest, decided settings.Settings) (started store.Analysis, err error) {
	answer, err := s.findAnswer(ctx, a, req)
	if err != nil {
		return store.Analysis{}, err
	}
	if answer != nil {
		a.CachedFrom = &answer.from.ID
	}
	err = s.store.InWorkspace(ctx, a.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var isNew bool
		if started, isNew, err = s.store.CreateAnalysis(ctx, tx, a); err != nil || !isNew {
			return err
		}
		if answer != nil {
			return s.giveAnswer(ctx, tx, &started, answer)
		}
		if err := s.admit(ctx, tx, a.WorkspaceID, decided.MaxRunning); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, &started)
	})
	if err == nil {
		s.log.Notify(started.WorkspaceID, started.ID, started.LastSequence)
	}
	return started, err
}

// admit refuses a run, inside tx, that would be one too many at work in its workspace;
// it is counted already. 0 is no limit.
func (s *Server) admit(ctx context.Context, tx pgx.Tx, workspaceID string, most int) error {
	if most <= 0 {
		return nil
	}
	running, err := s.store.CountRunning(ctx, tx, workspaceID)
	if err == nil && running > most {
		return errs.Newf(errs.ResourceExhausted, "TOO_MANY_RUNNING",
			"the workspace may run %d analyses at a time: wait until one has ended, or cancel one", most)
	}
	return err
}

// enqueue makes a run QUEUED, inside tx, with the job of its next step.
func (s *Server) enqueue(ctx context.Context, tx pgx.Tx, a *store.Analysis) error {
	if err := s.insertJob(ctx, tx, a, time.Time{}); err != nil {
		return err
	}
	return run.Move(ctx, tx, s.store, a, store.Queued, a.Progress)
}

// insertJob inserts the job of the run's next step, inside tx; the zero time is at
// once.
func (s *Server) insertJob(ctx context.Context, tx pgx.Tx, a *store.Analysis, at time.Time) error {
	args := run.StepArgs{WorkspaceID: a.WorkspaceID, AnalysisID: a.ID, Step: a.Step}
	inserted, err := s.jobs.InsertTx(ctx, tx, args, &river.InsertOpts{ScheduledAt: at})
	if err != nil {
		return fmt.Errorf("queue step %s: %w", a.Step, err)
	}
	a.JobID = &inserted.Job.ID
	return nil
}
