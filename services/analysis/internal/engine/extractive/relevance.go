package extractive

import (
	"cmp"
	"math"
	"slices"
)

// The relevance floor, in shares of the question's terms by weight.
//
// A sentence's standing is what it covers itself, with what its passage and
// source cover counted at contextShare: the name of what a document is about
// is seldom repeated in the sentence that answers. If no sentence stands at
// minBest or above, the evidence is about something else and nothing is
// relevant; else each sentence that stands at minStanding is.
//
// What passes must also be on the question's topics (topic.go).
//
// The figures were chosen on XQuAD's English questions: with them the findings hold
// the answer to five questions of six that the evidence answers, and there are none
// for eight of nine that it does not (see TestXQuAD). A higher minBest trades the
// first for the second.
const (
	minBest      = 0.44
	minStanding  = 0.30
	contextShare = 0.4
	// relationShare is what a relation counts of what a topic does.
	relationShare = 0.4
	// elsewhere is what a term counts that only another passage of the same
	// source holds.
	elsewhere = 0.5
)

// maxCandidates bounds the quadratic steps that follow.
const maxCandidates = 400

// scoreRelevance sets every candidate's coverage, standing and relevance.
func (p *pool) scoreRelevance(q question) {
	weights := p.weights(q)
	total := q.whole(weights, q.terms)
	for _, c := range p.candidates {
		inSentence, inContext := 0.0, 0.0
		for _, term := range q.terms {
			switch {
			case c.held[term] > 0:
				inSentence += weights[term]
				inContext += weights[term]
			case c.context[term] > 0:
				inContext += weights[term]
			case p.topics[c.evidence.SourceID][term]:
				inContext += elsewhere * weights[term]
			}
		}
		c.coverage = min(1, inSentence/total)
		c.standing = (1-contextShare)*c.coverage + contextShare*min(1, inContext/total)
		c.relevance = c.standing * q.thinness(c) *
			(1 + q.phraseBonus(c.words) + q.proximityBonus(c) + q.expectationBonus(c))
	}
}

// whole is the weight of what a question asks for: of a brief, its heaviest terms.
func (q question) whole(weights map[string]float64, terms []string) float64 {
	all := make([]float64, 0, len(terms))
	for _, term := range terms {
		all = append(all, weights[term])
	}
	if q.isBrief() {
		slices.Sort(all)
		all = all[max(0, len(all)-heaviest):]
	}
	total := 0.0
	for _, w := range all {
		total += w
	}
	return total
}

// weights weighs the question's terms between 0.5, for one that every sentence
// of the evidence holds, and 1, for one that none does. The evidence was found
// by these terms, so plain idf would turn their importance upside down.
func (p *pool) weights(q question) map[string]float64 {
	weights := make(map[string]float64, len(q.terms))
	scale := math.Log(1 + float64(p.sentences))
	for _, term := range q.terms {
		idf := math.Log(1 + float64(p.sentences)/(1+float64(p.frequency[term])))
		weights[term] = 0.5 + 0.5*min(1, idf/max(scale, 1))
		if !slices.Contains(q.topics, term) {
			weights[term] *= relationShare
		}
		if q.emphasis != nil {
			weights[term] *= q.emphasis[term]
		}
	}
	return weights
}

// maxIndirect is how many sentences that only speak of the topic are kept.
const maxIndirect = 5

// keepRelevant drops the candidates below the floor and, of what is left, all
// but the most relevant. When none is left and the question has a single topic,
// a few sentences that speak of it are kept instead, and it returns true: they do
// not answer the question, but they are what the sources have on it.
func (p *pool) keepRelevant(q question) (indirect bool) {
	best := 0.0
	for _, c := range p.candidates {
		if !c.caption {
			best = max(best, c.standing)
		}
	}
	weights := p.weights(q)
	var kept, mentions []*candidate
	for _, c := range p.candidates {
		switch {
		case !c.caption && best >= minBest && c.standing >= minStanding && p.onTopic(q, c, weights):
			kept = append(kept, c)
		case len(q.topics) == 1 && c.held[q.topics[0]] > 0:
			mentions = append(mentions, c)
		}
	}
	limit := maxCandidates
	if len(kept) == 0 {
		kept, limit, indirect = mentions, maxIndirect, len(mentions) > 0
	}
	slices.SortStableFunc(kept, func(a, b *candidate) int { return cmp.Compare(b.relevance, a.relevance) })
	p.candidates = kept[:min(len(kept), limit)]
	return indirect
}
