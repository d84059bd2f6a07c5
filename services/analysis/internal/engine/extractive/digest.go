package extractive

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// Digest limits: how many sentences say what matters most in a text, for how many it has.
const (
	maxDigest     = 6
	minDigest     = 2
	perDigest     = 8
	digestFirst   = 0.25 // what the opening of a text is worth beside the best
	digestNovelty = 0.6
)

// digest says what matters most in the evidence, without a question: the sentences that
// are nearest to all of it, none that repeats another, in the order of the text.
func digest(ctx context.Context, evidence []engine.Evidence) (engine.Answer, error) {
	read := newReader(languageOf(engine.Question{}, withLanguage(evidence)))
	every := func(string) bool { return true }
	p := newPool(evidence, newQuestion("", read), read, every)
	p.candidates = slices.DeleteFunc(p.candidates, func(c *candidate) bool { return c.caption || c.leaning })
	p.candidates = p.candidates[:min(len(p.candidates), maxCandidates)]
	if err := ctx.Err(); err != nil {
		return engine.Answer{}, fmt.Errorf("answer: %w", err)
	}
	if len(p.candidates) == 0 {
		return engine.Answer{Nothing: true}, nil
	}
	p.scoreByThemselves()
	wanted := min(max(len(p.candidates)/perDigest, minDigest), maxDigest)
	order := slices.Clone(p.candidates)
	slices.SortStableFunc(order, func(a, b *candidate) int { return cmp.Compare(b.score, a.score) })
	var chosen []*candidate
	for _, c := range order {
		repeats := func(d *candidate) bool { return says(c, d) || cosine(c.vector, d.vector) > digestNovelty }
		if len(chosen) < wanted && !slices.ContainsFunc(chosen, repeats) {
			chosen = append(chosen, c)
		}
	}
	slices.SortStableFunc(chosen, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.evidence.SourceID, b.evidence.SourceID), cmp.Compare(a.quote().Start, b.quote().Start))
	})
	var answer engine.Answer
	for _, c := range chosen {
		answer.Sentences = append(answer.Sentences, pick{candidate: c}.sentence())
	}
	return answer, nil
}

// scoreByThemselves scores candidates by how much of the whole text they speak of: the
// cosine with the text's centroid (Radev et al., "Centroid-based summarization of multiple
// documents", 2004), and the opening of a text, which says what it is about, more.
func (p *pool) scoreByThemselves() {
	centroid := map[string]float64{}
	for _, c := range p.candidates {
		for _, part := range c.vector {
			if p.frequency[part.stem] > 1 {
				centroid[part.stem] += part.weight
			}
		}
	}
	best := 0.0
	for _, c := range p.candidates {
		c.score = 0
		for _, part := range c.vector {
			c.score += part.weight * centroid[part.stem]
		}
		best = max(best, c.score)
	}
	for i, c := range p.candidates {
		c.score = c.score/max(best, 1e-9) + digestFirst/float64(1+i)
	}
}
