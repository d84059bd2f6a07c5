package index

import (
	"cmp"
	"slices"
)

// A posting says that a term occurs in a passage: the passage's number in the
// upper 24 bits, how often in the lower 8. Four bytes keep 200,000 passages in
// some 70 MB.
type posting uint32

const (
	frequencyBits = 8
	maxFrequency  = 1<<frequencyBits - 1
	// maxPassages is how many passages a shard can number, removed ones included.
	maxPassages = 1 << (32 - frequencyBits)
)

// passage returns the number of the posting's passage.
func (p posting) passage() uint32 { return uint32(p) >> frequencyBits }

// frequency returns how often the term occurs in the passage.
func (p posting) frequency() uint32 { return uint32(p) & maxFrequency }

// shard holds the passages of one language. Removed passages leave their
// postings behind until it is compacted.
type shard struct {
	terms    map[string]uint32 // term → its place in postings
	postings [][]posting       // of each term, by ascending passage

	extents []extent         // of the passages, by number
	places  []place          // of the passages, by number
	windows []uint32         // the numbers that windows begin with
	window  uint32           // windowSize, but for tests
	docs    map[string]block // the live documents
	names   []string         // document ids by number; "" when removed
	removed []block          // the passages of removed documents, in order

	live  int   // passages that are not removed
	spans int64 // sum of the spans of live passages, for their average
	bytes int64 // about what all this takes in memory
}

// extent is what scoring needs of each passage, in four bytes, so that those of
// many passages stay in the processor's caches: its span, and flags below it.
type extent uint32

const (
	firstOfDocument extent = 1 << iota
	lastOfDocument
	dead
	spanBits = iota
)

// span is the length that BM25 compares with the average: the number of terms of
// the passage, times whole, and of its neighbours.
func (e extent) span() uint32 { return uint32(e) >> spanBits }

// is reports whether a flag is set.
func (e extent) is(flag extent) bool { return e&flag != 0 }

// place says which passage one is.
type place struct {
	doc     uint32 // place in names
	ordinal uint32
}

// block is the range of numbers [start, end) of a document's passages.
type block struct {
	start, end uint32
}

// windowSize is how many passages a window of a shard has at least, but for the last
// one. A window holds whole documents, so that no passage has a neighbour outside of
// its window. Its scores stay in the processor's first cache.
const windowSize = 2048

// What things take in memory, in bytes, with what Go's slices and maps keep in
// reserve.
const (
	postingBytes  = 5
	termBytes     = 80 // entry of the map, header and rest of the list
	passageBytes  = 15
	documentBytes = 200 // its id, and its places in two maps and a list
)

// newShard returns an empty shard.
func newShard(window uint32) *shard {
	return &shard{window: window, terms: map[string]uint32{}, docs: map[string]block{}}
}

// size returns how many passages are numbered, removed ones included.
func (s *shard) size() int { return len(s.extents) }

// draft is a document as it will be in a shard.
type draft struct {
	doc   Document
	rows  [][]uint32 // the terms of each passage, by their places in postings
	words []string   // terms that the shard does not have yet, in the order of their places
}

// draft prepares a document for add. It only reads, so that searches go on while
// it looks up words; no other document may be added before this one.
func (s *shard) draft(doc Document, terms [][]string) draft {
	d := draft{doc: doc, rows: make([][]uint32, len(terms))}
	fresh := map[string]uint32{}
	for i, words := range terms {
		d.rows[i] = make([]uint32, len(words))
		for j, word := range words {
			id, known := s.terms[word]
			if !known {
				if id, known = fresh[word]; !known {
					id = uint32(len(s.postings) + len(d.words))
					fresh[word] = id
					d.words = append(d.words, word)
				}
			}
			d.rows[i][j] = id
		}
	}
	return d
}

// add adds a document that is not in the shard.
func (s *shard) add(d draft) {
	for _, word := range d.words {
		s.terms[word] = uint32(len(s.postings))
		s.postings = append(s.postings, nil)
		s.bytes += termBytes
	}
	start := uint32(s.size())
	s.begin(start)
	name := uint32(len(s.names))
	s.names = append(s.names, d.doc.ID)
	for i, p := range d.doc.Passages {
		s.addPassage(extentOf(d.rows, i), place{name, uint32(p.Ordinal)}, d.rows[i])
	}
	s.docs[d.doc.ID] = block{start, uint32(s.size())}
	s.bytes += documentBytes
}

// begin begins a window where a document begins, if the last one is full.
func (s *shard) begin(start uint32) {
	if n := len(s.windows); n == 0 || start-s.windows[n-1] >= s.window {
		s.windows = append(s.windows, start)
	}
}

// extentOf returns the extent of a document's passage.
func extentOf(rows [][]uint32, i int) extent {
	span, flags := whole*len(rows[i]), extent(0)
	if i == 0 {
		flags |= firstOfDocument
	} else {
		span += len(rows[i-1])
	}
	if i == len(rows)-1 {
		flags |= lastOfDocument
	} else {
		span += len(rows[i+1])
	}
	return extent(span)<<spanBits | flags
}

// addPassage adds one passage.
func (s *shard) addPassage(e extent, at place, terms []uint32) {
	number := uint32(s.size())
	s.extents = append(s.extents, e)
	s.places = append(s.places, at)
	s.live++
	s.spans += int64(e.span())
	s.bytes += passageBytes
	for _, id := range terms {
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
	gone := s.docs[docID]
	delete(s.docs, docID)
	if gone.start == gone.end {
		return
	}
	s.names[s.places[gone.start].doc] = ""
	for i := gone.start; i < gone.end; i++ {
		s.extents[i] |= dead
		s.live--
		s.spans -= int64(s.extents[i].span())
	}
	at, _ := slices.BinarySearchFunc(s.removed, gone, func(a, b block) int { return cmp.Compare(a.start, b.start) })
	s.removed = slices.Insert(s.removed, at, gone)
}

// frequency returns in how many live passages a term occurs. It counts when
// passages were removed, so that ranking does not depend on what the index held
// before: replicas with different pasts rank alike.
func (s *shard) frequency(id uint32) int {
	rest := s.postings[id]
	n := len(rest)
	for _, gone := range s.removed {
		rest = rest[seek(rest, gone.start):]
		if len(rest) == 0 {
			break
		}
		inside := seek(rest, gone.end)
		n -= inside
		rest = rest[inside:]
	}
	return n
}
