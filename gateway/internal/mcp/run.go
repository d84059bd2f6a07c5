package mcp

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// run is research as tools tell it: what a model can use of an Analysis.
type run struct {
	ID           string   `json:"id" jsonschema:"The id of the research, for all other tools"`
	Question     string   `json:"question"`
	Kind         string   `json:"kind" jsonschema:"The shape of the answer"`
	State        string   `json:"state" jsonschema:"QUEUED, COLLECTING, ANALYZING, REPORTING, AWAITING_APPROVAL, or at the end COMPLETED, COMPLETED_PARTIAL, NO_EVIDENCE, FAILED or CANCELLED"`
	Done         bool     `json:"done" jsonschema:"Whether it has ended, well or not"`
	Progress     float64  `json:"progress" jsonschema:"How far it is, from 0 to 1"`
	Engine       string   `json:"engine,omitempty" jsonschema:"What writes the findings"`
	SubQuestions []string `json:"subQuestions,omitempty" jsonschema:"The questions that it was taken apart into"`
	Summary      []string `json:"summary,omitempty" jsonschema:"The answer in a few sentences, each made of findings"`
	Missing      []string `json:"missing,omitempty" jsonschema:"What the answer lacks"`
	Error        string   `json:"error,omitempty" jsonschema:"Why it failed"`
	ReportID     string   `json:"reportId,omitempty" jsonschema:"The report, for read_report"`
	CostUSD      float64  `json:"costUsd" jsonschema:"What it has cost so far, in US dollars"`
	Tokens       int64    `json:"tokens" jsonschema:"How many tokens models have read and written for it"`
	CreateTime   string   `json:"createTime,omitempty"`
	CompleteTime string   `json:"completeTime,omitempty"`
}

func newRun(a *analysisv1.Analysis) run {
	r := run{
		ID: a.GetId(), Question: a.GetQuestion(), Kind: a.GetKind().String(), State: a.GetState().String(),
		Done: feed.Final(a.GetState()), Progress: a.GetProgress(), Engine: a.GetEngine(),
		SubQuestions: a.GetPlan().GetSubQuestions(), Missing: a.GetMissing(), ReportID: a.GetReportId(),
		CostUSD: a.GetUsage().GetCostUsd(), Tokens: a.GetUsage().GetInputTokens() + a.GetUsage().GetOutputTokens(),
		CreateTime: written(a.GetCreateTime()), CompleteTime: written(a.GetCompleteTime()),
	}
	for _, sentence := range a.GetSummary() {
		r.Summary = append(r.Summary, sentence.GetText())
	}
	if e := a.GetError(); e != nil {
		r.Error = e.GetReason() + ": " + e.GetMessage()
	}
	return r
}

// written is a time as it is written in JSON; empty when there is none.
func written(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().UTC().Format(time.RFC3339)
}
