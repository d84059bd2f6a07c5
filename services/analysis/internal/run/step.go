// Package run takes an analysis from its question to its report, step by step.
//
// Each step is one short job. A step reads what the steps before it stored, does
// its work without changing anything of ours, and hands back an Outcome. That is
// stored in one transaction: the result, the events that tell of it, the mark
// that the step is done, the job of the next step, and the end of this step's
// job. A process may be killed at any point: either all of it is there, and the
// run goes on with the next step, or nothing is, and the step is done again.
package run

import (
	"context"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// The steps, in their order.
const (
	StepPlan    = "plan"    // the question becomes queries
	StepSearch  = "search"  // research is asked to collect
	StepCollect = "collect" // the evidence is there
	StepAnalyze = "analyze" // the engine writes findings
	StepCheck   = "check"   // each quote is found, each claim is judged
	StepReport  = "report"  // the report is composed
)

// First is the step that a run starts with.
const First = StepPlan

// Outcome is what a step gives.
type Outcome struct {
	// Next is the step to do next; empty ends the run.
	Next string
	// State and Progress are the run's from now on.
	State    string
	Progress float64
	// Change changes what else the run knows of itself; it may be nil. It may be
	// called more than once, each time on a fresh copy.
	Change func(*store.Analysis)
	// Findings replace the run's findings, when not nil.
	Findings []*analysisv1.Finding
	// Events tell what happened in the step, in order. The change of state is
	// told of by itself, after them.
	Events []*analysisv1.Event
}

// step does the work of one step of a run.
type step func(context.Context, store.Analysis) (Outcome, error)

// steps returns what to do for each step.
func (w *Worker) steps() map[string]step {
	return map[string]step{
		StepPlan:    w.plan,
		StepSearch:  w.search,
		StepCollect: w.collect,
		StepAnalyze: w.analyze,
		StepCheck:   w.check,
		StepReport:  w.report,
	}
}
