package cite

import (
	"strings"
	"unicode/utf8"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// line is a reference that is being written. It knows what it ends in, so that no stop
// is set twice and nothing stands between two commas.
type line struct {
	parts []*reportv1.Inline
	// last is what it ends in, inner what stands before that if it is a closing
	// quotation mark; 0 at the start.
	last, inner rune
	// gap is whether a space comes before what follows; at the end none does.
	gap bool
}

// text appends plain text. Texts that follow each other are one inline, so that formats
// need not join them.
func (l *line) text(s string) {
	if s == "" {
		return
	}
	s = l.pending() + s
	if n := len(l.parts); n > 0 {
		if before, ok := l.parts[n-1].GetKind().(*reportv1.Inline_Text); ok {
			before.Text += s
			l.ended(s)
			return
		}
	}
	l.add(&reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}}, s)
}

// emphasis appends text that is set in italics.
func (l *line) emphasis(s string) {
	l.span(&reportv1.Span{Style: reportv1.Span_EMPHASIS}, s)
}

// link appends text that leads to an address, or the text alone if there is none.
func (l *line) link(href, s string) {
	if href == "" {
		l.text(s)
		return
	}
	l.span(&reportv1.Span{Href: href}, s)
}

func (l *line) span(span *reportv1.Span, s string) {
	if s == "" {
		return
	}
	l.text(l.pending())
	span.Text = []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: s}}}
	l.add(&reportv1.Inline{Kind: &reportv1.Inline_Span{Span: span}}, s)
}

func (l *line) add(inline *reportv1.Inline, s string) {
	l.parts = append(l.parts, inline)
	l.ended(s)
}

// ended remembers what the line ends in now.
func (l *line) ended(s string) {
	before := l.last
	// A text of one character may close a quotation that began in the text before it.
	last, size := utf8.DecodeLastRuneInString(s)
	if rest := s[:len(s)-size]; rest != "" {
		before, _ = utf8.DecodeLastRuneInString(rest)
	}
	l.last, l.inner = last, 0
	if strings.ContainsRune(closingQuotes, last) {
		l.inner = before
	}
}

// closingQuotes may stand behind a stop; stops end a sentence in any script.
const (
	closingQuotes = "”’\"'»」』"
	stops         = ".!?…。！？．｡؟۔।‽"
)

// stopped reports whether a sentence has ended.
func (l *line) stopped() bool {
	return strings.ContainsRune(stops, l.last) || l.inner != 0 && strings.ContainsRune(stops, l.inner)
}

// stop ends a sentence, unless it has ended by itself, such as with a question mark.
func (l *line) stop() {
	l.gap = false
	if l.last != 0 && !l.stopped() {
		l.text(".")
	}
}

// next ends a sentence and begins another.
func (l *line) next() {
	l.stop()
	l.space()
}

// space sets what follows apart.
func (l *line) space() { l.gap = l.last != 0 && l.last != ' ' }

// pending returns the space that is due.
func (l *line) pending() string {
	if !l.gap {
		return ""
	}
	l.gap = false
	return " "
}

// comma sets what follows apart by a comma, unless there is one, or a sentence has ended:
// but a stop alone may be that of an abbreviation.
func (l *line) comma() {
	switch {
	case l.last == 0:
	case l.last == ',', l.inner == ',', l.last != '.' && l.stopped():
		l.space()
	default:
		l.text(", ")
	}
}

// quoted appends a title in quotation marks with the mark that belongs inside them; a
// title that ends in a stop has it already.
func (l *line) quoted(title, mark string) {
	// The title is written apart to see what it ends in by itself.
	var inside line
	inside.text(single(title))
	if !inside.stopped() {
		inside.text(mark)
	}
	l.text("“" + inside.plain() + "”")
}

// unquoteComma takes back the comma inside the closing quotation mark that the line ends
// in: the sentence ends there.
func (l *line) unquoteComma() {
	last, _ := l.parts[len(l.parts)-1].GetKind().(*reportv1.Inline_Text)
	if cut, found := strings.CutSuffix(last.Text, ",”"); found {
		last.Text = cut + ".”"
		l.ended(last.Text)
	}
}

// plain is the text of a line.
func (l *line) plain() string { return plainText(l.parts) }

// plainText is the text of running text without its markup.
func plainText(inlines []*reportv1.Inline) string {
	var b strings.Builder
	for _, inline := range inlines {
		b.WriteString(inline.GetText())
		b.WriteString(plainText(inline.GetSpan().GetText()))
	}
	return b.String()
}

// single makes single quotation marks of the double ones in a title that is quoted
// itself. Straight ones are only changed in pairs: one alone is of inches, or a slip.
func single(title string) string {
	// Curly ones know which side they are on.
	title = strings.NewReplacer("“", "‘", "”", "’").Replace(title)
	if n := strings.Count(title, `"`); n == 0 || n%2 != 0 {
		return title
	}
	var b strings.Builder
	open := false
	for _, r := range title {
		if r == '"' {
			open = !open
			if r = '’'; open {
				r = '‘'
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
