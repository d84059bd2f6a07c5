package template

import (
	"strings"
)

// pieceKind is what a stretch of the source is.
type pieceKind int

const (
	textPiece pieceKind = iota
	printPiece
	tagPiece
	commentPiece
)

// piece is a stretch of the source: text, or what stands between the signs of a tag.
type piece struct {
	kind  pieceKind
	text  string
	at    int  // where text begins in the source
	alone bool // of a tag or a comment: there is nothing else on its lines
}

// end is the sign that a tag ends with. Each begins with two characters, too.
func (k pieceKind) end() string {
	switch k {
	case printPiece:
		return "}}"
	case tagPiece:
		return "%}"
	case commentPiece:
		return "#}"
	case textPiece:
	}
	return ""
}

// scan cuts the source into pieces.
func (p *parser) scan() []piece {
	var out []piece
	text, tags := p.source.text, 0
	for at := 0; at < len(text); {
		begin, kind := nextTag(text, at)
		if begin > at {
			out = append(out, piece{kind: textPiece, text: text[at:begin], at: at})
		}
		if kind == textPiece {
			break
		}
		sign := kind.end()
		end := closing(text, begin+2, kind)
		if end < 0 {
			p.fail(begin, "this tag has no end: %s is missing", sign)
			break
		}
		out = append(out, piece{kind: kind, text: text[begin+2 : end], at: begin + 2})
		if tags++; tags > MaxTags {
			p.fail(begin, "there are more than %d tags", MaxTags)
			break
		}
		at = end + len(sign)
	}
	markAlone(out)
	trimLines(out)
	return out
}

// nextTag returns where the next tag begins, and its kind; textPiece at the end.
func nextTag(text string, from int) (int, pieceKind) {
	for at := from; at+1 < len(text); at++ {
		if text[at] != '{' {
			continue
		}
		switch text[at+1] {
		case '{':
			return at, printPiece
		case '%':
			return at, tagPiece
		case '#':
			return at, commentPiece
		}
	}
	return len(text), textPiece
}

// closing returns where a tag's end begins, or -1. Signs in strings and in the brackets
// of an expression are no end; where brackets or strings stay open, the first sign is.
func closing(text string, from int, kind pieceKind) int {
	sign := kind.end()
	first := strings.Index(text[from:], sign)
	if first < 0 {
		return -1
	}
	if kind == commentPiece {
		return from + first
	}
	depth := 0
	for at := from; at < len(text); {
		if depth <= 0 && strings.HasPrefix(text[at:], sign) {
			return at
		}
		switch text[at] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '"', '\'':
			at = skipString(text, at)
			continue
		}
		at++
	}
	return from + first
}

// skipString returns where a string of CEL ends, given where its quotes begin.
func skipString(text string, at int) int {
	quote := text[at : at+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(text[at:], triple) {
		quote = triple
	}
	raw := at > 0 && (text[at-1] == 'r' || text[at-1] == 'R')
	for at += len(quote); at < len(text); at++ {
		switch {
		case strings.HasPrefix(text[at:], quote):
			return at + len(quote)
		case text[at] == '\\' && !raw:
			at++
		case text[at] == '\n' && len(quote) == 1:
			return at // strings of one quote end with the line
		}
	}
	return len(text)
}

// markAlone finds the tags and comments that stand on lines of their own, together with
// nothing but others of them.
func markAlone(pieces []piece) {
	for from := 0; from < len(pieces); {
		// A stretch of pieces from the end of one line of text to the end of another.
		to := from
		for to < len(pieces) && (pieces[to].kind != textPiece || !strings.Contains(pieces[to].text, "\n")) {
			to++
		}
		before, after := "", ""
		if from > 0 {
			before = pieces[from-1].text
		}
		if to < len(pieces) {
			after = pieces[to].text
		}
		alone := blank(before[strings.LastIndexByte(before, '\n')+1:])
		if line, _, _ := strings.Cut(after, "\n"); !blank(line) {
			alone = false
		}
		for _, q := range pieces[from:to] {
			alone = alone && q.kind != printPiece && (q.kind != textPiece || blank(q.text))
		}
		for i := from; i < to; i++ {
			pieces[i].alone = alone && pieces[i].kind != textPiece
		}
		from = to + 1
	}
}

// trimLines takes the rest of their lines away from tags that are alone on them, so
// that loops and conditions leave no empty lines in lists and tables.
func trimLines(pieces []piece) {
	for i := range pieces {
		q := &pieces[i]
		if q.kind != textPiece {
			continue
		}
		if i > 0 && pieces[i-1].alone {
			rest := strings.TrimLeft(q.text, " \t\r")
			if rest == "" || rest[0] == '\n' {
				rest = strings.TrimPrefix(rest, "\n")
				q.at += len(q.text) - len(rest)
				q.text = rest
			}
		}
		if i+1 < len(pieces) && pieces[i+1].alone {
			q.text = strings.TrimRight(q.text, " \t\r")
		}
	}
}

// blank reports whether a piece of a line shows nothing.
func blank(s string) bool { return strings.Trim(s, " \t\r") == "" }
