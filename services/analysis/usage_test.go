package analysis_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// ledger is the usage service over entries that a test makes.
type ledger struct {
	*bundle

	book *spend.Book
	now  time.Time
	run  string
}

// usage serves analysis with a run that has ended.
func usage(t *testing.T) *ledger {
	t.Helper()
	b := prepare(t)
	b.cfg.Models.MaxTokensUser, b.cfg.Models.MaxCostWorkspace = 5000, 2.5
	work(t, b.serve(t))
	l := &ledger{bundle: b, now: time.Now()}
	l.run = b.finish(t, b.start(t)).GetId()
	prices, err := price.New("openai/m=1000/1000/1000, perplexity/s=500")
	require.NoError(t, err)
	l.book = spend.New(store.New(b.open(t)), spend.Config{
		Prices: prices, Now: func() time.Time { return l.now },
		Quotas: func(context.Context, string, string) (spend.Amount, error) { return spend.Amount{}, nil },
	})
	return l
}

// account pays for calls of the run.
func (l *ledger) account(engine, model string) spend.Account {
	return spend.Account{
		WorkspaceID: l.ada.WorkspaceID, UserID: l.ada.UserID, AnalysisID: l.run, Task: "analyze", Step: "analyze",
		Engine: engine, Model: model, Budget: spend.Amount{Tokens: 100_000},
	}
}

// call enters a call of so many tokens sent, and as many written.
func (l *ledger) call(t *testing.T, a spend.Account, tokens int64) {
	t.Helper()
	r, err := l.book.Reserve(t.Context(), a, spend.Ask{Input: tokens, MaxOutput: tokens})
	require.NoError(t, err)
	require.NoError(t, l.book.Settle(t.Context(), r, spend.Outcome{
		Usage: llm.Usage{InputTokens: tokens, OutputTokens: tokens, CachedInputTokens: 1, ReasoningTokens: 2}, Duration: time.Second,
	}))
}

func TestGetUsage_SumsTheLedgerUp(t *testing.T) {
	t.Parallel()
	l := usage(t)
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
	from := timestamppb.New(noon.Add(-48 * time.Hour))
	l.now = noon.Add(-24 * time.Hour)
	l.call(t, l.account("perplexity", "s"), 20)
	l.now = noon
	l.call(t, l.account("openai", "m"), 100)
	l.call(t, l.account("openai", "m"), 10)
	require.NoError(t, l.book.Cached(t.Context(), l.account("openai", "m"), spend.Ask{}, nil))
	text := l.account("openai", "m")
	text.AnalysisID, text.UserID, text.Task = "", uuid.NewString(), ""
	l.call(t, text, 1)

	today, yesterday := noon.Format(time.DateOnly), noon.Add(-24*time.Hour).Format(time.DateOnly)
	for by, want := range map[analysisv1.GetUsageRequest_GroupBy][]string{
		analysisv1.GetUsageRequest_GROUP_BY_UNSPECIFIED: {yesterday, today},
		analysisv1.GetUsageRequest_DAY:                  {yesterday, today},
		analysisv1.GetUsageRequest_USER:                 {l.ada.UserID, text.UserID},
		analysisv1.GetUsageRequest_ENGINE:               {"openai", "perplexity"},
		analysisv1.GetUsageRequest_MODEL:                {"openai/m", "perplexity/s"},
		analysisv1.GetUsageRequest_ANALYSIS:             {l.run},
	} {
		got, err := l.GetUsage(as(t, l.ada), &analysisv1.GetUsageRequest{
			GroupBy: by, StartTime: from, EndTime: timestamppb.New(noon.Add(time.Hour)),
		})
		require.NoError(t, err)
		var keys []string
		for _, row := range got.GetRows() {
			keys = append(keys, row.GetKey())
		}
		require.Equal(t, want, keys, by)
		require.Equal(t, (&analysisv1.Usage{
			Calls: 4, InputTokens: 131, OutputTokens: 131, CostUsd: 0.242, CachedCalls: 1, CachedInputTokens: 4, ReasoningTokens: 8,
		}).String(), got.GetTotal().String())
	}
	got, err := l.GetUsage(as(t, l.ada), &analysisv1.GetUsageRequest{
		GroupBy: analysisv1.GetUsageRequest_ENGINE, StartTime: timestamppb.New(noon), EndTime: timestamppb.New(noon.Add(time.Hour)),
	})
	require.NoError(t, err)
	require.Len(t, got.GetRows(), 1, "what was before is left out")
	require.Equal(t, int32(3), got.GetRows()[0].GetUsage().GetCalls())
}

func TestGetUsage_TellsWhatMayStillBeUsed(t *testing.T) {
	t.Parallel()
	l := usage(t)
	l.call(t, l.account("openai", "m"), 100)
	_, err := l.book.Reserve(t.Context(), l.account("openai", "m"), spend.Ask{Input: 5, MaxOutput: 2})
	require.NoError(t, err)
	got, err := l.GetUsage(as(t, l.ada), &analysisv1.GetUsageRequest{})
	require.NoError(t, err)
	require.Equal(t, (&analysisv1.Allowance{
		MaxCostUsd: 2.5, CostUsd: 0.2, Tokens: 200, ReservedCostUsd: 0.007, ReservedTokens: 7,
	}).String(), got.GetWorkspace().String())
	require.Equal(t, int64(5000), got.GetUser().GetMaxTokens())
	require.Equal(t, int64(200), got.GetUser().GetTokens())

	_, err = l.GetUsage(as(t, l.ada), &analysisv1.GetUsageRequest{StartTime: timestamppb.Now(), EndTime: timestamppb.New(time.Unix(0, 0))})
	require.ErrorIs(t, err, errs.InvalidArgument)
}

func TestListCalls_PagesThroughTheLedgerOfARun(t *testing.T) {
	t.Parallel()
	l := usage(t)
	l.call(t, l.account("openai", "m"), 100)
	require.NoError(t, l.book.Cached(t.Context(), l.account("openai", "m"), spend.Ask{}, nil))
	_, err := l.book.Reserve(t.Context(), l.account("perplexity", "s"), spend.Ask{Input: 5, MaxOutput: 5})
	require.NoError(t, err)

	var states []analysisv1.Call_State
	req := &analysisv1.ListCallsRequest{AnalysisId: l.run, PageSize: 2}
	for {
		page, err := l.ListCalls(as(t, l.ada), req)
		require.NoError(t, err)
		for _, c := range page.GetCalls() {
			states = append(states, c.GetState())
			require.Equal(t, l.run, c.GetAnalysisId())
			require.Equal(t, "analyze", c.GetStep())
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Equal(t, []analysisv1.Call_State{analysisv1.Call_SETTLED, analysisv1.Call_CACHED, analysisv1.Call_RESERVED}, states)

	first, err := l.ListCalls(as(t, l.ada), &analysisv1.ListCallsRequest{AnalysisId: l.run, PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, (&analysisv1.Usage{
		Calls: 1, InputTokens: 100, OutputTokens: 100, CachedInputTokens: 1, ReasoningTokens: 2, CostUsd: 0.2,
	}).String(), first.GetCalls()[0].GetUsage().String())
	require.Equal(t, int64(1000), first.GetCalls()[0].GetDurationMs())
}

func TestUsage_OfAnotherWorkspaceIsNotShown(t *testing.T) {
	t.Parallel()
	l := usage(t)
	l.call(t, l.account("openai", "m"), 100)
	eve := authntest.Caller(t, authn.RoleOwner)
	_, err := l.ListCalls(as(t, eve), &analysisv1.ListCallsRequest{AnalysisId: l.run})
	require.ErrorIs(t, err, errs.NotFound)
	got, err := l.GetUsage(as(t, eve), &analysisv1.GetUsageRequest{})
	require.NoError(t, err)
	require.Empty(t, got.GetRows())
	require.Zero(t, got.GetTotal().GetCalls())
	require.Zero(t, got.GetWorkspace().GetTokens())
}
