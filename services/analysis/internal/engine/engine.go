// Package engine defines what turns evidence into findings.
//
// An Engine plans the search for a question and analyses the evidence that was
// found. Each engine lives in a package of its own below this one; the worker
// chooses one by name and knows nothing else about it. What an engine cannot do
// without a language model (deciding on a further round, writing prose,
// answering a follow-up question) is not part of Engine: an engine that can
// does so through a further interface, which the worker asks for with a type
// assertion, so that an engine without a model never has to pretend.
package engine

import (
	"context"
	"errors"
)

// ErrNoQuestion says that a question holds no word to search for.
var ErrNoQuestion = errors.New("the question holds no word to search for")

// Engine plans and analyses. Implementations are safe for concurrent use and
// keep nothing between calls.
type Engine interface {
	// Name is the engine's name in the API, such as "extractive".
	Name() string

	// Plan turns a question into sub-questions and search queries. It fails
	// with ErrNoQuestion if there is nothing to search for.
	Plan(ctx context.Context, q Question) (Plan, error)

	// Analyze turns evidence into findings. Evidence that says nothing about
	// the question gives an Analysis without findings, not an error. The same
	// request gives the same result whatever the order of its evidence, as far
	// as the engine can promise it.
	Analyze(ctx context.Context, req Request) (Analysis, error)
}

// Analysis is what an engine found in the evidence.
type Analysis struct {
	// Findings are ordered by theme, the most salient theme first, and within
	// a theme by salience.
	Findings []Finding
	// Themes group the findings; every finding is in exactly one.
	Themes []Theme
	// Contradictions pair findings whose sources disagree.
	Contradictions []Contradiction
	// Indirect says that the findings do not answer the question, but only speak
	// of what it is about. The report must say so.
	Indirect bool
}

// Finding is one claim and the quotes it rests on.
type Finding struct {
	// Claim is one sentence, or a few, that can be read alone.
	Claim string
	// Theme is the label of the theme the finding belongs to.
	Theme string
	// Citations are the quotes, the best first, one for each source at most.
	Citations []Quote
	// Salience is how much the finding matters to the question, 0 to 1.
	Salience float64
}

// Quote is a span of a snapshot.
type Quote struct {
	// EvidenceID and SourceID name the passage and its source.
	EvidenceID string
	SourceID   string
	// Text is the snapshot's text from Start to End, byte for byte.
	Text string
	// Start and End are byte offsets into the snapshot, half-open.
	Start int
	End   int
}

// Theme is a group of findings.
type Theme struct {
	// Label is a short phrase, such as "Write-ahead log".
	Label string
	// Findings are indexes into Analysis.Findings, ascending.
	Findings []int
}

// Contradiction is a pair of findings that cannot both be true, or that need a
// reader's eye because their sources disagree.
type Contradiction struct {
	// First and Second are indexes into Analysis.Findings, First < Second.
	First  int
	Second int
	// Kind says how they disagree.
	Kind ContradictionKind
	// Reason says it to a reader, with the values in question.
	Reason string
}

// ContradictionKind is the way in which two findings disagree.
type ContradictionKind string

// The kinds of contradiction.
const (
	// Numbers: both give a quantity of the same thing, and the two differ.
	Numbers ContradictionKind = "NUMBERS"
	// Negation: one denies what the other says.
	Negation ContradictionKind = "NEGATION"
)
