package index

import (
	"cmp"
	"container/heap"
	"slices"
)

// ranker scores the passages of a shard for the terms of one query.
//
// It goes through the shard window by window, those first that can hold the best
// passages, and ends where none can be among the best any more. Within a window it
// takes the terms one after the other, the heaviest first, and stops reading whole
// lists when the terms that are left cannot bring a new passage among the best: from
// then on they only finish the scores of the passages that still can be. That is
// MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", 1995)
// on blocks with their own bounds (Ding and Suel, "Faster top-k document retrieval
// using block-max indexes", 2011). What it finds is exactly what reading everything
// would: a score is the same sum in the same order.
type ranker struct {
	shard *shard
	terms []term
	formula
	// starts are the places in each term's list at which each window begins, and at
	// last where the lists end.
	starts  [][]uint32
	windows []window
	filter  func(doc uint32) bool

	*scratch
}

// window is a part of a shard: the passages with the numbers [low, high).
type window struct {
	index     int
	low, high uint32
	most      float64 // no passage of it has a higher score
}

// scratch is the memory that scoring a window takes.
type scratch struct {
	scores     []float32 // of the window's passages
	candidates []uint32
}

// ranker returns a ranker over the shard for a query of at least one term.
func (x *Index) ranker(s *shard, terms []term, average float64, keep func(string) bool) *ranker {
	r := &ranker{shard: s, terms: terms, formula: formula{base: whole * k1 * (1 - b), slope: float32(whole * k1 * b / average)}}
	r.scratch = x.scratch.Get().(*scratch)
	r.filter = r.once(keep)
	r.divide()
	return r
}

// divide finds out where each window begins in each list, and what its passages can
// reach.
func (r *ranker) divide() {
	bounds := append(slices.Clone(r.shard.windows), uint32(r.shard.size()))
	r.starts = make([][]uint32, len(bounds))
	flat := make([]uint32, len(bounds)*len(r.terms))
	for w := range bounds {
		r.starts[w] = flat[w*len(r.terms):][:len(r.terms)]
	}
	r.windows = make([]window, len(r.shard.windows))
	for w := range r.windows {
		r.windows[w] = window{index: w, low: bounds[w], high: bounds[w+1]}
	}
	for i, t := range r.terms {
		at := 0
		for w, bound := range bounds {
			at += seek(t.list[at:], bound)
			r.starts[w][i] = uint32(at)
			if w > 0 && r.starts[w-1][i] < r.starts[w][i] {
				r.windows[w-1].most += t.most()
			}
		}
	}
	slices.SortFunc(r.windows, func(a, b window) int {
		return cmp.Or(cmp.Compare(b.most, a.most), cmp.Compare(a.index, b.index))
	})
}

// most returns the most that a term can add to a score.
func (t term) most() float64 { return t.weight * (k1 + 1) }

// rounding is what the sums of scores may be off by, as a share: some hundred terms in
// single precision stay well below.
const rounding = 1e-4

// part is a term's list within a window.
type part struct {
	weight float32
	list   []posting
	rest   float64 // what the parts after this one can add to a score at most
	length int     // how many postings they have
}

// parts returns the lists of the terms that occur in a window.
func (r *ranker) parts(w window) []part {
	parts := make([]part, 0, len(r.terms))
	for i, t := range r.terms {
		if list := t.list[r.starts[w.index][i]:r.starts[w.index+1][i]]; len(list) > 0 {
			parts = append(parts, part{weight: float32(t.weight * (k1 + 1)), list: list, rest: t.most(), length: len(list)})
		}
	}
	// Summing from the end makes the last remainder exactly 0.
	rest, length := 0.0, 0
	for i := len(parts) - 1; i >= 0; i-- {
		p := &parts[i]
		rest, length, p.rest, p.length = rest+p.rest, length+p.length, rest, length
	}
	return parts
}

// rank puts the shard's best passages into top, which keeps k.
func (r *ranker) rank(top *worst, k int) {
	for _, w := range r.windows {
		least := top.least(k)
		if w.most == 0 || w.most < least {
			return
		}
		r.search(w, top, k, least)
	}
}

// search puts the best passages of a window into top; least is what they must reach.
func (r *ranker) search(w window, top *worst, k int, least float64) {
	r.scores = grown(r.scores, int(w.high-w.low))
	parts := r.parts(w)
	for i, p := range parts {
		r.accumulate(w, p)
		if p.rest >= least || p.length*readCost < len(r.scores) {
			continue // passages without any word so far may still do, or little is left
		}
		candidates := r.reaching(least - p.rest)
		if len(candidates)*seekCost > p.length {
			continue // reading the other lists is quicker than looking into them
		}
		for _, p := range parts[i+1:] {
			candidates = r.finish(w, p, candidates, least-p.rest)
		}
		for _, place := range candidates {
			r.offer(top, k, w.low+place, r.scores[place])
		}
		return
	}
	for place, score := range r.scores {
		if score > 0 && (len(*top) < k || float64(score) >= (*top)[0].Score) {
			r.offer(top, k, w.low+uint32(place), score)
		}
	}
}

const (
	// seekCost is about how many postings can be read while one passage is looked up
	// in a list.
	seekCost = 8
	// readCost is about how many scores can be looked at while a posting is read.
	readCost = 4
)

// reaching returns the places in the window of the passages with at least a score.
func (r *ranker) reaching(score float64) []uint32 {
	least := float32(score)
	r.candidates = r.candidates[:0]
	for place, s := range r.scores {
		if s >= least {
			r.candidates = append(r.candidates, uint32(place))
		}
	}
	return r.candidates
}

// once returns keep by document number; it asks once about each document.
func (r *ranker) once(keep func(string) bool) func(doc uint32) bool {
	if keep == nil {
		return func(uint32) bool { return true }
	}
	const kept, dropped = 1, 2
	answers := make([]byte, len(r.shard.names))
	return func(doc uint32) bool {
		if answers[doc] == 0 {
			answers[doc] = dropped
			if keep(r.shard.names[doc]) {
				answers[doc] = kept
			}
		}
		return answers[doc] == kept
	}
}

// offer puts a passage into top if it is good enough. A passage that has no word
// of the query itself is none, whatever stands next to it.
func (r *ranker) offer(top *worst, k int, number uint32, score float32) {
	if r.shard.extents[number].is(dead) {
		return
	}
	at := r.shard.places[number]
	hit := Hit{DocID: r.shard.names[at.doc], Ordinal: int(at.ordinal), Score: float64(score)}
	if len(*top) == k && better(hit, (*top)[0]) >= 0 || !r.filter(at.doc) || !r.holds(number) {
		return
	}
	heap.Push(top, hit)
	if len(*top) > k {
		heap.Pop(top)
	}
}

// holds reports whether a passage has a word of the query.
func (r *ranker) holds(number uint32) bool {
	for _, t := range r.terms {
		if i := seek(t.list, number); i < len(t.list) && t.list[i].passage() == number {
			return true
		}
	}
	return false
}
