package markdown

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What CommonMark and GitHub's extensions would read as markup. Everything else
// is left as it stands, so that text without markup can be read, searched and
// compared in the Markdown itself.
var (
	// inline are characters or short runs that mean something wherever they are.
	inline = regexp.MustCompile("`|<[A-Za-z/!?]|&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);|\\$")
	// opening are what begins a block, a table's line among them, at the start of a line.
	opening = regexp.MustCompile(`^(?:[#>+=|:-]|\[[ xX]\])`)
	// numbered is an ordered list's marker.
	numbered = regexp.MustCompile(`^(\d{1,9})([.)])(\s|$)`)
	// lone are signs that stand alone, and begin a list, a rule or a block of code there.
	lone = regexp.MustCompile(`^(?:\*+|_+|~+)(?: |$)`)
	// emphasis is a run of stars, underscores or tildes.
	emphasis = regexp.MustCompile(`\*+|_+|~+`)
	// definition is what a place for links is defined by; code in it does not matter.
	definition = regexp.MustCompile(`^\[(?:[^\[\]\\]|\\.)*\]:`)
	// www and mail are what GitHub's extensions make a link of, as they do of `://`, although
	// nobody marked it as one: a source must not lead a reader anywhere.
	www  = regexp.MustCompile(`(?i)((?:\b|_)www)\.`)
	mail = regexp.MustCompile(`(^|\S)@(\w)`)
	// label are brackets inside the text of a link.
	label = regexp.MustCompile(`[\[\]]`)
)

// escape writes a piece of running text so that it reads back as it is, with its white
// space made plain. Only what would be markup gets a backslash.
func escape(text string) string {
	// Most text has none of it; expressions are slow to find that out.
	text = escapeBackslashes(text)
	if strings.ContainsAny(text, "`<&$") {
		text = inline.ReplaceAllStringFunc(text, func(s string) string { return `\` + s })
	}
	if strings.ContainsAny(text, "*_~") {
		text = escapeEmphasis(text)
	}
	text = strings.ReplaceAll(text, "://", `:\//`)
	if strings.Contains(strings.ToLower(text), "www.") {
		text = www.ReplaceAllString(text, `$1\.`)
	}
	if strings.Contains(text, "@") {
		text = mail.ReplaceAllString(text, `$1\@$2`)
	}
	return escapeBrackets(text)
}

// escapeBrackets breaks what links and footnotes are made of, after the bracket, so that
// pairs of brackets stay whole.
func escapeBrackets(text string) string {
	var out strings.Builder
	for i := range len(text) {
		c, after := text[i], byteAt(text, i+1)
		if byteAt(text, i-1) == ']' && (c == '(' || c == '[' || c == ':') || c == '[' && after == '^' {
			out.WriteByte('\\')
		}
		out.WriteByte(c)
	}
	return out.String()
}

// escapeBackslashes doubles the backslashes that would protect what follows them.
func escapeBackslashes(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		out.WriteByte(text[i])
		if text[i] == '\\' && (i+1 == len(text) || strings.IndexByte(punctuation, text[i+1]) >= 0) {
			out.WriteByte('\\')
		}
	}
	return out.String()
}

// punctuation is what a backslash can protect.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// escapeLabel writes text that stands inside a link as escape does, and so that it does
// not end the link's text.
func escapeLabel(text string) string {
	parts := label.Split(text, -1)
	brackets := label.FindAllString(text, -1)
	var out strings.Builder
	for i, part := range parts {
		out.WriteString(escape(part))
		if i < len(brackets) {
			out.WriteString(`\` + brackets[i])
		}
	}
	return out.String()
}

// escapeStart escapes what would begin a block at the start of a line.
func escapeStart(line string) string {
	if m := numbered.FindStringSubmatchIndex(line); m != nil {
		return line[:m[3]] + `\` + line[m[3]:]
	}
	if opening.MatchString(line) {
		return `\` + line
	}
	if run := lone.FindString(line); run != "" {
		return `\` + strings.Join(strings.Split(strings.TrimSpace(run), ""), `\`) + line[len(strings.TrimSpace(run)):]
	}
	return line
}

// escapeEmphasis escapes runs of stars, underscores and tildes, but for those between
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

// plain makes each run of white space one space, at the ends, too.
func plain(text string) string {
	out := strings.Join(strings.Fields(text), " ")
	if out == "" {
		if text == "" {
			return ""
		}
		return " "
	}
	if first, _ := utf8.DecodeRuneInString(text); unicode.IsSpace(first) {
		out = " " + out
	}
	if last, _ := utf8.DecodeLastRuneInString(text); unicode.IsSpace(last) {
		out += " "
	}
	return out
}

// unescape takes the backslashes out again.
func unescape(markdown string) string {
	return escaped.ReplaceAllString(markdown, "$1")
}

// escaped is a backslash before the punctuation that it protects.
var escaped = regexp.MustCompile("\\\\([!-/:-@\\[-`{-~])")
