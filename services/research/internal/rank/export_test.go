package rank

// RankByRelevance is Rank with relevance as the only part that counts, to measure
// what the others do.
func RankByRelevance(q Question, sources []Source, passages []Passage, limits Limits) []Ranked {
	s := newSelection(sources, passages, newPool(sources, passages))
	s.relevance(relevance(q, s.pool, sources, passages))
	s.standing(q.Now, longHalfLife)
	return s.pick(weights{relevance: 1}, limits)
}
