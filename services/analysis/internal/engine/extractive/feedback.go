package extractive

import (
	"cmp"
	"slices"
)

// Feedback constants: how many of the best sentences teach how many further
// terms, and how much a sentence that holds them all gains.
const (
	teachers  = 6
	taught    = 12
	feedback  = 0.25
	minLesson = 2
)

// addFeedback raises the candidates that share the vocabulary of the best ones,
// so that a sentence that answers in other words than the question's is not
// lost: pseudo-relevance feedback after Lavrenko and Croft, "Relevance-Based
// Language Models", SIGIR 2001. A term is taught by two sentences at least.
func (p *pool) addFeedback(q question) {
	lesson, count := map[string]float64{}, map[string]int{}
	for _, c := range p.candidates[:min(teachers, len(p.candidates))] {
		for _, part := range c.vector {
			if !slices.Contains(q.terms, part.stem) {
				lesson[part.stem] += part.weight * c.relevance
				count[part.stem]++
			}
		}
	}
	var terms []string
	for stem := range lesson {
		if count[stem] >= minLesson {
			terms = append(terms, stem)
		}
	}
	slices.SortFunc(terms, func(a, b string) int {
		return cmp.Or(cmp.Compare(lesson[b], lesson[a]), cmp.Compare(a, b))
	})
	terms = terms[:min(taught, len(terms))]
	total := 0.0
	for _, stem := range terms {
		total += lesson[stem]
	}
	for _, c := range p.candidates {
		for _, part := range c.vector {
			if slices.Contains(terms, part.stem) {
				c.relevance += feedback * c.standing * lesson[part.stem] / total
			}
		}
	}
}
