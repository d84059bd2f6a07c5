package index

// compactShare is the share of removed passages at which a shard is rebuilt.
const compactShare = 0.25

// sparse reports whether so much of the shard was removed that it should be
// compacted.
func (s *shard) sparse() bool {
	return float64(s.size()-s.live) > compactShare*float64(s.size())
}

// compacted returns the shard without what was removed. Passages keep their order,
// so the postings stay sorted. It only reads.
func (s *shard) compacted() *shard {
	fresh := newShard(s.window)
	fresh.live, fresh.spans = s.live, s.spans
	numbers := make([]uint32, s.size()) // old number → new
	for i, e := range s.extents {
		if e.is(dead) {
			continue
		}
		numbers[i] = uint32(fresh.size())
		if e.is(firstOfDocument) {
			fresh.begin(numbers[i])
			fresh.names = append(fresh.names, s.names[s.places[i].doc])
		}
		fresh.extents = append(fresh.extents, e)
		fresh.places = append(fresh.places, place{uint32(len(fresh.names) - 1), s.places[i].ordinal})
	}
	for id, b := range s.docs {
		if b.start < b.end {
			length := b.end - b.start
			b = block{numbers[b.start], numbers[b.start] + length}
		}
		fresh.docs[id] = b
	}
	for term, id := range s.terms {
		if list := s.liveList(id, numbers); len(list) > 0 {
			fresh.terms[term] = uint32(len(fresh.postings))
			fresh.postings = append(fresh.postings, list)
			fresh.bytes += termBytes + int64(len(list))*postingBytes
		}
	}
	fresh.bytes += int64(fresh.size())*passageBytes + int64(len(fresh.docs))*documentBytes
	return fresh
}

// liveList returns the postings of a term without the removed passages, with
// the new numbers.
func (s *shard) liveList(id uint32, numbers []uint32) []posting {
	n := s.frequency(id)
	if n == 0 {
		return nil
	}
	list := make([]posting, 0, n)
	for _, p := range s.postings[id] {
		if old := p.passage(); !s.extents[old].is(dead) {
			list = append(list, posting(numbers[old]<<frequencyBits|p.frequency()))
		}
	}
	return list
}
