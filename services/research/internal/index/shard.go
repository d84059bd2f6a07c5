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
	spans int64 // sum of the spans of live passages, for their average
	bytes int64 // about what all this takes in memory
}

// entry is what a shard knows about a passage.
type entry struct {
	doc     uint32 // place in names
	ordinal uint32
	// span is the length that BM25 compares with the average: the number of terms
	// of the passage, times whole, and of its neighbours.
	span  uint32
	first bool // of its document
	last  bool // of its document
	dead  bool
}

// block is the range of numbers [start, end) of a document's passages.
type block struct {
	start, end uint32
}

// What things take in memory, in bytes, with what Go's slices and maps keep in
// reserve.
const (
	postingBytes  = 5
	termBytes     = 80 // entry of the map, header and rest of the list
	passageBytes  = 20
	documentBytes = 200 // its id, and its places in two maps and a list
)

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
		e := entry{
			doc: name, ordinal: uint32(p.Ordinal), span: uint32(whole * len(terms[i])),
			first: i == 0, last: i == len(doc.Passages)-1,
		}
		if !e.first {
			e.span += uint32(len(terms[i-1]))
		}
		if !e.last {
			e.span += uint32(len(terms[i+1]))
		}
		s.addPassage(e, terms[i])
	}
	s.docs[doc.ID] = block{start, uint32(len(s.passages))}
	s.bytes += documentBytes
}

// addPassage adds one passage.
func (s *shard) addPassage(e entry, terms []string) {
	number := uint32(len(s.passages))
	s.passages = append(s.passages, e)
	s.live++
	s.spans += int64(e.span)
	s.bytes += passageBytes
	for _, term := range terms {
		id, known := s.terms[term]
		if !known {
			id = uint32(len(s.postings))
			s.terms[term] = id
			s.postings = append(s.postings, nil)
			s.bytes += termBytes
		}
		list := s.postings[id]
		if n := len(list); n > 0 && list[n-1].passage() == number {
			if list[n-1].frequency() < maxFrequency {
				list[n-1]++
			}
			continue
		}
		s.postings[id] = append(list, posting(number<<frequencyBits|1))
		s.bytes += postingBytes
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
		s.spans -= int64(s.passages[i].span)
	}
	if dead := len(s.passages) - s.live; float64(dead) > compactShare*float64(len(s.passages)) {
		s.compact()
	}
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
