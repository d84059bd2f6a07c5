// Package rank puts the passages of all sources of one research into one order:
// those first that tell most about the question.
//
// A passage is worth the weighted sum of six parts, each from 0 to 1 (Parts): how
// well its words fit, how near its meaning is, how much it says that the better
// passages do not, how little its source has said already, how recent and how
// trustworthy its source is. Passages are picked one after the other, each time
// the one that is worth most beside those picked before: maximal marginal
// relevance (Carbonell and Goldstein, SIGIR 1998) with more than two terms.
//
// Everything is a pure function of its arguments: the same passages give the same
// order on every replica, in whatever order they are handed in. The weights, and
// what was measured with them, are in weights.go.
package rank

import (
	"cmp"
	"slices"
	"time"
)

// Source is what is known about where passages are from.
type Source struct {
	// Title is searched like the words of each of its passages.
	Title string
	// Kind is one of connector.Item's kinds; "" if unknown.
	Kind string
	// Published has the precision that is known: 2021, 2021-05 or 2021-05-17; ""
	// if unknown. What does not look like that is unknown, too.
	Published string
	// Language is an ISO 639-1 code; "" is taken for English, as by the index.
	Language string
	// Citations is how often it is cited; 0 or less when unknown.
	Citations int
	// Retracted, Corrected and Concern are what was published about it afterwards.
	Retracted, Corrected, Concern bool
	// Preprint says that it was not peer-reviewed, whatever its kind.
	Preprint bool
	// Snippet says that no more of it was read than a search engine showed.
	Snippet bool
	// Library says that it is a document of the workspace's own library.
	Library bool
}

// Passage is a piece of a source's text.
type Passage struct {
	// Source is its place in the list of sources.
	Source int
	Text   string
	// Heading is what it stands under; searched like its text.
	Heading string
	// Language is an ISO 639-1 code; "" means that of its source.
	Language string
	// Own is the score that the search of the library gave it; 0 for others.
	Own float64
}

// Question is what passages are ranked for.
type Question struct {
	// Text is the question, Also are its sub-queries.
	Text string
	Also []string
	// Now is the time that the age of sources is counted from.
	Now time.Time
}

// Limits bound the result; 0 is no limit.
type Limits struct {
	// Passages is how many are picked in all, PerSource out of one source.
	Passages, PerSource int
	// Sources is how many sources the picked passages may be from.
	Sources int
}

// Ranked is a passage that was picked.
type Ranked struct {
	// Passage is its place in the list of passages.
	Passage int
	// Score is the weighted sum of Parts, as a share of that of the best passage:
	// 1 for the first, then never rising. A retracted source's counts half, that
	// of a passage that does not fit at all a tenth.
	Score float64
	Parts Parts
}

// Parts is what a score is made of, each from 0 to 1, as it was at the moment
// when the passage was picked.
type Parts struct {
	// Relevance is how well its words, with heading and title, fit the question or
	// a sub-query: the share of the best passage's; with similarities at hand, what
	// its rank is worth (Reciprocal).
	Relevance float64
	// Semantic is what its rank by similarity is worth; 0 without similarities.
	Semantic float64
	// Novelty is how unlike it is to the most similar passage picked before.
	Novelty float64
	// Diversity falls with each passage of its source that was picked before.
	Diversity float64
	// Recency halves with each half-life of age; 0.5 when the date is unknown.
	Recency float64
	// Authority is what the source's kind, citations and notices speak for it; 0
	// when it is retracted.
	Authority float64
}

// Rank picks the passages that are worth most for a question, the best first.
//
// semantic is nil, or holds for each passage its cosine similarity to the
// question; NaN for those that were not measured (Promising). Where every passage is of the library, its own scores are the
// relevance, so that such a research ranks as a search of the library does.
//
// A passage without a word of the question, and without similarities, is left
// out, unless its source has no better one: then one passage stands for the
// source, at the end, since the place that was asked thought that it fits.
//
// Equal passages are ordered by their text, then by their source.
func Rank(q Question, sources []Source, passages []Passage, semantic []float64, limits Limits) []Ranked {
	if len(passages) == 0 {
		return nil
	}
	timeSensitive := isTimeSensitive(q)
	s := newSelection(sources, passages, newPool(sources, passages))
	s.relevance(relevance(q, s.pool, sources, passages))
	if semantic != nil {
		s.semantic(semantic)
	}
	s.standing(q.Now, halfLifeFor(timeSensitive))
	return s.pick(weightsFor(semantic != nil, timeSensitive), limits)
}

// Promising returns the places of the n passages whose words fit best, the best
// first: those whose similarity is worth measuring, when measuring all of them
// would cost too much.
func Promising(q Question, sources []Source, passages []Passage, n int) []int {
	if len(passages) == 0 {
		return nil
	}
	s := newSelection(sources, passages, newPool(sources, passages))
	fit := relevance(q, s.pool, sources, passages)
	slices.SortFunc(s.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(fit[b.passage], fit[a.passage]), s.compare(a, b))
	})
	best := make([]int, min(n, len(passages)))
	for i := range best {
		best[i] = s.candidates[i].passage
	}
	return best
}
