// Package passage cuts a document into the pieces that are searched, ranked and
// quoted: long enough to make sense alone, short enough to be about one thing.
package passage

import (
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// Sizes are counted in the tokens of package lexical: words, or characters of a
// script without spaces.
const (
	// MinWords is the size at which a passage ends with its paragraph.
	MinWords = 80
	// MaxWords is the size that no passage exceeds, but by the headings over it.
	MaxWords = 160
	// maxBytes is the size in bytes that no sentence in a passage exceeds: data
	// that is one endless word would otherwise make one endless passage.
	maxBytes = 4 << 10
)

// Passage is a piece of a document's text.
type Passage struct {
	Ordinal    int    // 0, 1, 2, … in the order of the text
	Start, End int    // byte offsets [Start, End) into the text
	Page       int    // number of the page it begins on, from 1; 0 if there are no pages
	Heading    string // the heading that it stands under, "" if none
}

// Split returns the passages of a document. Together they hold every sentence of
// its text, in order and once. A passage begins and ends between sentences or rows of
// a table, unless one alone is over the limit. It ends where a paragraph does
// if it can; a heading is never parted from what follows it.
func Split(doc extract.Document) []Passage {
	s := splitter{doc: doc}
	units := s.units()
	for i, u := range units {
		if s.endsBefore(units, i) {
			s.flush()
		}
		s.pending = append(s.pending, u)
		s.size += u.size
	}
	s.flush()
	s.emit(s.pending) // headings at the very end, with nothing under them
	return s.passages
}

// unit is a sentence, or a piece of one that is too long.
type unit struct {
	extract.Span
	size    int  // in tokens; 0 for a heading
	heading bool // it is a heading
	first   bool // a paragraph begins with it
}

// splitter gathers units until they make a passage.
type splitter struct {
	doc      extract.Document
	passages []Passage
	pending  []unit
	size     int    // of pending
	heading  string // under which pending begins
}

// units cuts the text into sentences and notes what each is.
func (s *splitter) units() []unit {
	var units []unit
	headings := s.doc.Headings
	end := 0
	for _, span := range sentences(s.doc.Text) {
		for len(headings) > 0 && headings[0].End <= span.Start {
			headings = headings[1:]
		}
		first := end == 0 || strings.Contains(s.doc.Text[end:span.Start], "\n\n")
		end = span.End
		if len(headings) > 0 && span.Start >= headings[0].Start {
			units = append(units, unit{Span: span, heading: true, first: first})
			continue
		}
		for _, u := range s.pieces(span) {
			u.first = first
			first = false
			units = append(units, u)
		}
	}
	return units
}

// pieces cuts a sentence that is over the limit between two words.
func (s *splitter) pieces(span extract.Span) []unit {
	tokens := lexical.Tokens(s.doc.Text[span.Start:span.End])
	if len(tokens) <= MaxWords && span.End-span.Start <= maxBytes {
		return []unit{{Span: span, size: len(tokens)}}
	}
	var out []unit
	start, size := span.Start, 0
	for _, token := range tokens {
		at := span.Start + token.Start
		if size > 0 && (size >= MaxWords || span.Start+token.End-start > maxBytes) {
			out = s.appendBytes(out, start, at, size)
			start, size = at, 0
		}
		size++
	}
	return s.appendBytes(out, start, span.End, size)
}

// appendBytes appends text[start:end], without the space at its end, in pieces of
// at most maxBytes.
func (s *splitter) appendBytes(out []unit, start, end, size int) []unit {
	for end-start > maxBytes {
		cut := start + maxBytes
		for !utf8.RuneStart(s.doc.Text[cut]) {
			cut--
		}
		out = append(out, unit{Span: extract.Span{Start: start, End: cut}, size: MaxWords}) // a passage of its own
		start = cut
	}
	end = start + len(strings.TrimSpace(s.doc.Text[start:end]))
	return append(out, unit{Span: extract.Span{Start: start, End: end}, size: size})
}

// endsBefore reports whether the passage that is being gathered ends before
// units[i].
func (s *splitter) endsBefore(units []unit, i int) bool {
	u := units[i]
	switch {
	case s.size == 0:
		return false
	case u.heading:
		// Short sections share a passage; others get their own.
		return s.size >= MinWords/2
	case s.size+u.size > MaxWords:
		return true
	case !u.first:
		return false
	case s.size >= MinWords:
		return true
	}
	// Better a short passage now than a paragraph cut in two.
	return s.size >= MinWords/2 && s.size+paragraphSize(units[i:]) > MaxWords
}

// paragraphSize returns the size of the paragraph that units begins with.
func paragraphSize(units []unit) int {
	size := units[0].size
	for _, u := range units[1:] {
		if u.first || size > MaxWords {
			break
		}
		size += u.size
	}
	return size
}

// flush ends the passage, but for the headings at its end, which go with what
// follows them.
func (s *splitter) flush() {
	end := len(s.pending)
	for end > 0 && s.pending[end-1].heading {
		end--
	}
	s.emit(s.pending[:end])
	s.pending = append([]unit(nil), s.pending[end:]...)
	s.size = 0
}

// emit makes a passage out of units.
func (s *splitter) emit(units []unit) {
	if len(units) == 0 {
		return
	}
	heading := s.heading
	for _, u := range units { // the headings over the first sentence
		if !u.heading {
			break
		}
		heading = s.doc.Text[u.Start:u.End]
	}
	start := units[0].Start
	s.passages = append(s.passages, Passage{
		Ordinal: len(s.passages),
		Start:   start,
		End:     units[len(units)-1].End,
		Page:    s.page(start),
		Heading: heading,
	})
	for _, u := range units {
		if u.heading {
			s.heading = s.doc.Text[u.Start:u.End]
		}
	}
}

// page returns the number of the page that holds an offset.
func (s *splitter) page(offset int) int {
	pages := s.doc.Pages
	return sort.Search(len(pages), func(i int) bool { return pages[i].Start > offset })
}
