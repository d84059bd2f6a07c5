package engine

import "time"

// Question is what the user asked.
type Question struct {
	// Text is the question in the user's words.
	Text string
	// Language is an ISO 639-1 code, or empty if it is not known.
	Language string
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
}
