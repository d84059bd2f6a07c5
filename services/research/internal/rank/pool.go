package rank

import (
	"iter"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// defaultLanguage is what a text of unknown language is taken for, as the index
// of the library does.
const defaultLanguage = "en"

// vocabulary is about how many words there are in the passages of a large research.
const vocabulary = 1 << 13

// bytesPerTerm is about how much text brings a term that a passage has not had yet.
const bytesPerTerm = 12

// pool holds the passages as numbered terms: what ranking works with.
type pool struct {
	terms    map[string]int32              // stem → its number
	stemmed  map[string]map[string][]int32 // language → what stands between white space → its terms
	postings [][]posting                   // of each term, by ascending passage

	own      [][]int32 // the different terms of each passage's text
	length   []int     // words of each passage, heading and title included
	language []string  // of each passage
	words    int       // sum of length
}

// posting says how often a term occurs in a passage.
type posting struct {
	passage, count int32
	// own says that it occurs in the text, not only in heading or title.
	own bool
}

// newPool reads the passages.
func newPool(sources []Source, passages []Passage) *pool {
	p := &pool{
		terms: make(map[string]int32, vocabulary), stemmed: map[string]map[string][]int32{},
		own: make([][]int32, len(passages)), length: make([]int, len(passages)), language: make([]string, len(passages)),
	}
	for i, passage := range passages {
		source := sources[passage.Source]
		p.language[i] = languageOf(source, passage)
		p.addText(i, passage.Text)
		p.addAround(i, passage.Heading)
		p.addAround(i, source.Title)
		p.words += p.length[i]
	}
	return p
}

// languageOf returns the language to stem a passage in.
func languageOf(source Source, passage Passage) string {
	switch {
	case passage.Language != "":
		return passage.Language
	case source.Language != "":
		return source.Language
	}
	return defaultLanguage
}

// addText adds the words of a passage's own text; it comes before addAround.
func (p *pool) addText(passage int, text string) {
	p.own[passage] = make([]int32, 0, len(text)/bytesPerTerm)
	for terms := range p.stems(text, p.language[passage]) {
		for _, term := range terms {
			if p.count(passage, term, true) {
				p.own[passage] = append(p.own[passage], term)
			}
		}
	}
}

// addAround adds the words of what a passage stands under.
func (p *pool) addAround(passage int, text string) {
	for terms := range p.stems(text, p.language[passage]) {
		for _, term := range terms {
			p.count(passage, term, false)
		}
	}
}

// count counts one occurrence of a term and reports whether it is the first in
// the passage.
func (p *pool) count(passage int, term int32, own bool) (first bool) {
	p.length[passage]++
	list := p.postings[term]
	if n := len(list); n > 0 && list[n-1].passage == int32(passage) {
		list[n-1].count++
		return false
	}
	p.postings[term] = append(list, posting{passage: int32(passage), count: 1, own: own})
	return true
}

// stems gives the terms of a text, those of lexical.Stems, which the index
// searches by. What stands between white space is stemmed once, however often it
// occurs: stemming all of it would take longer than the whole ranking does. No word
// reaches over white space, so that this gives the same terms.
func (p *pool) stems(text, language string) iter.Seq[[]int32] {
	known := p.stemmed[language]
	if known == nil {
		known = make(map[string][]int32, vocabulary)
		p.stemmed[language] = known
	}
	return func(yield func([]int32) bool) {
		for text != "" {
			end := 0
			for end < len(text) && text[end] > ' ' {
				end++
			}
			if end > 0 {
				terms, there := known[text[:end]]
				if !there {
					terms = p.numbered(lexical.Stems(text[:end], language))
					known[text[:end]] = terms
				}
				if !yield(terms) {
					return
				}
			}
			text = text[min(end+1, len(text)):]
		}
	}
}

// numbered returns the numbers of stems, new ones for those not seen before.
func (p *pool) numbered(stems []string) []int32 {
	terms := make([]int32, len(stems))
	for i, stem := range stems {
		term, known := p.terms[stem]
		if !known {
			term = int32(len(p.postings))
			p.terms[stem] = term
			p.postings = append(p.postings, nil)
		}
		terms[i] = term
	}
	return terms
}

// languages returns the different languages of the passages.
func (p *pool) languages() []string {
	return slices.Compact(slices.Sorted(slices.Values(p.language)))
}
