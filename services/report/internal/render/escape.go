package render

import (
	"regexp"
	"strings"
)

// What CommonMark and GitHub's extensions would read as markup. Everything else
// is left as it stands, so that text without markup can be read, searched and
// compared in the Markdown itself.
var (
	// inline are characters or short runs that mean something wherever they are.
	inline = regexp.MustCompile("`|~~|\\\\(?:[!-/:-@\\[-`{-~]|$)|<[A-Za-z/!?]|&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);|\\$")
	// opening are what begins a block, a table's line among them, at the start of a line.
	opening = regexp.MustCompile(`^(?:[#>+=|:-]|\[[ xX]\])`)
	// numbered is an ordered list's marker.
	numbered = regexp.MustCompile(`^(\d{1,9})([.)])(\s|$)`)
	// emphasis is a run of stars or underscores.
	emphasis = regexp.MustCompile(`\*+|_+`)
	// address is what GitHub's extensions make a link of although nobody marked it as one:
	// a source must not lead a reader anywhere. The groups surround where it is broken.
	address = regexp.MustCompile(`(?i)(:)(//)|(\bwww)(\.)|([\w.+-])(@\w)`)
	// bracket is a bracket that a link or a footnote may be made of.
	bracket = regexp.MustCompile(`\](?:\(|\[|:)|\[\^`)
)

// escape writes text as one line of Markdown that reads back as the text, with its white
// space made plain. Only what would be markup gets a backslash.
func escape(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text = inline.ReplaceAllStringFunc(text, func(s string) string {
		if s == "~~" {
			return `\~\~`
		}
		return `\` + s
	})
	text = escapeEmphasis(text)
	text = address.ReplaceAllString(text, `$1$3$5\$2$4$6`)
	text = bracket.ReplaceAllStringFunc(text, func(s string) string { return `\` + s })
	if m := numbered.FindStringSubmatchIndex(text); m != nil {
		return text[:m[3]] + `\` + text[m[3]:]
	}
	if opening.MatchString(text) {
		return `\` + text
	}
	return text
}

// escapeEmphasis escapes runs of stars and underscores, but for those between
// spaces, and underscores inside a word, which mean nothing.
func escapeEmphasis(text string) string {
	var out strings.Builder
	last := 0
	for _, m := range emphasis.FindAllStringIndex(text, -1) {
		out.WriteString(text[last:m[0]])
		last = m[1]
		run := text[m[0]:m[1]]
		before, after := byteAt(text, m[0]-1), byteAt(text, m[1])
		alone := before == ' ' && after == ' '
		inWord := run[0] == '_' && isAlphanumeric(before) && isAlphanumeric(after)
		if alone || inWord {
			out.WriteString(run)
			continue
		}
		for _, sign := range run {
			out.WriteByte('\\')
			out.WriteRune(sign)
		}
	}
	out.WriteString(text[last:])
	return out.String()
}

// byteAt returns a byte of text, or 0 outside of it.
func byteAt(text string, at int) byte {
	if at < 0 || at >= len(text) {
		return 0
	}
	return text[at]
}

// isAlphanumeric reports whether a byte is an ASCII letter or digit.
func isAlphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// unescape takes the backslashes out again.
func unescape(markdown string) string {
	return escaped.ReplaceAllString(markdown, "$1")
}

// escaped is a backslash before the punctuation that it protects.
var escaped = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
