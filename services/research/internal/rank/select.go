package rank

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// What is left of the sum of the parts in two cases that no sum can express.
const (
	// retractedShare keeps a retracted source behind every one that says the same,
	// yet in sight: that a finding was retracted is worth knowing.
	retractedShare = 0.5
	// unfitShare keeps what has no word of the question behind all that has.
	unfitShare = 0.1
)

// candidate is a passage that may be picked.
type candidate struct {
	passage int
	parts   Parts // all but Novelty and Diversity, which change with each pick
	share   float64
	unfit   bool
	gone    bool    // picked, or not to be picked any more
	like    float64 // likeness to the most similar passage picked
}

// selection is the choice of passages.
type selection struct {
	sources    []Source
	passages   []Passage
	pool       *pool
	candidates []candidate
	perSource  []int // passages picked of each source
	common     []int32
}

// newSelection returns a selection out of all passages.
func newSelection(sources []Source, passages []Passage, p *pool) *selection {
	s := &selection{
		sources: sources, passages: passages, pool: p,
		candidates: make([]candidate, len(passages)), perSource: make([]int, len(sources)), common: make([]int32, len(passages)),
	}
	for i := range s.candidates {
		s.candidates[i] = candidate{passage: i, share: 1}
	}
	return s
}

// relevance sets how well the words fit. A source of which some passages fit is
// not asked for the others.
func (s *selection) relevance(fit []float64) {
	fits := make([]bool, len(s.sources))
	for i, p := range s.passages {
		s.candidates[i].parts.Relevance = fit[i]
		fits[p.Source] = fits[p.Source] || fit[i] > 0
	}
	for i, p := range s.passages {
		c := &s.candidates[i]
		c.unfit = fit[i] == 0
		c.gone = c.unfit && fits[p.Source]
	}
}

// semantic fuses the ranking by words with the one by similarity: both parts
// become what the passage's rank is worth. Meaning may fit where no word does.
func (s *selection) semantic(similarity []float64) {
	fit := make([]float64, len(s.candidates))
	for i, c := range s.candidates {
		fit[i] = c.parts.Relevance
	}
	byWords, byMeaning := ranks(fit), ranks(similarity)
	for i := range s.candidates {
		c := &s.candidates[i]
		if fit[i] > 0 {
			c.parts.Relevance = worth(byWords[i])
		}
		if !math.IsNaN(similarity[i]) { // measured
			c.parts.Semantic = worth(byMeaning[i])
			c.unfit, c.gone = false, false
		}
	}
}

// standing sets what the sources themselves are worth.
func (s *selection) standing(now time.Time, halfLife float64) {
	for i, p := range s.passages {
		c, source := &s.candidates[i], s.sources[p.Source]
		c.parts.Recency = recency(source.Published, now, halfLife)
		c.parts.Authority = authority(source)
		if source.Retracted {
			c.share *= retractedShare
		}
		if c.unfit {
			c.share *= unfitShare
		}
	}
}

// pick picks passages until a limit is reached or none is left. Each pick makes
// the others worth the same or less, so that scores never rise.
func (s *selection) pick(w weights, limits Limits) []Ranked {
	slices.SortStableFunc(s.candidates, s.compare)
	var picked []Ranked
	for limits.Passages <= 0 || len(picked) < limits.Passages {
		best, value := -1, -1.0
		for i, c := range s.candidates {
			if c.gone {
				continue
			}
			if v := c.share * w.sum(s.partsOf(c)); v > value {
				best, value = i, v
			}
		}
		if best < 0 {
			break
		}
		c := s.candidates[best]
		picked = append(picked, Ranked{Passage: c.passage, Score: value, Parts: s.partsOf(c)})
		s.take(best, limits)
	}
	if len(picked) > 0 && picked[0].Score > 0 {
		top := picked[0].Score
		for i := range picked {
			picked[i].Score /= top
		}
	}
	return picked
}

// partsOf returns the parts of a candidate beside what was picked.
func (s *selection) partsOf(c candidate) Parts {
	parts := c.parts
	parts.Novelty = clamp(1 - c.like)
	parts.Diversity = 1 / float64(1+s.perSource[s.passages[c.passage].Source])
	return parts
}

// take marks a candidate as picked, and the others by what it changes for them.
func (s *selection) take(at int, limits Limits) {
	taken := &s.candidates[at]
	taken.gone = true
	source := s.passages[taken.passage].Source
	s.perSource[source]++
	full := taken.unfit || limits.PerSource > 0 && s.perSource[source] == limits.PerSource
	used := 0
	for _, n := range s.perSource {
		used += min(n, 1)
	}
	closed := limits.Sources > 0 && used == limits.Sources // to sources not used yet
	s.countCommon(taken.passage)
	for i := range s.candidates {
		c := &s.candidates[i]
		from := s.passages[c.passage].Source
		if from == source && full || closed && s.perSource[from] == 0 {
			c.gone = true
		}
		c.like = max(c.like, s.likeness(c.passage, taken.passage))
	}
}

// countCommon counts for every passage how many terms it shares with one.
func (s *selection) countCommon(passage int) {
	clear(s.common)
	for _, term := range s.pool.own[passage] {
		for _, o := range s.pool.postings[term] {
			if o.own {
				s.common[o.passage]++
			}
		}
	}
}

// likeness returns how alike two texts are, 0 to 1: the cosine of the sets of
// their terms. countCommon was called for the second one.
func (s *selection) likeness(a, b int) float64 {
	if s.common[a] == 0 {
		return 0
	}
	return float64(s.common[a]) / math.Sqrt(float64(len(s.pool.own[a]))*float64(len(s.pool.own[b])))
}

// compare orders candidates of equal worth by what they say, and then by their
// sources, so that the order in which they were handed in does not matter.
func (s *selection) compare(a, b candidate) int {
	p, q := s.passages[a.passage], s.passages[b.passage]
	v, w := s.sources[p.Source], s.sources[q.Source]
	return cmp.Or(cmp.Compare(p.Text, q.Text), cmp.Compare(p.Heading, q.Heading), cmp.Compare(v.Title, w.Title),
		cmp.Compare(w.Published, v.Published), cmp.Compare(v.Kind, w.Kind),
		cmp.Compare(p.Language, q.Language), cmp.Compare(q.Own, p.Own), cmp.Compare(a.passage, b.passage))
}
