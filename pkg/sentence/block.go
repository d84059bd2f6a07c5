package sentence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// shortLine is the share of a paragraph's longest line under which a line that
// is followed by a capital is taken to have been ended by its author, not by
// the width of the page.
const shortLine = 0.55

// line is one line of a text: where it is and what its shape says.
type line struct {
	Span
	marker int // length of the list marker at its start, 0 if none
	row    bool
}

// blocks cuts text at every line break that surely ends a sentence. What is
// left between two cuts may still hold line breaks, which are then mere spaces.
func blocks(text string) []Span {
	var out []Span
	for start := 0; start < len(text); {
		var paragraph []line
		longest := 0
		for start < len(text) {
			l := nextLine(text, start)
			start = l.End + 1
			if trimmed := trim(text, l.Span); trimmed.Start == trimmed.End {
				break // a blank line
			}
			paragraph = append(paragraph, l)
			longest = max(longest, l.End-l.Start)
		}
		out = appendBlocks(out, text, paragraph, longest)
	}
	return out
}

// nextLine reads the line that begins at start; its End is the offset of the
// line feed or the end of text.
func nextLine(text string, start int) line {
	end := len(text)
	if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
		end = start + n
	}
	body := text[start:end]
	return line{
		Span:   Span{start, end},
		marker: markerLength(body),
		row:    strings.Contains(strings.TrimSpace(body), "\t") || strings.Contains(body, " | "),
	}
}

// appendBlocks joins the lines of one paragraph into blocks.
func appendBlocks(out []Span, text string, lines []line, longest int) []Span {
	for i, l := range lines {
		if i == 0 || breaksBetween(text, lines[i-1], l, longest) {
			out = append(out, l.Span)
			continue
		}
		out[len(out)-1].End = l.End
	}
	return out
}

// breaksBetween reports whether the line break between a and b, two lines of a
// paragraph whose longest line has longest bytes, ends a sentence.
func breaksBetween(text string, a, b line, longest int) bool {
	if b.marker > 0 || a.row || b.row {
		return true
	}
	if float64(a.End-a.Start) >= shortLine*float64(longest) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(text[b.Start:b.End], unicode.IsSpace))
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRightFunc(text[a.Start:a.End], unicode.IsSpace))
	return !unicode.IsLower(next) && last != ',' && last != '-'
}

// skipMarker returns the offset of the first word of a block: after its leading
// white space and its list marker.
func skipMarker(text string, block Span) int {
	return block.Start + markerLength(text[block.Start:block.End])
}

// markerLength returns the length of the list marker at the start of s with the
// white space around it: a bullet, "3.", "3)", "(3)", "a)" or "(iv)". It is 0
// when s does not begin with one, or when nothing follows it.
func markerLength(s string) int {
	indent := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	rest := s[indent:]
	n := bulletLength(rest)
	if n == 0 {
		n = numberLength(rest)
	}
	after := strings.TrimLeftFunc(rest[n:], unicode.IsSpace)
	if n == 0 || after == "" || len(after) == len(rest)-n {
		return 0
	}
	return len(s) - len(after)
}

// bulletLength returns the length of the bullet sign that s begins with.
func bulletLength(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("-*+•◦▪●○■□‣⁃–—·", r) {
		return size
	}
	return 0
}

// numberLength returns the length of the item number that s begins with. A
// bare letter or numeral counts only with a bracket, for "I. Newton" is a name;
// a year is not an item number either.
func numberLength(s string) int {
	open := strings.HasPrefix(s, "(")
	body := strings.TrimPrefix(s, "(")
	digits := len(body) - len(strings.TrimLeft(body, "0123456789"))
	n := digits
	if n == 0 {
		n = len(body) - len(strings.TrimLeft(body, "ivx"))
	}
	if n == 0 && len(body) > 1 && body[0] >= 'a' && body[0] <= 'z' {
		n = 1
	}
	if n == 0 || digits > 3 || n == len(body) {
		return 0
	}
	bracket := body[n] == ')'
	if !bracket && (open || digits == 0 || body[n] != '.') {
		return 0
	}
	return len(s) - len(body) + n + 1
}
