package server

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// maxPlanText is how many characters a question or a query of a plan may have.
const maxPlanText = 2000

// ApprovePlan implements analysisv1.AnalysisServiceServer.
func (s *Server) ApprovePlan(ctx context.Context, req *analysisv1.ApprovePlanRequest) (*analysisv1.Analysis, error) {
	edited, err := editedPlan(req.GetPlan())
	if err != nil {
		return nil, err
	}
	most, err := s.mostRunning(ctx)
	if err != nil {
		return nil, err
	}
	a, _, err := s.change(ctx, req.GetId(), func(ctx context.Context, tx pgx.Tx, a *store.Analysis) (bool, error) {
		if a.State != store.AwaitingApproval {
			return false, errs.New(errs.FailedPrecondition, "NOT_AWAITING_APPROVAL", "the analysis does not wait for its plan to be approved")
		}
		if err := s.approve(ctx, tx, a, edited); err != nil {
			return false, err
		}
		return true, s.admit(ctx, tx, a.WorkspaceID, most)
	})
	if err != nil {
		return nil, err
	}
	return wire.Analysis(a)
}

// approve lets a run go on, inside tx, with an edited plan if there is one.
func (s *Server) approve(ctx context.Context, tx pgx.Tx, a *store.Analysis, edited *analysisv1.Plan) error {
	plan, err := wire.Plan(*a)
	if err != nil {
		return err
	}
	if edited != nil && !samePlan(plan, edited) {
		plan.SubQuestions, plan.Queries = edited.GetSubQuestions(), edited.GetQueries()
		// It answers the question of this user now, not what the request says.
		a.Digest = ""
		if a.Plan, err = protojson.Marshal(plan); err != nil {
			return fmt.Errorf("encode plan: %w", err)
		}
	}
	if a.Parts, err = run.FirstRound(plan); err != nil {
		return err
	}
	if err := s.cancelJob(ctx, tx, a); err != nil { // that of the deadline
		return err
	}
	if err := s.store.RecordStep(ctx, tx, *a, run.StepApprove, 1, time.Now()); err != nil {
		return err
	}
	a.Step = run.AfterPlan(*a)
	if err := s.insertJob(ctx, tx, a, time.Time{}); err != nil {
		return err
	}
	return run.Move(ctx, tx, s.store, a, store.Collecting, a.Progress, run.FirstRoundStarted(plan))
}

// editedPlan returns the questions and queries of a plan, without blanks around them;
// nil stays nil. All that is wrong with it is named at once.
func editedPlan(plan *analysisv1.Plan) (*analysisv1.Plan, error) {
	if plan == nil {
		return nil, nil
	}
	var v errs.Violations
	out := &analysisv1.Plan{
		SubQuestions: trimmed(&v, "plan.sub_questions", plan.GetSubQuestions()),
		Queries:      trimmed(&v, "plan.queries", plan.GetQueries()),
	}
	v.Check(len(out.GetQueries()) > 0, "plan.queries", "must hold at least one")
	return out, v.Err()
}

func trimmed(v *errs.Violations, field string, list []string) []string {
	v.Check(len(list) <= run.MaxQueries, field, fmt.Sprintf("must be at most %d", run.MaxQueries))
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = strings.TrimSpace(text)
		n := utf8.RuneCountInString(out[i])
		v.Check(n >= 1 && n <= maxPlanText, fmt.Sprintf("%s[%d]", field, i), fmt.Sprintf("must be 1 to %d characters", maxPlanText))
	}
	return out
}

func samePlan(a, b *analysisv1.Plan) bool {
	return slices.Equal(a.GetSubQuestions(), b.GetSubQuestions()) && slices.Equal(a.GetQueries(), b.GetQueries())
}
