package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of a line of Markdown.
type token struct {
	// raw is markup as it is written, and text and code as they read.
	raw  string
	kind kind
	// label is set on text inside a link.
	label bool
	// partner is, of a delimiter, the index of the one that it makes a pair with.
	partner int
}

// kind is what a token is.
type kind int

const (
	text kind = iota
	code
	markup
	opener
	closer
)

// line is a line of Markdown in the making, or several with hard breaks between them.
type line []token

// add appends tokens, with the pairs in them.
func (l *line) add(tokens ...token) {
	offset := len(*l)
	for _, t := range tokens {
		t.partner += offset
		*l = append(*l, t)
	}
}

// surround appends tokens in a style. White space at their ends stays outside, where
// delimiters may stand beside it.
func (l *line) surround(delimiter string, inner line) {
	before, after := inner.trim()
	if inner.blank() {
		l.add(token{raw: " "})
		return
	}
	l.add(token{raw: before})
	first := len(*l)
	last := first + len(inner) + 1
	*l = append(*l, token{raw: delimiter, kind: opener, partner: last})
	l.add(inner...)
	*l = append(*l, token{raw: delimiter, kind: closer, partner: first})
	l.add(token{raw: after})
}

// trim takes the white space at both ends of tokens.
func (l line) trim() (before, after string) {
	for i := range l {
		if l[i].raw != "" {
			before = l[i].cut(strings.TrimLeft)
			break
		}
	}
	for i := len(l) - 1; i >= 0; i-- {
		if l[i].raw != "" {
			after = l[i].cut(strings.TrimRight)
			break
		}
	}
	return before, after
}

// cut trims a token that is text, and returns a space if there was something to trim.
func (t *token) cut(trim func(string, string) string) string {
	if t.kind != text {
		return ""
	}
	short := trim(t.raw, " ")
	if short == t.raw {
		return ""
	}
	t.raw = short
	return " "
}

// shown is what stands at the ends of a token.
func (t token) shown() string {
	if t.kind == code {
		return "`"
	}
	return t.raw
}

// blank reports whether nothing but white space is written.
func (l line) blank() bool {
	for _, t := range l {
		if t.kind != text && t.raw != "" || strings.TrimSpace(t.raw) != "" {
			return false
		}
	}
	return true
}

// String writes the tokens.
func (l line) String() string {
	l.settle()
	var out strings.Builder
	for i := 0; i < len(l); i++ {
		if l[i].kind != text && l[i].kind != code {
			out.WriteString(l[i].raw)
			continue
		}
		// Words that a style was taken from between could make markup together, and code
		// beside code would have other ends.
		whole := l[i]
		for i+1 < len(l) && (l[i+1].kind == whole.kind || l[i+1].raw == "") {
			i++
			whole.raw, whole.label = whole.raw+l[i].raw, whole.label || l[i].label
		}
		if whole.kind == code {
			out.WriteString(codeSpan(whole.raw))
			continue
		}
		next := ""
		if i+1 < len(l) && l[i+1].kind == markup {
			next = l[i+1].raw
		}
		out.WriteString(escapeWords(whole.raw, whole.label, next))
	}
	return out.String()
}

// escapeWords escapes text, with what would make a link or a picture of its last
// character and the markup that follows.
func escapeWords(words string, label bool, next string) string {
	var raw string
	if label {
		raw = escapeLabel(plain(words))
	} else {
		raw = escape(plain(words))
	}
	if strings.HasPrefix(next, "[") && (strings.HasSuffix(raw, "!") || strings.HasSuffix(raw, "]")) {
		return raw[:len(raw)-1] + `\` + raw[len(raw)-1:]
	}
	return raw
}

// settle leaves out a style whose delimiters CommonMark would not read as such where
// they stand, inside a word for instance: text must not gain stars.
func (l line) settle() {
	for changed := true; changed; {
		changed = false
		for i, t := range l {
			if t.raw != "" && (t.kind == opener && !l.opens(i) || t.kind == closer && !l.closes(i)) {
				l[i].raw, l[t.partner].raw = "", ""
				changed = true
			}
		}
	}
}

// opens reports whether a delimiter can begin a style, after CommonMark's rules, and no
// other ends right before it.
func (l line) opens(i int) bool {
	previous, before, after := l.around(i, opener)
	return previous != closer && before != tilde(l[i]) && flanks(before, after) &&
		(l[i].raw[0] != '_' || !flanks(after, before) || isPunctuation(before))
}

// closes reports whether a delimiter can end a style.
func (l line) closes(i int) bool {
	_, before, after := l.around(i, closer)
	return before != tilde(l[i]) && flanks(after, before) &&
		(l[i].raw[0] != '_' || !flanks(before, after) || isPunctuation(after))
}

// flanks reports whether a run of delimiters belongs to what is inside of it.
func flanks(outside, inside rune) bool {
	return !unicode.IsSpace(inside) && (!isPunctuation(inside) || unicode.IsSpace(outside) || isPunctuation(outside))
}

// tilde is what must not stand before a delimiter: readers of GitHub's kind count tildes
// without a look at backslashes.
func tilde(t token) rune {
	if t.raw[0] == '~' {
		return '~'
	}
	return utf8.RuneError
}

// around returns the characters before and after the run that a delimiter belongs to,
// spaces at the ends of the line, and what stands before those of its own kind.
func (l line) around(i int, own kind) (previous kind, before, after rune) {
	sign := l[i].raw[0]
	before, after = ' ', ' '
	same := true
	for j := i - 1; j >= 0; j-- {
		if l[j].raw == "" {
			continue
		}
		delimiter := (l[j].kind == opener || l[j].kind == closer) && l[j].raw[0] == sign
		if same && (!delimiter || l[j].kind != own) {
			previous, same = l[j].kind, false
		}
		if !delimiter {
			before, _ = utf8.DecodeLastRuneInString(l[j].shown())
			break
		}
	}
	for j := i + 1; j < len(l); j++ {
		if l[j].raw != "" && (l[j].kind != opener && l[j].kind != closer || l[j].raw[0] != sign) {
			after, _ = utf8.DecodeRuneInString(l[j].shown())
			break
		}
	}
	return previous, before, after
}

// isPunctuation reports whether a character is punctuation to CommonMark.
func isPunctuation(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
