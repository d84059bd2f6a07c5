package index

// formula is BM25's for one word: its part of a score is
// weight·f/(f + base + slope·span), where f and span are counted in quarters.
type formula struct {
	base, slope float32
}

// part returns what a word adds to the score of a passage in which it occurs f
// quarter times.
func (m formula) part(weight float32, f uint32, e extent) float32 {
	// The conversion keeps processors from fusing the product with the sum: scores
	// are the same everywhere.
	return weight * float32(f) / (float32(f) + m.base + float32(m.slope*float32(e.span())))
}

// accumulate adds a term to the scores of all passages of a window where it occurs
// or that are next to one, to each of them once.
func (r *ranker) accumulate(w window, p part) {
	extents := r.shard.extents[w.low:w.high]
	scores := r.scores[:len(extents)]
	formula, weight := r.formula, p.weight
	add := func(place, f uint32) { scores[place] += formula.part(weight, f, extents[place]) }
	list := p.list
	for i, p := range list {
		place, n := p.passage()-w.low, p.frequency()
		e := extents[place]
		f := whole * n
		if !e.is(firstOfDocument) {
			switch before := neighbour(list, i-1); {
			case before != 0 && before.passage()-w.low == place-1:
				f += before.frequency()
			case before != 0 && before.passage()-w.low+2 == place && !extents[place-2].is(lastOfDocument):
				// The one in between was scored with the posting before.
			default:
				add(place-1, n)
			}
		}
		if !e.is(lastOfDocument) {
			switch after := neighbour(list, i+1); {
			case after != 0 && after.passage()-w.low == place+1:
				f += after.frequency()
			case after != 0 && after.passage()-w.low == place+2 && !extents[place+1].is(lastOfDocument):
				add(place+1, n+after.frequency())
			default:
				add(place+1, n)
			}
		}
		add(place, f)
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
func (r *ranker) finish(w window, p part, candidates []uint32, least float64) []uint32 {
	rest := p.list
	kept := candidates[:0]
	for _, place := range candidates {
		number := w.low + place
		e := r.shard.extents[number]
		from, to := number, number
		if !e.is(firstOfDocument) {
			from--
		}
		if !e.is(lastOfDocument) {
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
			r.scores[place] += r.part(p.weight, f, e)
		}
		if float64(r.scores[place]) >= least {
			kept = append(kept, place)
		}
	}
	return kept
}

// seek returns the place of the first posting whose passage is not before
// number. It doubles its steps, since what is sought is often close.
func seek(list []posting, number uint32) int {
	least := posting(number << frequencyBits) // no posting of the passage is less
	low, high := 0, 1
	for high <= len(list) && list[high-1] < least {
		low = high
		high *= 2
	}
	high = min(high, len(list))
	for low < high {
		middle := int(uint(low+high) / 2)
		if list[middle] < least {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// grown returns n zeros, in the memory of list where it is enough.
func grown(list []float32, n int) []float32 {
	if cap(list) < n {
		return make([]float32, n)
	}
	list = list[:n]
	clear(list)
	return list
}
