package prose

import (
	"html"
	"strconv"
	"strings"

	goldmark "github.com/yuin/goldmark/renderer/html"
)

// The characters that begin and end placeholders are noncharacters: Unicode promises
// that no text holds them, and to Markdown they are letters like any other.
const (
	valueStart, valueEnd = "\uFDD0", "\uFDD1"
	placeStart, placeEnd = "\uFDD2", "\uFDD3"
)

// Value returns the placeholder of Fill.Values[i].
func Value(i int) string { return valueStart + strconv.Itoa(i) + valueEnd }

// Place returns the placeholder of Fill.Places[i], which ends the paragraph, list or
// quotation before it.
func Place(i int) string { return "\n\n" + placeStart + strconv.Itoa(i) + placeEnd + "\n\n" }

// IsReserved reports whether a character must not stand in a source, since
// placeholders are made of its kind.
func IsReserved(c rune) bool { return 0xFDD0 <= c && c <= 0xFDEF }

// piece is a stretch of a source: text, or the index of a value.
type piece struct {
	text  string
	value int // -1 for text
}

// pieces cuts raw text at the placeholders of values.
func (r *reader) pieces(raw string) []piece {
	var out []piece
	for raw != "" {
		before, rest, found := strings.Cut(raw, valueStart)
		if before != "" {
			out = append(out, piece{before, -1})
		}
		if !found {
			break
		}
		digits, after, _ := strings.Cut(rest, valueEnd)
		if i, err := strconv.Atoi(digits); err == nil && 0 <= i && i < len(r.fill.Values) {
			out = append(out, piece{"", i})
		}
		raw = after
	}
	r.refusePlaces(raw, out)
	return out
}

// refusePlaces stops at the place of a block inside of text: blocks take theirs
// before text is looked at.
func (r *reader) refusePlaces(raw string, in []piece) {
	for _, p := range append(in, piece{raw, -1}) {
		if _, rest, found := strings.Cut(p.text, placeStart); found {
			digits, _, _ := strings.Cut(rest, placeEnd)
			place, _ := strconv.Atoi(digits)
			panic(stopped{&MisplacedError{place}})
		}
	}
}

// plain returns raw text with the values' text in it, as it stands in code.
func (r *reader) plain(raw string, resolve func(string) string) string {
	var out strings.Builder
	for _, p := range r.pieces(raw) {
		if p.value < 0 {
			out.WriteString(resolve(p.text))
		} else {
			out.WriteString(Plain(r.fill.Values[p.value]))
		}
	}
	return out.String()
}

// asIs is text in which nothing is escaped.
func asIs(raw string) string { return strings.ReplaceAll(raw, "\x00", "\uFFFD") }

// unescaped resolves backslashes and character references.
func unescaped(raw string) string {
	if !strings.ContainsAny(raw, "\\&\x00") {
		return raw
	}
	var out writer
	goldmark.DefaultWriter.Write(&out, []byte(raw)) // as HTML, with references of its own
	return strings.Map(func(c rune) rune {
		if IsReserved(c) {
			return '\uFFFD' // written as a reference, to look like a placeholder
		}
		return c
	}, html.UnescapeString(out.String()))
}

// writer makes a string builder of what goldmark writes to.
type writer struct{ strings.Builder }

// Available implements util.BufWriter.
func (*writer) Available() int { return 0 }

// Buffered implements util.BufWriter.
func (*writer) Buffered() int { return 0 }

// Flush implements util.BufWriter.
func (*writer) Flush() error { return nil }
