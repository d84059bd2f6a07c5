package index

import (
	"container/heap"
	"sort"
)

// ranker scores the passages of a shard for the terms of one query.
//
// It goes through the terms one after the other, the heaviest first, and stops
// reading whole lists when the terms that are left cannot bring a new passage
// among the best: from then on they only finish the scores of the passages that
// still can be (Turtle and Flood, "Query evaluation: strategies and
// optimizations", 1995). What it finds is exactly what reading everything would.
type ranker struct {
	shard  *shard
	terms  []term
	scores []float32 // by passage
	// A word's part of the score is weight·f/(f + base + slope·span), where f and
	// span are counted in quarters.
	base, slope float32
}

// ranker returns a ranker over the shard, with scores that are all 0.
func (x *Index) ranker(s *shard, terms []term, average float64) *ranker {
	r := &ranker{shard: s, terms: terms, base: whole * k1 * (1 - b), slope: float32(whole * k1 * b / average)}
	if used, ok := x.scores.Get().(*[]float32); ok && cap(*used) >= s.size() {
		r.scores = (*used)[:s.size()]
		clear(r.scores)
		return r
	}
	r.scores = make([]float32, s.size(), s.size()+s.size()/4)
	return r
}

// worthLooking is how much more the terms that were read must be able to add than
// those that are left, for the search of the best so far to be worth its time:
// the best passages seldom have more than this part of what is possible.
const worthLooking = 1.5

// rank puts the shard's best passages into top, which keeps k.
func (r *ranker) rank(top *worst, k int, keep func(string) bool) {
	filter := r.filter(keep)
	left := r.left()
	seen := 0.0
	for i, t := range r.terms {
		r.accumulate(t)
		seen += t.most()
		if left[i].postings <= len(r.scores) || seen < worthLooking*left[i].most {
			continue // looking for the best so far would cost more than it saves
		}
		best := append(worst(nil), *top...)
		r.collect(&best, k, filter, nil)
		if len(best) < k || best[0].Score <= left[i].most {
			continue
		}
		candidates := r.reaching(best[0].Score - left[i].most)
		for j := i + 1; j < len(r.terms); j++ {
			candidates = r.finish(r.terms[j], candidates, best[0].Score-left[j].most)
		}
		r.collect(top, k, filter, candidates)
		return
	}
	r.collect(top, k, filter, nil)
}

// remainder is what the terms after one can add to a score at most, and how many
// postings they have.
type remainder struct {
	most     float64
	postings int
}

// left returns the remainder after each term. Summing from the end makes the last
// one exactly 0.
func (r *ranker) left() []remainder {
	left := make([]remainder, len(r.terms))
	for i := len(left) - 1; i > 0; i-- {
		t := r.terms[i]
		left[i-1] = remainder{left[i].most + t.most(), left[i].postings + len(t.list)}
	}
	return left
}

// most returns the most that a term can add to a score, with a little for the
// rounding of sums.
func (t term) most() float64 { return t.weight * (k1 + 1) * 1.0001 }

// part returns what a term adds to the score of a passage in which it occurs f
// quarter times.
func (r *ranker) part(weight float32, number, f uint32) float32 {
	return weight * float32(f) / (float32(f) + r.base + r.slope*float32(r.shard.passages[number].span))
}

// accumulate adds a term to the scores of all passages where it occurs or that
// are next to one, to each of them once.
func (r *ranker) accumulate(t term) {
	weight := float32(t.weight * (k1 + 1))
	passages := r.shard.passages
	for i, p := range t.list {
		number, n := p.passage(), p.frequency()
		e := passages[number]
		f := whole * n
		if !e.first {
			switch before := neighbour(t.list, i-1); {
			case before.passage() == number-1 && before != 0:
				f += before.frequency()
			case number > 1 && before.passage() == number-2 && before != 0 && !passages[number-2].last:
				// The one in between was scored with the posting before.
			default:
				r.scores[number-1] += r.part(weight, number-1, n)
			}
		}
		if !e.last {
			switch after := neighbour(t.list, i+1); {
			case after.passage() == number+1:
				f += after.frequency()
			case after.passage() == number+2 && !passages[number+1].last:
				r.scores[number+1] += r.part(weight, number+1, n+after.frequency())
			default:
				r.scores[number+1] += r.part(weight, number+1, n)
			}
		}
		r.scores[number] += r.part(weight, number, f)
	}
}

// neighbour returns a posting, or 0, which is none, where the list has ended.
func neighbour(list []posting, i int) posting {
	if i < 0 || i >= len(list) {
		return 0
	}
	return list[i]
}

// finish adds a term to the scores of the candidates, which ascend, and returns
// those that then have at least a score.
func (r *ranker) finish(t term, candidates []uint32, least float64) []uint32 {
	weight := float32(t.weight * (k1 + 1))
	rest := t.list
	kept := candidates[:0]
	for _, number := range candidates {
		e := r.shard.passages[number]
		from, to := number, number
		if !e.first {
			from--
		}
		if !e.last {
			to++
		}
		rest = rest[seek(rest, from):]
		f := uint32(0)
		for _, p := range rest {
			if p.passage() > to {
				break
			}
			if p.passage() == number {
				f += whole * p.frequency()
			} else {
				f += p.frequency()
			}
		}
		if f > 0 {
			r.scores[number] += r.part(weight, number, f)
		}
		if float64(r.scores[number]) >= least {
			kept = append(kept, number)
		}
	}
	return kept
}

// seek returns the place of the first posting whose passage is not before
// number. It doubles its steps, since candidates are often close together.
func seek(list []posting, number uint32) int {
	step := 1
	for step < len(list) && list[step].passage() < number {
		step *= 2
	}
	low := step / 2
	return low + sort.Search(min(step+1, len(list))-low, func(i int) bool { return list[low+i].passage() >= number })
}

// reaching returns the passages with at least a score, in order.
func (r *ranker) reaching(score float64) []uint32 {
	var out []uint32
	for number, s := range r.scores {
		if s > 0 && float64(s) >= score {
			out = append(out, uint32(number))
		}
	}
	return out
}

// filter returns keep by document number; it asks once about each document.
func (r *ranker) filter(keep func(string) bool) func(doc uint32) bool {
	if keep == nil {
		return func(uint32) bool { return true }
	}
	kept := map[uint32]bool{}
	return func(doc uint32) bool {
		ok, asked := kept[doc]
		if !asked {
			ok = keep(r.shard.names[doc])
			kept[doc] = ok
		}
		return ok
	}
}

// collect puts the best of the passages (of all if candidates is nil) into top,
// which keeps k.
func (r *ranker) collect(top *worst, k int, filter func(uint32) bool, candidates []uint32) {
	if candidates != nil {
		for _, number := range candidates {
			r.offer(top, k, filter, number, r.scores[number])
		}
		return
	}
	for number, score := range r.scores {
		if score > 0 && (len(*top) < k || float64(score) >= (*top)[0].Score) {
			r.offer(top, k, filter, uint32(number), score)
		}
	}
}

// offer puts a passage into top if it is good enough. A passage that has no word
// of the query itself is none, whatever stands next to it.
func (r *ranker) offer(top *worst, k int, filter func(uint32) bool, number uint32, score float32) {
	e := r.shard.passages[number]
	if e.dead {
		return
	}
	hit := Hit{DocID: r.shard.names[e.doc], Ordinal: int(e.ordinal), Score: float64(score)}
	if len(*top) == k && better(hit, (*top)[0]) >= 0 || !filter(e.doc) || !r.holds(number) {
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
