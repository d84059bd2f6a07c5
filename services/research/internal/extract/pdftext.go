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
	numberedHeading = regexp.MustCompile(`^(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,4}\.)\s+\p{Lu}[^.!?:;]{1,80}$`)
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
	pages := make([][]pdfLine, len(raw.pages))
	for i, page := range raw.pages {
		pages[i] = tidyLines(page.lines)
	}
	dropRepeated(pages)
	w := pdfWriter{b: b, headings: newPDFHeadings(pages, raw.outline), hyphenated: hyphenatedWords(pages)}
	if raw.properties.title == "" && len(pages) > 0 {
		raw.properties.title = cleanText(w.headings.title(pages[0]))
	}
	spans := make([]Span, 0, len(pages))
	for i, lines := range pages {
		if b.failed() {
			break
		}
		w.start = -1
		w.page(lines)
		for _, note := range raw.pages[i].notes {
			w.note(b.paragraph(note))
		}
		if w.start < 0 {
			w.start = b.text.Len()
		}
		spans = append(spans, Span{w.start, b.text.Len()})
	}
	for _, file := range raw.attachments {
		b.attach(file.name, file.data)
	}
	b.title = "" // the first numbered heading is not the title
	doc, err := b.document("")
	doc.Pages = spans
	return raw.properties.describe(doc), err
}

// pdfWriter writes the pages one after the other.
type pdfWriter struct {
	b          *builder
	headings   pdfHeadings
	hyphenated map[string]bool
	start      int  // where the page's text begins, -1 while there is none
	open       bool // the last paragraph goes on on the next page
}

// note notes that a block was added.
func (w *pdfWriter) note(span Span) {
	if w.start < 0 {
		w.start = span.Start
	}
}

// page writes the text of one page.
func (w *pdfWriter) page(lines []pdfLine) {
	for _, block := range blocksOf(lines) {
		if block.table != nil {
			from := w.b.text.Len()
			w.b.table(block.table)
			if w.b.text.Len() > from {
				w.note(Span{Start: from + len("\n\n")})
			}
			w.open = false
			continue
		}
		for _, p := range paragraphs(block.lines, w.headings) {
			w.paragraph(p)
		}
	}
}

// paragraph writes a paragraph or a heading.
func (w *pdfWriter) paragraph(lines []pdfLine) {
	text := joinLines(lines, w.hyphenated)
	level := w.headings.level(lines, text)
	switch {
	case level > 0:
		w.note(w.b.heading(level, text))
		w.open = false
		return
	case w.open && startsSmall(text):
		w.note(w.b.continueParagraph(text))
	default:
		w.note(w.b.paragraph(text))
	}
	w.open = !endsSentence(text)
}

// tidyLines returns the lines of a page. PDFium marks a hyphen that parts a word
// at the end of a line with a character of its own; it becomes a soft hyphen.
func tidyLines(lines []pdfLine) []pdfLine {
	marks := strings.NewReplacer("\x02", "\u00ad", "\ufffe", "\u00ad")
	for _, l := range lines {
		for i := range l.cells {
			l.cells[i].text = strings.TrimSpace(marks.Replace(l.cells[i].text))
		}
	}
	return lines
}

// dropRepeated removes the header and the footer that most pages share.
func dropRepeated(pages [][]pdfLine) {
	for _, last := range []bool{false, true} {
		counts := map[string]int{}
		for _, lines := range pages {
			if len(lines) > 0 {
				counts[edge(lines, last)]++
			}
		}
		for i, lines := range pages {
			if len(lines) == 0 {
				continue
			}
			n := counts[edge(lines, last)]
			switch {
			case n < repeatedPages || float64(n) < repeatedShare*float64(len(pages)):
			case last:
				pages[i] = lines[:len(lines)-1]
			default:
				pages[i] = lines[1:]
			}
		}
	}
}

// edge returns the first or the last line, with a sign for each number in it.
func edge(lines []pdfLine, last bool) string {
	at := 0
	if last {
		at = len(lines) - 1
	}
	return pageNumber.ReplaceAllString(lines[at].text(), "#")
}

// hyphenatedWords returns the words that are written with a hyphen inside a
// line, in lower case: "well-known" keeps its hyphen when a line ends there.
func hyphenatedWords(pages [][]pdfLine) map[string]bool {
	words := map[string]bool{}
	for _, lines := range pages {
		for _, line := range lines {
			for word := range strings.FieldsSeq(line.text()) {
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
func paragraphs(lines []pdfLine, h pdfHeadings) [][]pdfLine {
	usual, pitch := usualLength(lines), usualGap(lines)
	var out [][]pdfLine
	for i, line := range lines {
		if i == 0 || apart(lines[i-1], line, pitch) || partsAt(lines[i-1], line, usual, h) {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], line)
	}
	return out
}

// usualGap returns the white space between two lines that is most common on a
// page, in font heights.
func usualGap(lines []pdfLine) float64 {
	var gaps []float64
	for i := 1; i < len(lines); i++ {
		if a, b := lines[i-1], lines[i]; b.size > 0 && a.bottom > b.bottom {
			gaps = append(gaps, (a.bottom-b.top)/b.size)
		}
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// apart reports whether two lines stand so far from each other, or are of so
// different a size, that they belong to different paragraphs.
func apart(a, b pdfLine, pitch float64) bool {
	if a.size == 0 || b.size == 0 || a.bottom <= b.bottom { // another column
		return false
	}
	return (a.bottom-b.top)/b.size > pitch+0.45 || max(a.font, b.font) > largerSize*min(a.font, b.font) && realWord.MatchString(a.text()) && realWord.MatchString(b.text())
}

// usualLength returns the length in characters that the longer lines of a page
// have: the ninth decile, so that a few very long lines do not count.
func usualLength(lines []pdfLine) float64 {
	var lengths []int
	for _, line := range lines {
		lengths = append(lengths, utf8.RuneCountInString(line.text()))
	}
	if len(lengths) == 0 {
		return 0
	}
	slices.Sort(lengths)
	return float64(lengths[len(lengths)*9/10])
}

// partsAt reports whether a paragraph ends between two lines.
func partsAt(a, b pdfLine, usual float64, h pdfHeadings) bool {
	line, next := a.text(), b.text()
	length := float64(utf8.RuneCountInString(line))
	switch {
	case a.bold != b.bold && (h.level([]pdfLine{a}, line) > 0 || h.level([]pdfLine{b}, next) > 0):
		return true
	case h.larger(a, largerSize) && a.font == b.font:
		return false // a heading of two lines
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
func joinLines(lines []pdfLine, hyphenated map[string]bool) string {
	var s strings.Builder
	for i, l := range lines {
		line := l.text()
		if i == len(lines)-1 {
			s.WriteString(line)
			break
		}
		next := lines[i+1].text()
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
