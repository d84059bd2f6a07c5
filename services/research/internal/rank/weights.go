package rank

// weights is what each part of a score counts; they add up to 1.
type weights struct {
	relevance, semantic, novelty, diversity, recency, authority float64
}

// weightsFor returns the weights in use. With similarities, relevance is spread
// less (a rank's worth falls from 1 to 0.5 over the first 60), so that the other
// parts count about half as much. When a question asks for the state of things,
// recency counts five times as much.
//
// Novelty was chosen on two kinds of data, the open ones. SciFact, 270 training
// queries over the 100 best abstracts of each: novelty must not cost much where
// nothing repeats. XQuAD, 240 research with four questions out of four articles,
// in overlapping pieces of all of their passages, 130 to a pool: the share of the
// four answers among the first five pieces rises with it. Words alone, the
// rest of the weight on relevance:
//
//	novelty          0      0.06   0.10   0.15   0.20   0.25   0.30   0.40
//	nDCG@10 SciFact  0.699  0.699  0.698  0.698  0.697  0.696  0.696  0.693
//	answers in 5     0.60   0.69   0.74   0.84   0.92   0.93   0.94   0.94
//	alpha-nDCG@10    1.10   1.11   1.12   1.14   1.17   1.17   1.16   1.11
//
// (alpha-nDCG after Clarke et al., SIGIR 2008, against an ideal of one piece for
// each answer, so that it can pass 1; German behaves alike.) The weights below
// stand at 0.25. With similarities, for which those of character 4-grams stood in,
// the best lies at 0.10.
//
// How sub-queries are joined was measured on the same data, with novelty 0.2:
// answers in five 0.92 for the best fit of all (subQueryWeight 0.8), 0.84 for
// their sum, 0.35 for reciprocal ranks. Three sub-queries about something
// else bring 0.92 down to 0.73, with fullReach to 0.90 only.
//
// Recency and authority have no such data: they are as large as it takes to decide
// between passages that fit about equally well.
func weightsFor(semantic, timeSensitive bool) weights {
	switch {
	case semantic && timeSensitive:
		return weights{relevance: 0.39, semantic: 0.39, novelty: 0.10, diversity: 0.015, recency: 0.075, authority: 0.03}
	case semantic:
		return weights{relevance: 0.42, semantic: 0.42, novelty: 0.10, diversity: 0.015, recency: 0.015, authority: 0.03}
	case timeSensitive:
		return weights{relevance: 0.58, novelty: 0.19, diversity: 0.03, recency: 0.15, authority: 0.05}
	}
	return weights{relevance: 0.66, novelty: 0.22, diversity: 0.03, recency: 0.03, authority: 0.06}
}

// sum returns the weighted sum of the parts.
func (w weights) sum(p Parts) float64 {
	return w.relevance*p.Relevance + w.semantic*p.Semantic + w.novelty*p.Novelty +
		w.diversity*p.Diversity + w.recency*p.Recency + w.authority*p.Authority
}
