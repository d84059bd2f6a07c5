package index

// A posting says that a term occurs in a passage: the passage's number in the
// upper 24 bits, how often in the lower 8. Four bytes keep 200,000 passages in
// some 70 MB.
type posting uint32

const (
	frequencyBits = 8
	maxFrequency  = 1<<frequencyBits - 1
	// maxPassages is how many passages a shard can number, removed ones included.
	maxPassages = 1 << (32 - frequencyBits)
	// compactShare is the share of removed passages at which a shard is rebuilt.
	compactShare = 0.25
)

// passage returns the number of the posting's passage.
func (p posting) passage() uint32 { return uint32(p) >> frequencyBits }

// frequency returns how often the term occurs in the passage.
func (p posting) frequency() uint32 { return uint32(p) & maxFrequency }

// shard holds the passages of one language. Removed passages leave their
// postings behind until compact.
type shard struct {
	terms    map[string]uint32 // term → its place in postings
	postings [][]posting       // of each term, by ascending passage

	passages []entry          // by number
	docs     map[string]block // the live documents
	names    []string         // document ids by number; "" when removed

	live  int   // passages that are not removed
	words int64 // terms in live passages, for their average length
}

// entry is what a shard knows about a passage.
type entry struct {
	doc     uint32 // place in names
	ordinal uint32
	length  uint32 // number of terms
	dead    bool
}

// block is the range of numbers [start, end) of a document's passages.
type block struct {
	start, end uint32
}

// newShard returns an empty shard.
func newShard() *shard {
	return &shard{terms: map[string]uint32{}, docs: map[string]block{}}
}

// size returns how many passages are numbered, removed ones included.
func (s *shard) size() int { return len(s.passages) }

// add adds a document that is not in the shard; terms are those of each passage.
func (s *shard) add(doc Document, terms [][]string) {
	name := uint32(len(s.names))
	s.names = append(s.names, doc.ID)
	start := uint32(len(s.passages))
	for i, p := range doc.Passages {
		s.addPassage(entry{doc: name, ordinal: uint32(p.Ordinal), length: uint32(len(terms[i]))}, terms[i])
	}
	s.docs[doc.ID] = block{start, uint32(len(s.passages))}
}

// addPassage adds one passage.
func (s *shard) addPassage(e entry, terms []string) {
	number := uint32(len(s.passages))
	s.passages = append(s.passages, e)
	s.live++
	s.words += int64(e.length)
	for _, term := range terms {
		id, known := s.terms[term]
		if !known {
			id = uint32(len(s.postings))
			s.terms[term] = id
			s.postings = append(s.postings, nil)
		}
		list := s.postings[id]
		if n := len(list); n > 0 && list[n-1].passage() == number {
			if list[n-1].frequency() < maxFrequency {
				list[n-1]++
			}
			continue
		}
		s.postings[id] = append(list, posting(number<<frequencyBits|1))
	}
}

// remove marks the passages of a document as removed.
func (s *shard) remove(docID string) {
	b := s.docs[docID]
	delete(s.docs, docID)
	for i := b.start; i < b.end; i++ {
		s.passages[i].dead = true
		s.names[s.passages[i].doc] = ""
		s.live--
		s.words -= int64(s.passages[i].length)
	}
	if dead := len(s.passages) - s.live; float64(dead) > compactShare*float64(len(s.passages)) {
		s.compact()
	}
}

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
		if len(fresh.names) == 0 || fresh.names[len(fresh.names)-1] != id {
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
		}
	}
	fresh.live, fresh.words = s.live, s.words
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

// frequency returns in how many live passages a term occurs. It counts when
// passages were removed, so that ranking does not depend on what the index held
// before: replicas with different pasts rank alike.
func (s *shard) frequency(id uint32) int {
	list := s.postings[id]
	if s.live == len(s.passages) {
		return len(list)
	}
	n := 0
	for _, p := range list {
		if !s.passages[p.passage()].dead {
			n++
		}
	}
	return n
}
