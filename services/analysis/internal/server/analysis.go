package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// GetAnalysis implements analysisv1.AnalysisServiceServer.
func (s *Server) GetAnalysis(ctx context.Context, req *analysisv1.GetAnalysisRequest) (*analysisv1.Analysis, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return nil, err
	}
	return wire.Analysis(a)
}

// ListAnalyses implements analysisv1.AnalysisServiceServer.
func (s *Server) ListAnalyses(ctx context.Context, req *analysisv1.ListAnalysesRequest) (*analysisv1.ListAnalysesResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.AnalysisFilter(), Query: []string{"analyses"}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListAnalyses(ctx, caller.WorkspaceID, asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &analysisv1.ListAnalysesResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(a store.Analysis) page.ID { return page.ID(a.ID) })
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		item, err := wire.Analysis(a)
		if err != nil {
			return nil, err
		}
		resp.Analyses = append(resp.Analyses, item)
	}
	return resp, nil
}

// CancelAnalysis implements analysisv1.AnalysisServiceServer. A step that is at
// work is cancelled on whichever replica it is, with the calls that it makes; should it
// be done nevertheless, it finds the run ended when it wants to store its outcome.
func (s *Server) CancelAnalysis(ctx context.Context, req *analysisv1.CancelAnalysisRequest) (*analysisv1.Analysis, error) {
	a, changed, err := s.change(ctx, req.GetId(), func(ctx context.Context, tx pgx.Tx, a *store.Analysis) (bool, error) {
		if a.Ended() {
			return false, nil
		}
		if err := s.cancelJob(ctx, tx, a); err != nil {
			return false, err
		}
		return true, run.Move(ctx, tx, s.store, a, store.Cancelled, a.Progress)
	})
	if err != nil {
		return nil, err
	}
	if changed && a.ResearchID != nil {
		// The run has ended whatever becomes of this: its collection then goes on
		// in vain, and harms nobody.
		if _, err := s.research.CancelResearch(ctx, &researchv1.CancelResearchRequest{Id: *a.ResearchID}); err != nil {
			slog.WarnContext(ctx, "research of a cancelled analysis goes on", "research_id", *a.ResearchID, "error", err)
		}
	}
	return wire.Analysis(a)
}

// cancelJob cancels the job of the run's step, inside tx. One that is gone is no error.
func (s *Server) cancelJob(ctx context.Context, tx pgx.Tx, a *store.Analysis) error {
	if a.JobID == nil {
		return nil
	}
	_, err := s.jobs.JobCancelTx(ctx, tx, *a.JobID)
	if err != nil && !errors.Is(err, river.ErrNotFound) {
		return fmt.Errorf("cancel the job of step %s: %w", a.Step, err)
	}
	a.JobID = nil
	return nil
}

// RetryAnalysis implements analysisv1.AnalysisServiceServer. A run whose deadline has
// passed gets as much time as it had.
func (s *Server) RetryAnalysis(ctx context.Context, req *analysisv1.RetryAnalysisRequest) (*analysisv1.Analysis, error) {
	most, err := s.mostRunning(ctx)
	if err != nil {
		return nil, err
	}
	a, _, err := s.change(ctx, req.GetId(), func(ctx context.Context, tx pgx.Tx, a *store.Analysis) (bool, error) {
		if a.State != store.Failed && a.State != store.Cancelled {
			return false, errs.New(errs.FailedPrecondition, "NOT_FAILED", "only a failed or cancelled analysis can be taken up again")
		}
		if err := eventlog.Reopen(ctx, tx, a.ID); err != nil {
			return false, err
		}
		a.ErrorReason, a.ErrorMessage = "", ""
		if now := time.Now(); !a.Deadline.After(now) {
			a.Deadline = now.Add(a.Deadline.Sub(a.CreateTime))
		}
		if a.Step == run.StepApprove {
			return true, s.awaitAgain(ctx, tx, a)
		}
		if err := s.searchAgain(ctx, tx, a); err != nil {
			return false, err
		}
		if err := s.enqueue(ctx, tx, a); err != nil {
			return false, err
		}
		return true, s.admit(ctx, tx, a.WorkspaceID, most)
	})
	if err != nil {
		return nil, err
	}
	return wire.Analysis(a)
}

// mostRunning is how many runs of the caller's workspace may be at work at a time; 0 is
// no limit.
func (s *Server) mostRunning(ctx context.Context) (int, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return 0, err
	}
	decided, err := s.settings.Of(ctx, caller.WorkspaceID, caller.UserID)
	return decided.MaxRunning, err
}

// awaitAgain lets a run wait for its plan's approval again, inside tx.
func (s *Server) awaitAgain(ctx context.Context, tx pgx.Tx, a *store.Analysis) error {
	if err := s.insertJob(ctx, tx, a, a.Deadline); err != nil {
		return err
	}
	return run.Move(ctx, tx, s.store, a, store.AwaitingApproval, a.Progress)
}

// searchAgain sends a run whose collection did not end well back to asking for
// evidence, inside tx: research that failed or was cancelled stays so, and asking
// under the same request id would only find it again. The new research is asked what
// all rounds until then asked. Research that the user named is waited for again.
func (s *Server) searchAgain(ctx context.Context, tx pgx.Tx, a *store.Analysis) error {
	req, err := wire.Request(*a)
	step, round := run.Split(a.Step)
	if err != nil || step != run.StepCollect || req.GetResearchId() != "" {
		return err
	}
	a.Step, a.ResearchID = run.At(run.StepSearch, round), nil
	a.Collection++
	return s.store.ForgetStep(ctx, tx, *a, a.Step)
}

// change changes a run under its lock and wakes its followers when fn says that
// it did.
func (s *Server) change(ctx context.Context, id string, fn func(context.Context, pgx.Tx, *store.Analysis) (bool, error)) (a store.Analysis, changed bool, err error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return a, false, err
	}
	err = s.store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if a, err = s.store.LockAnalysis(ctx, tx, id); err != nil {
			return err
		}
		changed, err = fn(ctx, tx, &a)
		return err
	})
	if err == nil && changed {
		s.log.Notify(caller.WorkspaceID, a.ID, a.LastSequence)
	}
	return a, changed, err
}

// DeleteAnalysis implements analysisv1.AnalysisServiceServer.
func (s *Server) DeleteAnalysis(ctx context.Context, req *analysisv1.DeleteAnalysisRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, s.store.DeleteAnalysis(ctx, caller.WorkspaceID, req.GetId())
}

// ListFindings implements analysisv1.AnalysisServiceServer.
func (s *Server) ListFindings(ctx context.Context, req *analysisv1.ListFindingsRequest) (*analysisv1.ListFindingsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetAnalysisId()); err != nil {
		return nil, err
	}
	asked, err := page.Ask[int32](req, page.List{Filter: store.FindingFilter(), Query: []string{"findings", req.GetAnalysisId()}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListFindings(ctx, caller.WorkspaceID, req.GetAnalysisId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &analysisv1.ListFindingsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(f store.Finding) int32 { return f.Ordinal })
	if err != nil {
		return nil, err
	}
	for _, row := range list {
		f, err := wire.Finding(row)
		if err != nil {
			return nil, err
		}
		resp.Findings = append(resp.Findings, f)
	}
	return resp, nil
}
