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
	title    []word // of its source
	vector   vector
	position int            // ordinal of the sentence in its passage
	held     map[string]int // the question's terms in it, with how often
	before   map[string]int // the same of the sentence before it in its passage
	previous *piece         // that sentence itself
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
	read       *reader
	also       func(string) bool // whether a sentence without a term of the question is wanted
	texts      []string
	seen       map[place]bool // passages of a source may overlap
	candidates []*candidate
	frequency  map[string]int             // stem → number of sentences that hold it
	sentences  int                        // of the whole evidence, readable or not
	best       float64                    // the highest relevance
	nouns      map[string]int             // lower-cased word → times seen where a noun stands
	topics     map[string]map[string]bool // source → the question's terms in its title and passages
}

// newPool cuts the evidence into candidates. Evidence is put in order first, so
// that the result does not depend on the order in which it came.
//
// A sentence that holds none of the question's terms is a candidate only if it is one
// that the caller also wants.
func newPool(evidence []engine.Evidence, q question, read *reader, also func(string) bool) *pool {
	sorted := slices.Clone(evidence)
	slices.SortStableFunc(sorted, func(a, b engine.Evidence) int {
		return cmp.Or(cmp.Compare(a.SourceID, b.SourceID), cmp.Compare(a.Start, b.Start),
			cmp.Compare(len(a.Text), len(b.Text)), cmp.Compare(a.ID, b.ID))
	})
	p := &pool{language: read.language, read: read, also: also, seen: map[place]bool{}, frequency: map[string]int{}, nouns: map[string]int{}, topics: map[string]map[string]bool{}}
	for i := range sorted {
		p.add(&sorted[i], q)
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
func (p *pool) add(e *engine.Evidence, q question) {
	p.texts = append(p.texts, e.Text)
	title := p.read.words(e.SourceTitle)
	about := q.count(title) // and of the sentences below
	var before *piece
	for i, s := range sentences(e.Text) {
		s = withoutNotes(e.Text, s)
		next := &piece{span: s, text: e.Text[s.start:s.end]}
		next.words = p.read.words(next.text)
		next.held = q.count(next.words)
		for term, n := range next.held {
			about[term] += n
		}
		where := place{e.SourceID, e.Start + s.start, e.Start + s.end}
		if p.seen[where] {
			before = nil
			continue
		}
		p.seen[where] = true
		p.count(next.words)
		if len(next.held) > 0 || (p.also != nil && p.also(next.text)) { // the cheap checks first
			p.consider(&candidate{evidence: e, title: title, position: i, context: about}, next, before)
		}
		before = next
	}
	if p.topics[e.SourceID] == nil {
		p.topics[e.SourceID] = map[string]bool{}
	}
	for term := range about {
		p.topics[e.SourceID][term] = true
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
func (p *pool) consider(c *candidate, s, before *piece) {
	if !mayBe(s.text, p.language) {
		return
	}
	c.caption = !readsAlone(s.text, s.words)
	if c.caption && !captions(s.text, s.words) {
		return
	}
	c.start, c.text, c.words, c.held = s.start, s.text, s.words, s.held
	c.leaning = leans(s.words)
	if before != nil {
		c.before, c.previous = before.held, before
		if c.leaning && !c.caption && joins(before, s, c.evidence.Text) {
			c.join(before, s, p.read)
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
	named := false // whether an article or the like was read, and nothing but content since
	for i, w := range words {
		if w.stop {
			named = beforeNoun[w.lower]
			continue
		}
		// What goes on with another content word may be an adjective.
		if ends := i+1 == len(words) || words[i+1].stop; named && (ends || p.language != "en") {
			p.nouns[w.lower]++
			named = !ends
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

// beforeNoun are words after which a noun is likely, in English and the languages with
// articles whose nouns have no capitals.
var beforeNoun = wordSet(`the a an of with between for each every its their this no any per
	le la les un une des du de l d au aux el los las una unos unas del il lo gli i uno della dei delle dell al o os as um uma do da dos das
	het een van`)
