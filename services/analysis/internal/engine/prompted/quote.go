package prompted

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

const (
	// altered is how much a sentence must have in common with a quote that is not found
	// (the mean of both shares) to take its place: the model meant that sentence, and
	// changed it.
	altered = 0.6
	// carried is the share of a claim's words that a sentence must hold to be its quote
	// when the model gave none.
	carried = 0.5
	// fewWords is when a quote is widened to its sentence: fewer words say too little to
	// be checked.
	fewWords = 6
	// maxQuote and maxSentence bound a quote, in bytes.
	maxQuote    = 900
	maxSentence = 500
)

// citer turns the quotes of a model into spans of the evidence that it was given.
type citer struct {
	items []engine.Evidence
	known places
}

// cite finds a quote in the passage with a number, for a claim. A quote that does not
// stand there is replaced by the sentence of the passage that it was most likely made
// from; if there is none, there is no quote. A number that no passage has gives none.
func (c citer) cite(number int, quote, claim string) (engine.Quote, bool) {
	if number < 1 || number > len(c.items) {
		return engine.Quote{}, false
	}
	item := c.items[number-1]
	at, ok := find(item.Text, quote, claim)
	if ok {
		at, ok = c.narrow(item.Text, widen(item.Text, at), claim)
	}
	if !ok {
		return engine.Quote{}, false
	}
	return engine.Quote{
		EvidenceID: item.ID, SourceID: item.SourceID, Text: item.Text[at.Start:at.End],
		Start: item.Start + at.Start, End: item.Start + at.End,
	}, true
}

// find looks for a quote in a text: as it is, its longest part between ellipses, the
// sentence most like it, and without a quote the sentence that carries the claim.
func find(text, quote, claim string) (sentence.Span, bool) {
	quote = strings.Trim(strings.TrimSpace(mark.ReplaceAllString(quote, "")), "\"'“”«»„‘’")
	if quote == "" {
		return nearest(text, claim, carried, func(wanted, has bag) float64 { return wanted.sharedWith(has) })
	}
	parts := strings.FieldsFunc(strings.ReplaceAll(quote, "...", "…"), func(r rune) bool { return r == '…' })
	parts = append(parts, quote)
	slices.SortStableFunc(parts, func(a, b string) int { return len(b) - len(a) })
	for _, part := range parts {
		if len(lexical.Tokens(part)) < 2 && len(parts) > 1 && part != quote {
			continue
		}
		if at, _, ok := verify.Locate(text, strings.TrimSpace(part), -1); ok {
			return sentence.Span(at), true
		}
	}
	return nearest(text, quote, altered, func(wanted, has bag) float64 {
		return (wanted.sharedWith(has) + has.sharedWith(wanted)) / 2
	})
}

// nearest returns the sentence of a text that is most like what is wanted, if it
// reaches a floor.
func nearest(text, wanted string, floor float64, like func(wanted, has bag) float64) (best sentence.Span, ok bool) {
	language := lexical.Detect(text)
	words := newBag(wanted, language)
	for _, at := range sentence.Split(text) {
		if score := like(words, newBag(text[at.Start:at.End], language)); score >= floor {
			best, ok, floor = at, true, score+1e-9 // the first of equals
		}
	}
	return best, ok && utf8.ValidString(text[best.Start:best.End])
}

// widen makes a quote of few words its whole sentence.
func widen(text string, at sentence.Span) sentence.Span {
	if len(lexical.Tokens(text[at.Start:at.End])) >= fewWords {
		return at
	}
	for _, s := range sentence.Split(text) {
		if s.Start <= at.Start && at.End <= s.End && s.End-s.Start <= maxSentence {
			return s
		}
	}
	return at
}

// narrow keeps of a quote what may be shown: not more than a few sentences, and no
// address but those of the sources. It is the longest run of sentences without one, or
// the longest part of a sentence.
func (c citer) narrow(text string, at sentence.Span, claim string) (sentence.Span, bool) {
	if at.End-at.Start > maxQuote {
		at = shorten(text, at, claim)
	}
	best := sentence.Span{}
	from := at.Start
	for _, gone := range append(c.known.foreign(text[at.Start:at.End]), []int{at.End - at.Start, at.End - at.Start}) {
		piece := trimmed(text, sentence.Span{Start: from, End: at.Start + gone[0]})
		if piece.End-piece.Start > best.End-best.Start {
			best = piece
		}
		from = at.Start + gone[1]
	}
	quote := text[best.Start:best.End]
	return best, utf8.ValidString(quote) && strings.ContainsFunc(quote, says)
}

// shorten takes of a long quote the sentence that is most like the claim, else the
// first; a sentence that is too long itself is cut after a word.
func shorten(text string, at sentence.Span, claim string) sentence.Span {
	inner := text[at.Start:at.End]
	s, ok := nearest(inner, claim, 0, func(wanted, has bag) float64 { return wanted.sharedWith(has) })
	if !ok {
		s = sentence.Span{End: len(inner)}
	}
	if s.End-s.Start > maxQuote {
		cut := strings.LastIndexFunc(inner[:s.Start+maxQuote], unicode.IsSpace)
		if cut <= s.Start { // a script without spaces
			cut = s.Start + maxQuote
			for !utf8.RuneStart(inner[cut]) {
				cut--
			}
		}
		s.End = cut
	}
	return sentence.Span{Start: at.Start + s.Start, End: at.Start + s.End}
}

// trimmed narrows a span to what stands between white space and open brackets.
func trimmed(text string, at sentence.Span) sentence.Span {
	inner := text[at.Start:at.End]
	left := strings.TrimLeftFunc(inner, unicode.IsSpace)
	at.Start += len(inner) - len(left)
	at.End = at.Start + len(strings.TrimRight(left, " \t\r\n([<"))
	return at
}

// says reports whether a character can say something.
func says(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// onePerSource keeps the first quote of each source.
func onePerSource(quotes []engine.Quote) []engine.Quote {
	seen := map[string]bool{}
	return slices.DeleteFunc(quotes, func(q engine.Quote) bool {
		was := seen[q.SourceID]
		seen[q.SourceID] = true
		return was
	})
}
