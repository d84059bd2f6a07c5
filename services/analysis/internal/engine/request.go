package engine

import "time"

// Kind is the shape of an answer, as in the contract.
type Kind string

// The kinds.
const (
	Summary          Kind = "SUMMARY"
	Deep             Kind = "DEEP"
	Comparison       Kind = "COMPARISON"
	Timeline         Kind = "TIMELINE"
	LiteratureReview Kind = "LITERATURE_REVIEW"
	FactCheck        Kind = "FACT_CHECK"
)

// Question is what the user asked.
type Question struct {
	// Text is the question in the user's words.
	Text string
	// Language is an ISO 639-1 code, or empty if it is not known.
	Language string
	// Kind is the shape of the answer; empty means Summary.
	Kind Kind
	// Claims are what a fact check is about, at least one; else empty.
	Claims []string
}

// Plan is what to look for.
type Plan struct {
	// SubQuestions are the parts of the question that need their own answer.
	// A question that is one question has exactly one: itself.
	SubQuestions []string
	// Queries are keyword queries for the connectors, the most specific first.
	Queries []string
}

// Request is one analysis: a question, its plan, and the evidence found.
type Request struct {
	Question Question
	Plan     Plan
	Evidence []Evidence
	// Asked are the queries of all rounds so far; a reflection does not repeat them.
	Asked []string
}

// Evidence is one passage of a source's snapshot.
type Evidence struct {
	// ID is the passage's identifier, SourceID its source's.
	ID       string
	SourceID string
	// SourceTitle and URL describe the source; either may be empty.
	SourceTitle string
	URL         string
	// Text is the passage, byte for byte as it stands in the snapshot.
	Text string
	// Start is the byte offset of Text in the snapshot.
	Start int
	// Language is an ISO 639-1 code, or empty if it is not known.
	Language string
	// Score is the retrieval score. Only its order within a request matters.
	Score float64
	// Published is when the source was published; zero if it is not known.
	Published time.Time
	// SourceKind is what the source is, as in the contract: article, preprint, page …
	SourceKind string
	// Retracted says that the source is retracted.
	Retracted bool
}

// Ask is a question to answer at once.
type Ask struct {
	// Question is what is asked now.
	Question string
	// Turns are what was asked and answered before, the oldest first.
	Turns []Turn
	// About is the question of the run; empty if there is none.
	About string
	// Evidence is what to answer from, the most promising first.
	Evidence []Evidence
}

// Turn is a question with its answer.
type Turn struct{ Question, Answer string }
