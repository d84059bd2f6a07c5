package extract

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What is a heading on a page is told by the file's outline, by the size and
// weight of the font, and by what authors call the parts of papers.

const (
	// largerSize is how many times the size of the running text a heading's is.
	largerSize = 1.12
	// titleSize is that for the title on the first page.
	titleSize = 1.3
	// maxHeading is the length of the longest heading in characters, and
	// maxBoldHeading of one that is only bold.
	maxHeading     = 160
	maxBoldHeading = 80
	// headingLevels is how many sizes of headings are told apart.
	headingLevels = 4
)

// realWord matches a word: formulas are large at times, and have none.
var realWord = regexp.MustCompile(`\p{L}{3}|[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}]{2}`)

// pdfHeadings tells which lines are headings.
type pdfHeadings struct {
	body    float64        // size of the running text; 0 if it is not known
	bold    bool           // the running text is bold
	sizes   []float64      // of headings, the largest first
	outline map[string]int // levels by title, as in the file's own outline
}

// roundSize rounds a font's size, which differs a little from line to line.
func roundSize(size float64) float64 { return math.Round(size*2) / 2 }

// newPDFHeadings looks at all lines of a document.
func newPDFHeadings(pages [][]pdfLine, outline map[string]int) pdfHeadings {
	h := pdfHeadings{outline: outline}
	lengths := map[float64]int{}
	bold, all := 0, 0
	for _, lines := range pages {
		for _, l := range lines {
			n := utf8.RuneCountInString(l.text())
			lengths[l.font] += n
			if all += n; l.bold {
				bold += n
			}
		}
	}
	for size, n := range lengths {
		if size > 0 && (n > lengths[h.body] || n == lengths[h.body] && size > h.body) {
			h.body = size
		}
	}
	h.bold = bold*2 > all
	for _, lines := range pages {
		for _, l := range lines {
			size := l.font
			if h.larger(l, largerSize) && !slices.Contains(h.sizes, size) && len(l.cells) == 1 && realWord.MatchString(l.text()) {
				h.sizes = append(h.sizes, size)
			}
		}
	}
	slices.Sort(h.sizes)
	slices.Reverse(h.sizes)
	return h
}

// larger reports whether a line is in a font that many times that of the running
// text.
func (h pdfHeadings) larger(l pdfLine, times float64) bool {
	return h.body > 0 && l.font >= h.body*times
}

// level returns the level of the heading that lines make, 0 if they make none.
func (h pdfHeadings) level(lines []pdfLine, text string) int {
	length := utf8.RuneCountInString(text)
	if level := h.outline[outlineKey(text)]; level > 0 && length <= maxHeading {
		return level
	}
	if length > maxHeading || len(lines) > 4 || !realWord.MatchString(text) {
		return 0
	}
	first := lines[0]
	switch {
	case h.larger(first, largerSize):
		if strings.HasSuffix(text, ".") && length > maxBoldHeading || !named(text) {
			return 0
		}
		return h.rank(first, text)
	case isHeading(text) && (len(h.sizes) == 0 || first.bold && !h.bold || known(text)):
		return headingLevel(text)
	case first.bold && !h.bold && len(lines) == 1 && length <= maxBoldHeading && first.font >= h.body && !endsSentence(text) && named(text):
		return min(len(h.sizes), headingLevels) + 1
	}
	return 0
}

// rank returns the level of a heading by its size, or by its number if it has one.
func (h pdfHeadings) rank(l pdfLine, text string) int {
	if numberedHeading.MatchString(text) {
		return headingLevel(text)
	}
	return min(slices.Index(h.sizes, l.font)+1, headingLevels)
}

// known reports whether text is what papers call their parts.
func known(text string) bool { return knownHeading.MatchString(text) }

// named reports whether text begins as names do: with a capital letter, a number,
// or a letter of a script that has no capitals.
func named(text string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, `"'“„«(¿¡`))
	return !unicode.IsLower(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// outlineKey returns what titles are compared by: their letters and digits.
func outlineKey(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// title returns the words on the first page that are by far the largest: the
// title, where the file's properties name none.
func (h pdfHeadings) title(lines []pdfLine) string {
	if len(h.sizes) == 0 || h.sizes[0] < titleSize*h.body {
		return ""
	}
	var words []string
	for _, l := range lines {
		if l.font == h.sizes[0] {
			words = append(words, l.text())
		}
	}
	title := strings.Join(words, " ")
	if n := utf8.RuneCountInString(title); n < 4 || n > maxHeading || !realWord.MatchString(title) {
		return ""
	}
	return title
}
