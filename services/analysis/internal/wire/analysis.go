package wire

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/spend/price"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// Question returns what an engine is asked by a request.
func Question(req *analysisv1.StartAnalysisRequest) engine.Question {
	kind := req.GetKind()
	if kind == analysisv1.Kind_KIND_UNSPECIFIED { // requests from before there were kinds
		kind = analysisv1.Kind_SUMMARY
	}
	q := engine.Question{Text: req.GetQuestion(), Kind: engine.Kind(kind.String())}
	if kind == analysisv1.Kind_FACT_CHECK {
		q.Claims = req.GetClaims()
	}
	return q
}

// Parts returns what a run knows of itself that has no column of its own: its rounds
// and its summary.
func Parts(a store.Analysis) (*analysisv1.Analysis, error) {
	parts, err := partsOf(a)
	return proto.CloneOf(parts), err
}

// partsOf is Parts, shared.
func partsOf(a store.Analysis) (*analysisv1.Analysis, error) {
	parts := &analysisv1.Analysis{}
	if len(a.Parts) == 0 {
		return parts, nil
	}
	parts, err := read(a.Parts, parts)
	if err != nil {
		return nil, fmt.Errorf("decode the rounds of analysis %s: %w", a.ID, err)
	}
	return parts, nil
}

// EncodeParts returns rounds and summary as a run's row keeps them.
func EncodeParts(rounds []*analysisv1.Round, summary []*analysisv1.SummarySentence) ([]byte, error) {
	encoded, err := protojson.Marshal(&analysisv1.Analysis{Rounds: rounds, Summary: summary})
	if err != nil {
		return nil, fmt.Errorf("encode rounds and summary: %w", err)
	}
	return encoded, nil
}

// Usage returns what a run has used.
func Usage(a store.Analysis) *analysisv1.Usage {
	return &analysisv1.Usage{
		Calls: a.Calls, InputTokens: a.InputTokens, OutputTokens: a.OutputTokens, CostUsd: a.CostUSD,
		CachedCalls: a.CachedCalls, CachedInputTokens: a.CachedInputTokens, ReasoningTokens: a.ReasoningTokens,
	}
}

// SetUsage writes what a run has used into it, and reports whether that is news.
func SetUsage(a *store.Analysis, u store.Usage) bool {
	before := Usage(*a)
	a.Calls, a.InputTokens, a.OutputTokens, a.CostUSD = int32(u.Calls), u.InputTokens, u.OutputTokens, price.ToUSD(u.Cost)
	a.CachedCalls, a.CachedInputTokens, a.ReasoningTokens = int32(u.CachedCalls), u.CachedInputTokens, u.ReasoningTokens
	return !proto.Equal(before, Usage(*a))
}

// Analysis returns a run as callers see it. What it refers to is shared with others, and
// must not be changed.
func Analysis(a store.Analysis) (*analysisv1.Analysis, error) {
	req, err := requestOf(a)
	if err != nil {
		return nil, err
	}
	out := Requested(req)
	if out.Plan, err = planOf(a); err != nil {
		return nil, err
	}
	parts, err := partsOf(a)
	if err != nil {
		return nil, err
	}
	out.Id, out.Engine, out.Model = a.ID, a.Engine, a.Model
	out.State, out.Progress = analysisv1.Analysis_State(analysisv1.Analysis_State_value[a.State]), a.Progress
	out.ResearchId, out.ReportId = value(a.ResearchID), value(a.ReportID)
	out.CachedFrom, out.RerunOf = value(a.CachedFrom), value(a.RerunOf)
	out.Rounds, out.Summary = parts.GetRounds(), parts.GetSummary()
	out.Usage, out.Missing, out.LastSequence = Usage(a), a.Missing, a.LastSequence
	out.CreateTime, out.UpdateTime = timestamppb.New(a.CreateTime), timestamppb.New(a.UpdateTime)
	if a.ErrorReason != "" {
		out.Error = &analysisv1.AnalysisError{Reason: a.ErrorReason, Message: a.ErrorMessage}
	}
	if a.CompleteTime != nil {
		out.CompleteTime = timestamppb.New(*a.CompleteTime)
	}
	return out, nil
}

// Requested returns a run as far as its request tells.
func Requested(req *analysisv1.StartAnalysisRequest) *analysisv1.Analysis {
	return &analysisv1.Analysis{
		Question: req.GetQuestion(), Kind: req.GetKind(), Claims: req.GetClaims(), Parameters: req.GetParameters(),
		Budget: req.GetBudget(), Report: req.GetReport(), CitationPolicy: req.GetCitationPolicy(),
		MaxRounds: req.GetMaxRounds(), AwaitApproval: req.GetAwaitApproval(), Cache: req.GetCache(),
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
