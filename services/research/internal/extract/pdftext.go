package extract

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A PDF file knows glyphs and their places, nothing of words that go on in the
// next line, of paragraphs or of headings. This file guesses them from the
// lines of each page.

const (
	// shortLine is the share of a page's usual line length under which a line
	// was ended by its author.
	shortLine = 0.6
	// endedLine is that share for a line that ends in a full stop.
	endedLine = 0.85
	// repeatedPages is on how many pages at least, and on what share of all
	// pages, a first or last line is found again when it is a page header.
	repeatedPages = 3
	repeatedShare = 0.3
)

var (
	// numberedHeading matches "3.1 Results" and "IV. Results".
	numberedHeading = regexp.MustCompile(`^(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,4}\.)\s+\p{Lu}[^.!?]{1,80}$`)
	// knownHeading matches what papers call their parts without a number.
	knownHeading = regexp.MustCompile(`(?i)^(?:abstract|summary|introduction|background|related work|methods?|materials and methods|` +
		`methodology|results?|discussion|conclusions?|results and discussion|acknowledge?ments?|references|bibliography|appendix(?: \w)?|` +
		`zusammenfassung|einleitung|ergebnisse|literatur|résumé|conclusion|resumen|introducción|conclusiones)$`)
	// listMarker matches the beginning of a list item.
	listMarker = regexp.MustCompile(`^\s*(?:[-•◦▪●■‣*–]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+\S`)
	// pageNumber matches what changes in a page header from page to page.
	pageNumber = regexp.MustCompile(`\d+`)
)

// document shapes the text of the pages.
func (raw rawPDF) document(b *builder) (Document, error) {
	pages := make([][]string, len(raw.pages))
	for i, text := range raw.pages {
		pages[i] = pageLines(text)
	}
	dropRepeated(pages)
	hyphenated := hyphenatedWords(pages)
	spans := make([]Span, 0, len(pages))
	open := false // the last paragraph goes on on the next page
	for _, lines := range pages {
		if b.failed() {
			break
		}
		start := -1
		for _, p := range paragraphs(lines) {
			text := joinLines(p, hyphenated)
			var span Span
			switch {
			case isHeading(text):
				span = b.heading(headingLevel(text), text)
			case open && startsSmall(text):
				span = b.continueParagraph(text)
			default:
				span = b.paragraph(text)
			}
			if start < 0 {
				start = span.Start
			}
			open = !endsSentence(text)
		}
		if start < 0 {
			start = b.text.Len()
		}
		spans = append(spans, Span{start, b.text.Len()})
	}
	b.title = "" // the first numbered heading is not the title
	doc, err := b.document(raw.title)
	doc.Pages = spans
	return doc, err
}

// pageLines returns the lines of a page. PDFium marks a hyphen that parts a word
// at the end of a line with a character of its own; it becomes a soft hyphen.
func pageLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x02", "\u00ad", "\ufffe", "\u00ad").Replace(text)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// dropRepeated removes the header and the footer that most pages share.
func dropRepeated(pages [][]string) {
	for _, last := range []bool{false, true} {
		counts := map[string]int{}
		for _, lines := range pages {
			if i := edge(lines, last); i >= 0 {
				counts[pageNumber.ReplaceAllString(lines[i], "#")]++
			}
		}
		for _, lines := range pages {
			i := edge(lines, last)
			if i < 0 {
				continue
			}
			n := counts[pageNumber.ReplaceAllString(lines[i], "#")]
			if n >= repeatedPages && float64(n) >= repeatedShare*float64(len(pages)) {
				lines[i] = ""
			}
		}
	}
}

// edge returns the index of the first or the last line that is not blank, -1 if
// all are.
func edge(lines []string, last bool) int {
	if !last {
		return slices.IndexFunc(lines, func(s string) bool { return s != "" })
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if lines[i] != "" {
			return i
		}
	}
	return -1
}

// hyphenatedWords returns the words that are written with a hyphen inside a
// line, in lower case: "well-known" keeps its hyphen when a line ends there.
func hyphenatedWords(pages [][]string) map[string]bool {
	words := map[string]bool{}
	for _, lines := range pages {
		for _, line := range lines {
			for word := range strings.FieldsSeq(line) {
				if at := strings.IndexByte(word, '-'); at > 0 && at < len(word)-1 {
					words[trimPunctuation(word)] = true
				}
			}
		}
	}
	return words
}

// trimPunctuation returns a word in lower case without the signs around it.
func trimPunctuation(word string) string {
	return strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}

// paragraphs gathers the lines of a page into paragraphs.
func paragraphs(lines []string) [][]string {
	usual := usualLength(lines)
	var out [][]string
	begin := true
	for i, line := range lines {
		if line == "" {
			begin = true
			continue
		}
		if begin || i > 0 && partsAt(lines[i-1], line, usual) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], line)
		begin = false
	}
	return out
}

// usualLength returns the length in characters that the longer lines of a page
// have: the ninth decile, so that a few very long lines do not count.
func usualLength(lines []string) float64 {
	var lengths []int
	for _, line := range lines {
		if line != "" {
			lengths = append(lengths, utf8.RuneCountInString(line))
		}
	}
	if len(lengths) == 0 {
		return 0
	}
	slices.Sort(lengths)
	return float64(lengths[len(lengths)*9/10])
}

// partsAt reports whether a paragraph ends between two lines.
func partsAt(line, next string, usual float64) bool {
	length := float64(utf8.RuneCountInString(line))
	switch {
	case isHeading(line), isHeading(next), listMarker.MatchString(next):
		return true
	case startsSmall(next), strings.HasSuffix(line, ","), strings.HasSuffix(line, "-"), strings.HasSuffix(line, "\u00ad"):
		return false
	case endsSentence(line):
		return length < endedLine*usual
	}
	return length < shortLine*usual
}

// joinLines joins the lines of a paragraph, and the words they part.
func joinLines(lines []string, hyphenated map[string]bool) string {
	var s strings.Builder
	for i, line := range lines {
		if i == len(lines)-1 {
			s.WriteString(line)
			break
		}
		next := lines[i+1]
		body, soft := strings.CutSuffix(line, "\u00ad")
		body, hard := strings.CutSuffix(body, "-")
		parted := (soft || hard) && endsInLetter(body) && startsSmall(next)
		switch {
		case parted && hyphenated[trimPunctuation(lastField(body)+"-"+firstField(next))]:
			s.WriteString(body + "-")
		case parted:
			s.WriteString(body)
		case soft || hard: // "COVID-" and "19": the hyphen belongs to the word
			s.WriteString(body + "-")
		default:
			s.WriteString(line + " ")
		}
	}
	return cleanText(mendWords(s.String(), hyphenated))
}

// mendWords decides about the hyphens that PDFium itself has taken out of the
// end of a line, and for which it leaves a mark inside the word.
func mendWords(text string, hyphenated map[string]bool) string {
	if !strings.Contains(text, "\u00ad") {
		return text
	}
	words := strings.Fields(text)
	for i, word := range words {
		if with := strings.ReplaceAll(word, "\u00ad", "-"); with != word && hyphenated[trimPunctuation(with)] {
			words[i] = with
		}
	}
	return strings.Join(words, " ")
}

// lastField returns the last word of s, and firstField its first.
func lastField(s string) string {
	return s[strings.LastIndexFunc(s, unicode.IsSpace)+1:]
}

// firstField returns the first word of s.
func firstField(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// endsInLetter reports whether the last character of s is a letter.
func endsInLetter(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r)
}

// startsSmall reports whether s begins with a small letter.
func startsSmall(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}

// endsSentence reports whether s ends with a full stop, a colon or the like.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, `"'”’)]»`)
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?:;。！？", r)
}

// isHeading reports whether a line names a part of the document.
func isHeading(line string) bool {
	return len(line) < 120 && (numberedHeading.MatchString(line) || knownHeading.MatchString(line))
}

// headingLevel returns 1 for "3 Results", 2 for "3.1 Mice" and so on.
func headingLevel(line string) int {
	return 1 + strings.Count(strings.TrimSuffix(firstField(line), "."), ".")
}
