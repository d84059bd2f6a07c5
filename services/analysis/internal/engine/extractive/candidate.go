package extractive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// candidate is a sentence of the evidence that may become a finding.
type candidate struct {
	evidence *engine.Evidence
	start    int // byte offset of text in the evidence's text
	text     string
	claim    string // text with its white space made plain
	words    []word
	vector   vector
	position int            // ordinal of the sentence in its passage
	held     map[string]int // the question's terms in it, with how often
	before   map[string]int // the same of the sentence before it in its passage
	context  map[string]int // the same in its passage and its source's title, with how often
	leaning  bool           // opens with a word that leans on the sentence before
	joined   bool           // two sentences, the first of which it leans on
	caption  bool           // no whole sentence, but says what stands below it

	coverage   float64 // weighted share of the question's terms in the sentence
	standing   float64 // the same with its passage and source counted in
	relevance  float64
	centrality float64
	score      float64
}

// pool is the evidence of one request, cut into candidates.
type pool struct {
	language   string
	candidates []*candidate
	frequency  map[string]int             // stem → number of sentences that hold it
	sentences  int                        // of the whole evidence, readable or not
	best       float64                    // the highest relevance
	nouns      map[string]int             // lower-cased word → times seen where a noun stands
	topics     map[string]map[string]bool // source → the question's terms in its title and passages
}

// newPool cuts the evidence into candidates. Evidence is put in order first, so
// that the result does not depend on the order in which it came.
func newPool(evidence []engine.Evidence, q question, read *reader) *pool {
	sorted := slices.Clone(evidence)
	slices.SortStableFunc(sorted, func(a, b engine.Evidence) int {
		return cmp.Or(cmp.Compare(a.SourceID, b.SourceID), cmp.Compare(a.Start, b.Start),
			cmp.Compare(len(a.Text), len(b.Text)), cmp.Compare(a.ID, b.ID))
	})
	p := &pool{language: read.language, frequency: map[string]int{}, nouns: map[string]int{}, topics: map[string]map[string]bool{}}
	seen := map[place]bool{} // passages of a source may overlap
	for i := range sorted {
		p.add(&sorted[i], q, read, seen)
	}
	for _, c := range p.candidates {
		c.vector = p.vectorOf(c.words)
	}
	return p
}

// place is a span of a snapshot.
type place struct {
	source     string
	start, end int
}

// add cuts one passage.
func (p *pool) add(e *engine.Evidence, q question, read *reader, seen map[place]bool) {
	about := q.count(read.words(e.SourceTitle + "\n" + e.Text))
	if p.topics[e.SourceID] == nil {
		p.topics[e.SourceID] = map[string]bool{}
	}
	for term := range about {
		p.topics[e.SourceID][term] = true
	}
	var before *piece
	for i, s := range sentences(e.Text) {
		s = withoutNotes(e.Text, s)
		next := &piece{span: s, text: e.Text[s.start:s.end]}
		where := place{e.SourceID, e.Start + s.start, e.Start + s.end}
		if seen[where] {
			before = nil
			continue
		}
		seen[where] = true
		next.words = read.words(next.text)
		p.count(next.words)
		next.held = q.count(next.words)
		if len(next.held) > 0 { // the cheap check first
			p.consider(&candidate{evidence: e, position: i, context: about}, next, before, read)
		}
		before = next
	}
}

// piece is a sentence of a passage.
type piece struct {
	span
	text  string
	words []word
	held  map[string]int
}

// consider makes a candidate of a sentence, if a reader can make something of it.
func (p *pool) consider(c *candidate, s, before *piece, read *reader) {
	if !mayBe(s.text, read.language) {
		return
	}
	c.caption = !readsAlone(s.text, s.words)
	if c.caption && !captions(s.text, s.words) {
		return
	}
	c.start, c.text, c.words, c.held = s.start, s.text, s.words, s.held
	c.leaning = leans(s.words)
	if before != nil {
		c.before = before.held
		if c.leaning && !c.caption && joins(before, s, c.evidence.Text) {
			c.join(before, s, read)
		}
	}
	c.claim = plainSpace(c.text)
	p.candidates = append(p.candidates, c)
}

// count notes a sentence's words in the statistics of the evidence.
func (p *pool) count(words []word) {
	p.sentences++
	for stem := range stemSet(words) {
		p.frequency[stem]++
	}
	for i := 1; i < len(words); i++ {
		w, last := words[i], i+1 == len(words)
		// What goes on with another content word may be an adjective.
		if !w.stop && beforeNoun[words[i-1].lower] && (last || words[i+1].stop) {
			p.nouns[w.lower]++
		}
	}
}

// quote returns the candidate as a quote of its source.
func (c *candidate) quote() engine.Quote {
	start := c.evidence.Start + c.start
	return engine.Quote{
		EvidenceID: c.evidence.ID, SourceID: c.evidence.SourceID,
		Text: c.text, Start: start, End: start + len(c.text),
	}
}

// plainSpace replaces each run of white space by one space.
func plainSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// beforeNoun are English words after which a noun is likely. Other languages
// are served by the phrases alone.
var beforeNoun = map[string]bool{
	"the": true, "a": true, "an": true, "of": true, "each": true, "every": true,
	"its": true, "their": true, "this": true, "no": true, "any": true, "per": true,
}
