// Package run takes an analysis from its question to its report, step by step.
//
// Each step is one short job. A step reads what the steps before it stored, does
// its work without changing anything of ours, and hands back an Outcome. That is
// stored in one transaction: the result, the events that tell of it, the mark
// that the step is done, the job of the next step, and the end of this step's
// job. A process may be killed at any point: either all of it is there, and the
// run goes on with the next step, or nothing is, and the step is done again. The
// calls of models that a step makes are stored each by itself, so a step that is
// done again pays only for what had not been answered.
//
// What a run lacks it says: when a budget is used up, the deadline is near or a model
// cannot be had, the built-in engine goes on with what there is, and a sentence in
// `missing` says so. Only the findings themselves are not replaced because a model is
// down: then the run fails, with a reason, and can be taken up again.
package run

import (
	"context"
	"strconv"
	"strings"
	"time"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// The steps, in their order. Search, collect and reflect are done once in each round
// and have its number: "search/2".
const (
	StepPlan    = "plan"    // the question becomes queries
	StepApprove = "approve" // a user looks at the plan; its job ends the run at the deadline
	StepSearch  = "search"  // research is asked to collect
	StepCollect = "collect" // the evidence is there
	StepReflect = "reflect" // what is unanswered becomes the next queries
	StepAnalyze = "analyze" // the engine writes findings
	StepCheck   = "check"   // each quote is found, each claim is judged
	StepWrite   = "write"   // the findings are summed up
	StepReport  = "report"  // the report is composed
)

// First is the step that a run starts with.
const First = StepPlan

// At names a step of a round.
func At(step string, round int) string { return step + "/" + strconv.Itoa(round) }

// Split takes the name of a step apart. Steps without a number belong to the first
// round.
func Split(name string) (step string, round int) {
	step, number, _ := strings.Cut(name, "/")
	if round, err := strconv.Atoi(number); err == nil {
		return step, round
	}
	return step, 1
}

// Outcome is what a step gives.
type Outcome struct {
	// Next is the step to do next; empty ends the run.
	Next string
	// NotBefore is when the next step is done at the earliest; zero is at once.
	NotBefore time.Time
	// State and Progress are the run's from now on.
	State    string
	Progress float64
	// Change changes what else the run knows of itself; it may be nil. It may be
	// called more than once, each time on a fresh copy.
	Change func(*store.Analysis)
	// Missing is what the answer lacks because of this step.
	Missing []string
	// Findings replace the run's findings, when not nil.
	Findings []*analysisv1.Finding
	// Events tell what happened in the step, in order. The change of state is
	// told of by itself, after them.
	Events []*analysisv1.Event
}

// task is a step at work: the worker with what is known of the run.
type task struct {
	*Worker

	a       store.Analysis
	req     *analysisv1.StartAnalysisRequest
	plan    *analysisv1.Plan
	parts   *analysisv1.Analysis // rounds and summary
	step    string
	round   int
	attempt int // which try of the step this is, from 1
}

// newTask reads what a step needs to know of its run.
func (w *Worker) newTask(a store.Analysis, attempt int) (*task, error) {
	t := &task{Worker: w, a: a, attempt: attempt}
	t.step, t.round = Split(a.Step)
	var err error
	if t.req, err = wire.Request(a); err != nil {
		return nil, err
	}
	if t.plan, err = wire.Plan(a); err != nil {
		return nil, err
	}
	t.parts, err = wire.Parts(a)
	return t, err
}

// steps returns what to do for each step.
func (t *task) steps() map[string]func(context.Context) (Outcome, error) {
	return map[string]func(context.Context) (Outcome, error){
		StepPlan:    t.makePlan,
		StepApprove: t.expire,
		StepSearch:  t.search,
		StepCollect: t.collect,
		StepReflect: t.reflect,
		StepAnalyze: t.analyze,
		StepCheck:   t.check,
		StepWrite:   t.write,
		StepReport:  t.report,
	}
}

// maxRounds is how many rounds of collecting the run may have.
func (t *task) maxRounds() int { return max(1, int(t.req.GetMaxRounds())) }

// The shares of the progress that steps end at; rounds divide what lies between
// progressPlanned and progressCollected.
const (
	progressPlanned   = 0.1
	progressSearching = 0.15
	progressCollected = 0.5
	progressAnalyzed  = 0.7
	progressChecked   = 0.8
	progressWritten   = 0.85
	progressDone      = 1
)

// progress is how far the run is when so many rounds are done.
func (t *task) progress(rounds int) float64 {
	return progressSearching + (progressCollected-progressSearching)*float64(rounds)/float64(t.maxRounds())
}
