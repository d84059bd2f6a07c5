// Package engine defines what turns evidence into findings.
//
// An Engine plans the search for a question, says what is still unanswered, analyses
// the evidence, judges doubtful citations, sums up, and answers questions. Each kind
// of engine lives in a package of its own below this one; runs choose one by name and
// know nothing else about it. An engine reaches a language model only through the
// Caller of its Session, which keeps the budget, the cache and the limits; it has no
// other way out.
package engine

import (
	"context"
	"errors"

	"github.com/researcherpro/researcherpro/pkg/llm"
)

// The errors that runs know how to go on from.
var (
	// ErrNoQuestion says that a question holds no word to search for.
	ErrNoQuestion = errors.New("the question holds no word to search for")
	// ErrBudget says that a call was not made because a budget is used up.
	ErrBudget = errors.New("the budget is used up")
)

// Step is a step of a run that an engine does. The names are those of a workspace's
// model routes.
type Step string

// The steps.
const (
	StepPlan    Step = "plan"
	StepReflect Step = "reflect"
	StepAnalyze Step = "analyze"
	StepVerify  Step = "verify"
	StepWrite   Step = "write"
	StepAsk     Step = "ask"
)

// Provider makes engines of one kind. Implementations are safe for concurrent use.
type Provider interface {
	// Name is the engine's name in the API, such as "extractive".
	Name() string
	// Open returns the engine for one step of one run. It keeps nothing that another
	// session could see.
	Open(s Session) Engine
	// Estimate says which calls a run is expected to make; none without a model.
	Estimate(p Prospect) []Estimate
}

// Session is what a run lends to an engine.
type Session struct {
	// Model is the model to use, in the engine's own words; empty means its default.
	Model string
	// Caller makes the calls of models.
	Caller Caller
}

// Caller calls models for one step of one run: within its budget, out of the cache
// where it can, under the limits of the model's server. A call that was answered and
// stored before is not made again when the step is done again.
type Caller interface {
	// Call makes a call. It fails with ErrBudget when it would overspend, and with an
	// *llm.Error when the server will not answer.
	Call(ctx context.Context, c Call) (llm.Response, error)
}

// Call is one call of a model.
type Call struct {
	// Prompt names the prompt and its version, such as "analyze/3".
	Prompt string
	// Request is what is asked. The same request in the same step is one call.
	Request llm.Request
	// OnText gets the text while it is written; nil if nobody wants it. What comes from
	// the store or the cache is given in one piece.
	OnText func(string) error
}

// Prospect is a run that is not started yet.
type Prospect struct {
	Question Question
	// Rounds is how many rounds of collecting there may be, Evidence how many passages
	// of about EvidenceTokens each are expected.
	Rounds, Evidence, EvidenceTokens int
}

// Estimate is what a step is expected to use.
type Estimate struct {
	Step                      Step
	Calls                     int
	InputTokens, OutputTokens int64
}

// Engine does the steps of a run that need judgement. Implementations are safe for
// concurrent use. The same request gives the same result whatever the order of its
// evidence, as far as the engine can promise it.
type Engine interface {
	// Plan turns a question into sub-questions and search queries. It fails with
	// ErrNoQuestion if there is nothing to search for.
	Plan(ctx context.Context, q Question) (Plan, error)

	// Reflect says what the evidence leaves unanswered, and what to search for next. No
	// queries mean that another round would not help.
	Reflect(ctx context.Context, r Request) (Reflection, error)

	// Analyze turns evidence into findings. Evidence that says nothing about the
	// question gives an Analysis without findings, not an error.
	Analyze(ctx context.Context, r Request) (Analysis, error)

	// Judge decides about claims that words alone cannot decide. The result has a place
	// for each doubt; Undecided leaves the verdict as it was.
	Judge(ctx context.Context, doubts []Doubt) ([]Judgement, error)

	// Write sums checked findings up in a few sentences. A sentence that names no
	// finding, or one that is not there, is dropped by the caller.
	Write(ctx context.Context, r Request, findings []Finding) ([]Sentence, error)

	// Answer answers a question out of evidence. What is written goes to onText as it
	// comes, marks such as [2] included; onText may be nil.
	Answer(ctx context.Context, a Ask, onText func(string) error) (Answer, error)
}
