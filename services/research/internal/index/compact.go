package index

// compact rebuilds the shard without what was removed. Passages keep their
// order, so the postings stay sorted.
func (s *shard) compact() {
	fresh := newShard()
	numbers := make([]uint32, len(s.passages)) // old number → new
	for i, e := range s.passages {
		if e.dead {
			continue
		}
		id := s.names[e.doc]
		if e.first {
			fresh.names = append(fresh.names, id)
		}
		numbers[i] = uint32(len(fresh.passages))
		e.doc = uint32(len(fresh.names) - 1)
		fresh.passages = append(fresh.passages, e)
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
	fresh.bytes += int64(len(fresh.passages))*passageBytes + int64(len(fresh.docs))*documentBytes
	fresh.live, fresh.spans = s.live, s.spans
	*s = *fresh
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
		if old := p.passage(); !s.passages[old].dead {
			list = append(list, posting(numbers[old]<<frequencyBits|p.frequency()))
		}
	}
	return list
}
