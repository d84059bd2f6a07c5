package extract

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// builder puts the text of a document together, block by block, so that what
// Document promises about Text holds whatever the format.
type builder struct {
	ctx      context.Context //nolint:containedctx // it lives for one file, and every block looks at it
	limits   Limits
	text     strings.Builder
	headings []Heading
	title    string // the first heading of the highest level met so far
	titleAt  int    // that level
	listEnd  int    // where the last list item ended
	watch    *watch // is shown that the reader gets on; may be nil
	nested   nested // reads files inside the file; nil if they are not read
	err      error
}

// newBuilder returns an empty builder.
func newBuilder(ctx context.Context, limits Limits) *builder {
	return &builder{ctx: ctx, limits: limits}
}

// paragraph adds a block of running text. White space, line breaks included,
// becomes single spaces.
func (b *builder) paragraph(text string) Span {
	return b.add(strings.Join(strings.Fields(cleanText(text)), " "))
}

// heading adds a heading.
func (b *builder) heading(level int, text string) Span {
	span := b.paragraph(text)
	if span.Start == span.End {
		return span
	}
	b.headings = append(b.headings, Heading{Span: span, Level: level})
	if b.title == "" || level < b.titleAt {
		b.title, b.titleAt = b.text.String()[span.Start:span.End], level
	}
	return span
}

// continueParagraph adds text to the paragraph that was added last.
func (b *builder) continueParagraph(text string) Span {
	text = strings.Join(strings.Fields(cleanText(text)), " ")
	if b.text.Len() == 0 || text == "" || b.failed() {
		return b.add(text)
	}
	return b.join(" ", text)
}

// item adds a list item, which carries its marker. Items that follow each other
// stand in one block.
func (b *builder) item(text string) {
	text = strings.TrimRightFunc(cleanText(text), unicode.IsSpace)
	if text == "" || b.failed() {
		return
	}
	if b.text.Len() > 0 && b.listEnd == b.text.Len() {
		b.join("\n", text)
	} else {
		b.add(text)
	}
	b.listEnd = b.text.Len()
}

// join adds text to the block that was added last, after sep.
func (b *builder) join(sep, text string) Span {
	if !b.fits(len(sep) + len(text)) {
		return Span{b.text.Len(), b.text.Len()}
	}
	b.text.WriteString(sep)
	start := b.text.Len()
	b.text.WriteString(text)
	return Span{start, b.text.Len()}
}

// fits reports whether n more bytes may be added, and fails if they may not.
func (b *builder) fits(n int) bool {
	if b.text.Len()+n > b.limits.TextBytes {
		b.err = fail(TooLarge, "the file holds more than %s of text", bytesText(int64(b.limits.TextBytes)))
		return false
	}
	return true
}

// lines adds a block whose line breaks are meant: code, list items, table rows.
// Blank lines are left out, for they would part the block.
func (b *builder) lines(text string) {
	var kept []string
	for line := range strings.SplitSeq(cleanText(text), "\n") {
		if line = strings.TrimRightFunc(line, unicode.IsSpace); line != "" {
			kept = append(kept, line)
		}
	}
	b.add(strings.Join(kept, "\n"))
}

// add appends a block and returns where it is.
func (b *builder) add(block string) Span {
	if block == "" || b.failed() {
		return Span{b.text.Len(), b.text.Len()}
	}
	if !b.fits(len(block)) {
		return Span{b.text.Len(), b.text.Len()}
	}
	if b.text.Len() > 0 {
		b.text.WriteString("\n\n")
	}
	start := b.text.Len()
	b.text.WriteString(block)
	return Span{start, b.text.Len()}
}

// failed reports whether the document cannot be finished any more: it grew too
// large, or its time is over. Readers ask before each piece of work, which also
// shows that they get on.
func (b *builder) failed() bool {
	b.watch.alive()
	if b.err == nil {
		b.err = b.ctx.Err()
	}
	return b.err != nil
}

// document returns what was built. A title of "" means the first heading.
func (b *builder) document(title string) (Document, error) {
	if b.err != nil {
		return Document{}, b.err
	}
	if strings.TrimSpace(title) == "" {
		title = b.title
	}
	return Document{Title: title, Text: b.text.String(), Headings: b.headings}, nil
}

// cleanText brings text to valid UTF-8 in form NFC with \n line ends, opens the
// Latin ligatures that typesetting leaves behind, and removes characters that
// cannot be seen: controls, soft hyphens, direction marks and the like. Hidden
// characters would keep a quote from being found and can carry hidden text.
func cleanText(text string) string {
	if isPlain(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n", "\v", "\n", "\f", "\n",
		"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st").Replace(text)
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u200c' || r == '\u200d': // joiners: Persian and Indic spelling needs them
			return r
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Noncharacter_Code_Point):
			return -1
		}
		return r
	}, text)
	return norm.NFC.String(text)
}

// isPlain reports whether text is printable ASCII with \n line ends, which
// needs no cleaning.
func isPlain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
