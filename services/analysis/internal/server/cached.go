package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/run"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// versioned are engines that say when they would answer the same question otherwise
// than before: by the versions of their prompts.
type versioned interface{ Version() string }

// digest names all that the answer to a request depends on, what the libraries and the
// places outside hold aside: two requests with the same digest ask for the same.
func digest(req *analysisv1.StartAnalysisRequest, plan *analysisv1.Plan, engines engine.Set) (string, error) {
	same, _ := proto.Clone(req).(*analysisv1.StartAnalysisRequest)
	// Who asks, how often and for how much money makes no other answer.
	same.RequestId, same.Budget, same.DryRun, same.AwaitApproval = "", nil, false, false
	same.Cache, same.Engine, same.Model = analysisv1.Cache_CACHE_UNSPECIFIED, "", ""
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(same)
	if err != nil {
		return "", fmt.Errorf("encode request: %w", err)
	}
	sum := sha256.New()
	sum.Write(encoded)
	for _, step := range plan.GetSteps() {
		version := ""
		if p, err := engines.Get(step.GetEngine()); err == nil {
			if v, ok := p.(versioned); ok {
				version = v.Version()
			}
		}
		fmt.Fprintf(sum, "\x00%s\x00%s\x00%s\x00%s", step.GetStep(), step.GetEngine(), step.GetModel(), version)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// answer is a run whose answer another one may have.
type answer struct {
	from     store.Analysis
	findings []*analysisv1.Finding
	formats  []string
}

// findAnswer returns the answer that the run may have from another one, or nil: the
// newest of a run with the same digest that was completed lately, whose library has not
// changed since and whose report is still there. Somebody who wants to approve the plan
// wants it followed.
func (s *Server) findAnswer(ctx context.Context, a store.Analysis, req *analysisv1.StartAnalysisRequest) (*answer, error) {
	if s.answerTTL <= 0 || req.GetCache() != analysisv1.Cache_USE || req.GetAwaitApproval() {
		return nil, nil
	}
	from, err := s.store.FindAnswer(ctx, a.WorkspaceID, a.Digest, time.Now().Add(-s.answerTTL))
	if errors.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if from.ResearchID == nil || from.ReportID == nil {
		return nil, nil
	}
	found, err := s.readAnswer(ctx, from)
	if err != nil || found == nil {
		// The question can be answered without: whoever is away is needed later.
		slog.DebugContext(ctx, "no answer from the cache", "analysis_id", from.ID, "error", err)
		return nil, nil
	}
	return found, nil
}

// readAnswer reads the answer of a run; nil when it is not good any more.
func (s *Server) readAnswer(ctx context.Context, from store.Analysis) (*answer, error) {
	var research *researchv1.Research
	var report *reportv1.Report
	var rows []store.Finding
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		research, err = s.research.GetResearch(ctx, &researchv1.GetResearchRequest{Id: *from.ResearchID})
		return err
	})
	group.Go(func() (err error) {
		report, err = s.report.GetReport(ctx, &reportv1.GetReportRequest{Id: *from.ReportID})
		return err
	})
	group.Go(func() (err error) {
		rows, err = s.store.ListFindings(ctx, from.WorkspaceID, from.ID, page.Query[int32]{Limit: run.MaxFindings})
		return err
	})
	if err := group.Wait(); err != nil || research.GetLibraryChanged() {
		return nil, err
	}
	findings, err := wire.Findings(rows)
	if err != nil {
		return nil, err
	}
	return &answer{from: from, findings: findings, formats: rendered(report)}, nil
}

// rendered returns the formats that a report's newest version was asked for in.
func rendered(report *reportv1.Report) []string {
	var formats []string
	for _, v := range report.GetVersions() {
		for _, r := range v.GetRenderings() {
			if v.GetNumber() == report.GetVersion() {
				formats = append(formats, r.GetFormat())
			}
		}
	}
	return formats
}

// giveAnswer makes a new run, inside tx, one that is COMPLETED with the answer of
// another: with its research and its report, and findings of its own.
func (s *Server) giveAnswer(ctx context.Context, tx pgx.Tx, a *store.Analysis, from *answer) error {
	if err := run.Move(ctx, tx, s.store, a, store.Queued, 0); err != nil {
		return err
	}
	parts, err := wire.Parts(from.from)
	if err != nil {
		return err
	}
	ids, err := renamed(from.findings)
	if err != nil {
		return err
	}
	for _, sentence := range parts.GetSummary() {
		for i, id := range sentence.GetFindingIds() {
			sentence.FindingIds[i] = ids[id]
		}
	}
	if a.Parts, err = wire.EncodeParts(parts.GetRounds(), parts.GetSummary()); err != nil {
		return err
	}
	a.Plan, a.Step, a.ResearchID, a.ReportID, a.Missing = from.from.Plan, "", from.from.ResearchID, from.from.ReportID, from.from.Missing
	a.CachedCalls = from.from.Calls + from.from.CachedCalls
	rows := make([]store.Finding, len(from.findings))
	for i, f := range from.findings {
		if rows[i], err = wire.FindingRow(f); err != nil {
			return err
		}
	}
	if err := s.store.ReplaceFindings(ctx, tx, *a, rows); err != nil {
		return err
	}
	return run.Move(ctx, tx, s.store, a, store.Completed, 1, story(parts, from)...)
}

// renamed gives findings ids of their own, and returns the new ones by the old.
func renamed(findings []*analysisv1.Finding) (map[string]string, error) {
	ids := make(map[string]string, len(findings))
	for _, f := range findings {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		ids[f.GetId()], f.Id = id.String(), id.String()
	}
	for _, f := range findings {
		for _, c := range f.GetContradictions() {
			c.FindingId = ids[c.GetFindingId()]
		}
	}
	return ids, nil
}

// story are the events that tell of an answer from the cache.
func story(parts *analysisv1.Analysis, from *answer) []*analysisv1.Event {
	var events []*analysisv1.Event
	for _, r := range parts.GetRounds() {
		events = append(events, run.RoundStarted(r))
	}
	for _, f := range from.findings {
		events = append(events, &analysisv1.Event{Type: analysisv1.Event_FINDING_ADDED, Detail: &analysisv1.Event_Finding{Finding: f}})
	}
	return append(events, run.ReportReady(*from.from.ReportID, from.formats))
}
