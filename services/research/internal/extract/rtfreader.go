package extract

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// rtfReader follows the groups of an RTF file.
type rtfReader struct {
	b      *builder
	out    *rtfWriter
	states []rtfState // groups that have begun, the innermost last

	bytes    []byte // characters that are not decoded yet, in the font's code page
	high     rune   // the first half of a surrogate pair, 0 if none waits
	atStart  bool   // a group has just begun
	skip     int    // characters to skip, which stand in for the last \u
	codePage int    // of fonts that have none
	fonts    map[int]int
	styles   map[int]int // levels of the headings by style

	captured strings.Builder // text of a destination that is kept
	info     map[string]string
	created  string
	margins  []string
}

// rtfState is what a group inherits from the one around it.
type rtfState struct {
	dest     string // where text goes: "" is the document
	optional bool   // \* was seen: an unknown destination may be skipped
	font     int
	fallback int // characters that stand in for one of Unicode
	hidden   bool
	style    int // in the style sheet: the style that is defined
	level    int // and the level of its headings
	flow     bool
}

// newRTFReader returns a reader that adds to b.
func newRTFReader(b *builder) *rtfReader {
	return &rtfReader{b: b, out: &rtfWriter{b: b}, codePage: 1252, fonts: map[int]int{}, styles: map[int]int{}, info: map[string]string{}}
}

// state returns the innermost group's state.
func (r *rtfReader) state() *rtfState {
	if len(r.states) == 0 {
		r.states = append(r.states, rtfState{fallback: 1, style: -1})
	}
	return &r.states[len(r.states)-1]
}

// begin begins a group.
func (r *rtfReader) begin() {
	r.flush()
	next := *r.state()
	next.optional, next.flow = false, false
	r.states = append(r.states, next)
	r.skip = 0
}

// end ends the innermost group, and what it holds if it was a destination.
func (r *rtfReader) end() {
	r.flush()
	s := *r.state()
	r.states = r.states[:len(r.states)-1]
	outer := ""
	if len(r.states) > 0 {
		outer = r.state().dest
	}
	switch {
	case s.flow:
		r.endParagraph()
		r.endFlow(s.dest)
	case s.dest == "stylesheet" && s.style >= 0:
		r.defineStyle(s)
	case s.dest != outer && s.dest != "skip" && s.dest != "fonttbl" && s.dest != "stylesheet":
		r.info[s.dest] += r.captured.String()
		r.captured.Reset()
	case s.dest == "fonttbl":
		r.captured.Reset()
	}
	r.skip = 0
}

// endFlow ends what stands apart from the running text.
func (r *rtfReader) endFlow(dest string) {
	text := r.out.endFlow()
	switch {
	case text == "":
	case dest == "footnote":
		r.out.notes = append(r.out.notes, text)
	case dest == "annotation":
		by := "Comment: "
		if author := strings.TrimSpace(r.info["atnauthor"]); author != "" {
			by = "Comment by " + author + ": "
		}
		delete(r.info, "atnauthor")
		r.out.notes = append(r.out.notes, by+text)
	case strings.Trim(text, "0123456789 -–/|") != "":
		for _, seen := range r.margins {
			if seen == text {
				return
			}
		}
		r.margins = append(r.margins, text)
	}
}

// defineStyle notes whether a style makes headings.
func (r *rtfReader) defineStyle(s rtfState) {
	name := strings.TrimSuffix(strings.TrimSpace(r.captured.String()), ";")
	r.captured.Reset()
	if m := headingName.FindStringSubmatch(name); m != nil {
		r.styles[s.style] = int(m[1][0] - '0')
	} else if s.level > 0 {
		r.styles[s.style] = s.level
	}
	r.state().style = -1
}

// text takes decoded characters.
func (r *rtfReader) text(s string) {
	r.flush()
	r.write(s)
}

// write hands characters to where the group puts them.
func (r *rtfReader) write(s string) {
	state := r.state()
	switch state.dest {
	case "", "footnote", "annotation", "margin", "listtext":
		if !state.hidden {
			r.out.write(s, state.dest == "listtext")
		}
	case "skip":
	default:
		if r.captured.Len() < maxTitle*8 {
			r.captured.WriteString(s)
		}
	}
}

// byte takes a character in the code page of the font.
func (r *rtfReader) byte(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	r.bytes = append(r.bytes, c)
}

// unicode takes a character given by its number, which is signed and half of a
// pair above 0xffff.
func (r *rtfReader) unicode(n int) {
	if len(r.bytes) > 0 {
		r.flush()
	}
	c := rune(uint16(n))
	switch {
	case utf16.IsSurrogate(c) && c < 0xdc00:
		if r.high != 0 {
			r.write("\ufffd")
		}
		r.high = c
	case utf16.IsSurrogate(c):
		if r.high == 0 {
			r.write("\ufffd")
		} else {
			r.write(string(utf16.DecodeRune(r.high, c)))
		}
		r.high = 0
	default:
		if r.high != 0 {
			r.write("\ufffd")
			r.high = 0
		}
		if c >= 0xf000 && c <= 0xf0ff { // a sign of a symbol font
			c = '•'
		}
		r.write(string(c))
	}
	r.skip = r.state().fallback
}

// flush decodes the characters that wait for it.
func (r *rtfReader) flush() {
	if r.high != 0 {
		r.high = 0
		r.write("\ufffd")
	}
	if len(r.bytes) == 0 {
		return
	}
	page, found := r.fonts[r.state().font]
	if !found {
		page = r.codePage
	}
	raw := r.bytes
	r.bytes = nil
	r.write(decodeCodePage(raw, page))
}

// endParagraph ends a paragraph of the flow that is being read.
func (r *rtfReader) endParagraph() { r.out.endParagraph() }

// stamp notes when the document was created.
func (r *rtfReader) stamp(word string, value int) {
	if r.state().dest != "creatim" {
		return
	}
	switch word {
	case "yr":
		r.created = fmt.Sprintf("%04d", value)
	case "mo", "dy":
		r.created += fmt.Sprintf("-%02d", value)
	}
}
