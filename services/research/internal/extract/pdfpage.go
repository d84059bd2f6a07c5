package extract

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"
)

// pdfLine is a line of a page: its words, and where they stand.
type pdfLine struct {
	cells  []pdfCell // its text; more than one where there are wide gaps
	size   float64   // height of its letters' boxes in points, 0 if it is not known
	font   float64   // size of most of its font in points, 0 if it is not known
	top    float64   // in points from the lower edge
	bottom float64
	bold   bool
}

// pdfCell is a piece of a line without a wide gap in it.
type pdfCell struct {
	text        string
	left, right float64 // in points from the left edge
}

// text returns the words of the line.
func (l pdfLine) text() string {
	if len(l.cells) == 1 {
		return l.cells[0].text
	}
	texts := make([]string, len(l.cells))
	for i, cell := range l.cells {
		texts[i] = cell.text
	}
	return strings.Join(texts, " ")
}

const (
	// wideGap is how many times the height of the font a gap has to be wide that
	// parts columns or cells. Between justified words it stays well under one.
	wideGap = 1.5
	// boldWeight is the weight from which on a font is bold.
	boldWeight = 600
)

// boldName matches the names of bold fonts.
var boldName = regexp.MustCompile(`(?i)bold|black|heavy|demi|cmbx|CMSSBX`)

// pdfWord is a word on a page.
type pdfWord struct {
	text                     string
	left, right, top, bottom float64
	font                     float64
	bold                     bool
}

// height returns the height of the word's font.
func (w pdfWord) height() float64 { return w.top - w.bottom }

// pageReader reads the lines of a page.
type pageReader struct {
	pdf   pdfium.Pdfium
	page  references.FPDF_TEXTPAGE
	lines [][]pdfWord
	line  []pdfWord
	word  []rune
	first int // index of the word's first character
	last  int // and of its last
}

// pageLines returns the lines of a page, in the order of the page's content, which
// is the order of reading in all but odd files.
func pageLines(pdf pdfium.Pdfium, doc references.FPDF_DOCUMENT, index int) ([]pdfLine, error) {
	page := requests.Page{ByIndex: &requests.PageByIndex{Document: doc, Index: index}}
	loaded, err := pdf.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: page})
	if err != nil {
		return nil, err
	}
	r := &pageReader{pdf: pdf, page: loaded.TextPage}
	defer func() {
		// It goes with the sandbox if not now.
		_, _ = pdf.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage})
	}()
	count, err := pdf.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: loaded.TextPage})
	if err != nil {
		return nil, err
	}
	if err := r.chars(count.Count); err != nil {
		return nil, err
	}
	r.endLine()
	lines := make([]pdfLine, len(r.lines))
	for i, words := range r.lines {
		lines[i] = lineFrom(words)
	}
	return lines, nil
}

// chars takes the characters of the page. Each call into the sandbox costs about
// a microsecond, so they are asked for together; only where that gives another
// number of them, because some have no place in the text, one by one.
func (r *pageReader) chars(count int) error {
	all, err := r.pdf.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: r.page, StartIndex: 0, Count: count})
	if err == nil {
		if text := []rune(all.Text); len(text) == count && !strings.ContainsFunc(all.Text, beyondUTF16) {
			for i, c := range text {
				r.char(i, c)
			}
			return nil
		}
	}
	for i := range count {
		char, err := r.pdf.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: r.page, Index: i})
		if err != nil {
			return err
		}
		r.char(i, rune(char.Unicode))
	}
	return nil
}

// beyondUTF16 reports whether a character is two in UTF-16, or one that could not
// be decoded: then indexes of characters are not those of the text.
func beyondUTF16(c rune) bool { return c > 0xffff || c == utf8.RuneError }

// char takes a character.
func (r *pageReader) char(index int, c rune) {
	switch c {
	case 0, '\r':
	case '\n':
		r.endLine()
	case ' ', '\t', '\u00a0':
		r.endWord()
	default:
		if len(r.word) == 0 {
			r.first = index
		}
		r.word = append(r.word, c)
		r.last = index
	}
}

// box returns where a character stands.
func (r *pageReader) box(index int) structs.FPDF_FS_RECTF {
	box, err := r.pdf.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: r.page, Index: index})
	if err != nil {
		return structs.FPDF_FS_RECTF{}
	}
	return box.Rect
}

// endWord adds the word to the line.
func (r *pageReader) endWord() {
	if len(r.word) == 0 {
		return
	}
	from := r.box(r.first)
	to := from
	if r.last != r.first {
		to = r.box(r.last)
	}
	w := pdfWord{
		text: string(r.word), left: float64(min(from.Left, to.Left)), right: float64(max(from.Right, to.Right)),
		top: float64(from.Top), bottom: float64(from.Bottom),
	}
	if n := len(r.line); n == 0 {
		w.font, w.bold = r.font(r.first), r.bold(r.first)
	} else if before := r.line[n-1]; abs(before.height()-w.height()) < 0.01*w.height() {
		w.font = before.font // letters of one height are of one font
	} else {
		w.font = r.font(r.first)
	}
	r.line = append(r.line, w)
	r.word = r.word[:0]
}

// font returns the size that a character's font has on the page: programs write
// a font of size 1 and enlarge it as often as they name its size.
func (r *pageReader) font(index int) float64 {
	font, err := r.pdf.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: r.page, Index: index})
	if err != nil {
		return 0
	}
	matrix, err := r.pdf.FPDFText_GetMatrix(&requests.FPDFText_GetMatrix{TextPage: r.page, Index: index})
	if err != nil {
		return font.FontSize
	}
	if abs(float64(matrix.Matrix.B)) > abs(float64(matrix.Matrix.A)) {
		return 0 // up the margin, where no heading stands
	}
	return font.FontSize * math.Hypot(float64(matrix.Matrix.C), float64(matrix.Matrix.D))
}

// bold reports whether a character is in a bold font: its weight or its name says
// so, and many files give only one.
func (r *pageReader) bold(index int) bool {
	weight, err := r.pdf.FPDFText_GetFontWeight(&requests.FPDFText_GetFontWeight{TextPage: r.page, Index: index})
	if err == nil && weight.FontWeight >= boldWeight {
		return true
	}
	font, err := r.pdf.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: r.page, Index: index})
	return err == nil && boldName.MatchString(font.FontName)
}

// endLine ends a line. One that stands to the right of the line before it, on the
// same height, goes on with it: PDFium begins a new line at a footnote's number,
// and tables are often written cell by cell.
func (r *pageReader) endLine() {
	r.endWord()
	words := r.line
	r.line = nil
	if len(words) == 0 {
		return
	}
	if n := len(r.lines); n > 0 && goesOn(r.lines[n-1], words[0]) {
		r.lines[n-1] = append(r.lines[n-1], words...)
		return
	}
	r.lines = append(r.lines, words)
}

// sameHeight is the share of the smaller of two words that has to be beside the
// other for them to stand on one line.
const sameHeight = 0.4

// goesOn reports whether a word stands on a line, behind its end.
func goesOn(line []pdfWord, w pdfWord) bool {
	end := line[len(line)-1]
	size := min(end.height(), w.height())
	beside := min(end.top, w.top) - max(end.bottom, w.bottom)
	return size > 0 && beside > sameHeight*size && w.left > end.right-size/2
}

// lineFrom makes a line of its words. Words that PDFium parted although they touch,
// as a number and its exponent, are one.
func lineFrom(words []pdfWord) pdfLine {
	heights := make([]float64, len(words))
	fonts := map[float64]int{}
	l := pdfLine{}
	for i, w := range words {
		heights[i] = w.height()
		font := roundSize(w.font)
		if fonts[font] += len(w.text); fonts[font] > fonts[l.font] {
			l.font = font
		}
	}
	slices.Sort(heights)
	l = pdfLine{size: heights[len(heights)/2], font: l.font, top: words[0].top, bottom: words[0].bottom, bold: words[0].bold}
	for i, w := range readingOrder(words) {
		cell := pdfCell{text: w.text, left: w.left, right: w.right}
		if i == 0 {
			l.cells = append(l.cells, cell)
			continue
		}
		last := &l.cells[len(l.cells)-1]
		gap := max(w.left-last.right, last.left-w.right)
		switch {
		case l.size > 0 && gap > wideGap*l.size:
			l.cells = append(l.cells, cell)
			continue
		case l.size <= 0 || abs(gap) > touching*l.size || abs(w.height()-l.size) < touching*l.size:
			last.text += " "
		}
		last.text += w.text
		last.left, last.right = min(last.left, w.left), max(last.right, w.right)
	}
	return l
}

// touching is up to what share of the font's height a gap is none, and a
// difference of sizes either.
const touching = 0.1

// abs returns the absolute value of x.
func abs(x float64) float64 { return max(x, -x) }

// readingOrder returns the words of a line in the order in which they are read.
// Lines of Arabic or Hebrew come from left to right from most files, the words of
// other scripts among them in their own order.
func readingOrder(words []pdfWord) []pdfWord {
	backwards := 0
	for i, w := range words {
		switch {
		case i == 0 || !isRTL(w.text) || !isRTL(words[i-1].text):
		case w.left > words[i-1].left:
			backwards++
		default:
			backwards--
		}
	}
	if backwards <= 0 {
		return words
	}
	out := slices.Clone(words)
	slices.Reverse(out)
	for i := 0; i < len(out); {
		end := i
		for end < len(out) && !isRTL(out[end].text) {
			end++
		}
		slices.Reverse(out[i:end])
		if end == i {
			out[i].text = endingLast(out[i].text)
			end++
		}
		i = end
	}
	return out
}

// isRTL reports whether a word is written from right to left.
func isRTL(word string) bool {
	return strings.ContainsFunc(word, func(r rune) bool {
		return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana)
	})
}

// endingLast moves the sign that ends a word written from right to left behind
// it: on the page it is at the left.
func endingLast(word string) string {
	rest := strings.TrimLeft(word, ".,:;!?،؛؟")
	return rest + word[:len(word)-len(rest)]
}
