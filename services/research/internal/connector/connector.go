// Package connector asks the places that evidence can come from. Each kind of
// place is one implementation of Connector.
package connector

import (
	"context"
	"time"
)

// Connector is a kind of place that evidence can come from.
type Connector interface {
	// Name is the connector's name in requests, in lower case.
	Name() string
	// Description says what it searches, in one sentence.
	Description() string
	// Find returns what fits the query, the best first, and what should have
	// been read but could not be. An error means that the place as a whole did
	// not answer; its text is shown to users.
	Find(ctx context.Context, q Query) ([]Found, error)
}

// Query is what a connector is asked.
type Query struct {
	WorkspaceID string
	// Texts are the question and its sub-queries.
	Texts []string
	// Collections of the library; empty means all.
	Collections []string
	// MaxSources and MaxPassages bound what is useful to return.
	MaxSources  int
	MaxPassages int
}

// Found is one source with its passages that fit. Unreadable is set, and there
// are no passages, when it could not be read.
type Found struct {
	Title       string
	URL         string
	FileName    string
	DocumentID  string
	Authors     []string
	PublishTime *time.Time
	FetchTime   time.Time
	MediaType   string
	Language    string
	RawSHA256   string
	TextSHA256  string
	Unreadable  string
	Passages    []Passage
}

// Passage is a piece of a source's text.
type Passage struct {
	Text        string
	StartOffset int32
	EndOffset   int32
	Page        int32
	Score       float64 // comparable within one answer of one connector
}
