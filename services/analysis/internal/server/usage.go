package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// maxUsageRows is how many rows a report of usage has at most.
const maxUsageRows = 1000

// Usage implements analysisv1.UsageServiceServer.
type Usage struct {
	analysisv1.UnsafeUsageServiceServer

	store *store.Store
	book  *spend.Book
	now   func() time.Time
}

var _ analysisv1.UsageServiceServer = (*Usage)(nil)

// NewUsage returns the server of the ledger.
func NewUsage(rows *store.Store, book *spend.Book) *Usage {
	return &Usage{store: rows, book: book, now: time.Now}
}

// GetUsage implements analysisv1.UsageServiceServer.
func (s *Usage) GetUsage(ctx context.Context, req *analysisv1.GetUsageRequest) (*analysisv1.UsageReport, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	from, to, err := s.span(req)
	if err != nil {
		return nil, err
	}
	by := req.GetGroupBy()
	if by == analysisv1.GetUsageRequest_GROUP_BY_UNSPECIFIED {
		by = analysisv1.GetUsageRequest_DAY
	}
	rows, total, err := s.store.SumUsage(ctx, caller.WorkspaceID, by.String(), from, to, maxUsageRows)
	if err != nil {
		return nil, err
	}
	workspace, user, err := s.book.Allowances(ctx, caller.WorkspaceID, caller.UserID)
	if err != nil {
		return nil, err
	}
	report := &analysisv1.UsageReport{Total: wire.LedgerUsage(total), Workspace: allowance(workspace), User: allowance(user)}
	for _, row := range rows {
		report.Rows = append(report.Rows, &analysisv1.UsageRow{Key: row.Key, Usage: wire.LedgerUsage(row.Usage)})
	}
	return report, nil
}

// span returns the time that a report is about.
func (s *Usage) span(req *analysisv1.GetUsageRequest) (from, to time.Time, err error) {
	var bad errs.Violations
	for field, at := range map[string]*timestamppb.Timestamp{"start_time": req.GetStartTime(), "end_time": req.GetEndTime()} {
		bad.Check(at == nil || at.CheckValid() == nil, field, "is not a time")
	}
	if err := bad.Err(); err != nil {
		return from, to, err
	}
	to = s.now().UTC()
	from = time.Date(to.Year(), to.Month(), 1, 0, 0, 0, 0, time.UTC)
	if req.GetStartTime() != nil {
		from = req.GetStartTime().AsTime()
	}
	if req.GetEndTime() != nil {
		to = req.GetEndTime().AsTime()
	}
	bad.Check(!to.Before(from), "end_time", "must not be before start_time")
	return from, to, bad.Err()
}

// ListCalls implements analysisv1.UsageServiceServer.
func (s *Usage) ListCalls(ctx context.Context, req *analysisv1.ListCallsRequest) (*analysisv1.ListCallsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetAnalysisId()); err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.CallFilter(), Query: []string{"calls", req.GetAnalysisId()}})
	if err != nil {
		return nil, err
	}
	list, err := s.store.ListCalls(ctx, caller.WorkspaceID, req.GetAnalysisId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &analysisv1.ListCallsResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(c store.Call) page.ID { return page.ID(c.ID) })
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		resp.Calls = append(resp.Calls, entryOf(c))
	}
	return resp, nil
}

// entryOf returns a call as callers see it. Of one that is being made the price that
// is set aside is what it is expected to cost.
func entryOf(c store.Call) *analysisv1.Call {
	out := &analysisv1.Call{
		Id: c.ID, UserId: c.UserID, Step: c.Step, Engine: c.Engine, Model: c.Model,
		State: analysisv1.Call_State(analysisv1.Call_State_value[c.State]),
		Usage: wire.LedgerUsage(store.Usage{
			Calls: int64(c.Requests), InputTokens: c.InputTokens, CachedInputTokens: c.CachedInputTokens,
			OutputTokens: c.OutputTokens, ReasoningTokens: c.ReasoningTokens, Cost: c.Cost,
		}),
		DurationMs: c.DurationMS, CreateTime: timestamppb.New(c.CreateTime),
	}
	if c.AnalysisID != nil {
		out.AnalysisId = *c.AnalysisID
	}
	switch c.State {
	case store.CallCached:
		out.Usage.CachedCalls = 1
	case store.CallReserved:
		out.Usage.CostUsd, out.Usage.InputTokens = price.ToUSD(c.ReservedCost), c.ReservedTokens
	}
	return out
}

// allowance returns a limit of the month as callers see it.
func allowance(a spend.Allowance) *analysisv1.Allowance {
	return &analysisv1.Allowance{
		MaxCostUsd: price.ToUSD(a.Limit.CostNanoUSD), MaxTokens: a.Limit.Tokens,
		CostUsd: price.ToUSD(a.Spent.Cost), Tokens: a.Spent.Tokens,
		ReservedCostUsd: price.ToUSD(a.Spent.ReservedCost), ReservedTokens: a.Spent.ReservedTokens,
	}
}
