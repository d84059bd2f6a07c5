package typeset

import (
	"unicode"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// look is how a piece of text looks and where it leads.
type look struct {
	style  fonts.Style
	size   float64
	color  pdf.Color
	strike bool
	code   bool
	link   *link
}

// link is where a piece of text leads.
type link struct {
	url, place, contents string
	// element is that of the structure; it is added when the first piece is drawn.
	element *pdf.Element
}

// content is text with how it looks: one paragraph.
type content struct {
	runes []rune
	spans []span
	// shaped is what has been found out about its glyphs; then no more may be added.
	shaped *shaped
}

// span is how the text up to a rune looks.
type span struct {
	end  int
	look look
}

// plain returns a content that looks the same all over.
func plain(s string, l look) *content {
	c := new(content)
	c.add(s, l)
	return c
}

// add adds text as it stands. What breaks lines is a space in it, control characters
// and what is no Unicode text are U+FFFD, as the characters themselves would be lost
// or worse in the programs that read the file. What turns the direction of writing is
// turned back at the end, so that it concerns this text only.
func (c *content) add(s string, l look) {
	if s == "" {
		return
	}
	var turned turns
	for _, r := range s {
		r = cleaned(r)
		if turned.note(r) {
			c.runes = append(c.runes, r)
		}
	}
	c.runes = append(c.runes, turned.back()...)
	c.end(l)
}

// end says how what was added looks.
func (c *content) end(l look) {
	if n := len(c.spans); n > 0 && c.spans[n-1].look == l {
		c.spans[n-1].end = len(c.runes)
		return
	}
	c.spans = append(c.spans, span{end: len(c.runes), look: l})
}

// space adds a space that lines do not end at, unless there is one already.
func (c *content) space(l look) {
	if n := len(c.runes); n > 0 && !unicode.IsSpace(c.runes[n-1]) {
		c.runes = append(c.runes, '\u00a0')
		c.end(l)
	}
}

// blank reports whether there is nothing to be seen.
func (c *content) blank() bool {
	for _, r := range c.runes {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// cleaned returns what is written for a character.
func cleaned(r rune) rune {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', 0x85, 0x2028, 0x2029:
		return ' '
	}
	// The last two characters of every plane are none.
	if unicode.IsControl(r) || r&0xfffe == 0xfffe {
		return unicode.ReplacementChar
	}
	return r
}

// turns are the characters that turned the direction of writing and were not turned
// back yet.
type turns []rune

const (
	popEmbedding, popIsolate = '\u202c', '\u2069'
	// deepest is how many turns inside each other are heeded, as by the algorithm.
	deepest = 60
)

// note notes a character and reports whether it is written: what turns back what this
// text has not turned is not.
func (t *turns) note(r rune) bool {
	last := func() rune {
		if len(*t) == 0 {
			return 0
		}
		return (*t)[len(*t)-1]
	}
	switch r {
	case '\u202a', '\u202b', '\u202d', '\u202e':
		if len(*t) == deepest {
			return false
		}
		*t = append(*t, popEmbedding)
	case '\u2066', '\u2067', '\u2068':
		if len(*t) == deepest {
			return false
		}
		*t = append(*t, popIsolate)
	case popEmbedding, popIsolate:
		if last() != r {
			return false
		}
		*t = (*t)[:len(*t)-1]
	}
	return true
}

// back returns what turns back everything, the last first.
func (t *turns) back() []rune {
	back := make([]rune, 0, len(*t))
	for i := len(*t) - 1; i >= 0; i-- {
		back = append(back, (*t)[i])
	}
	return back
}

// shorten returns the first runes of a text, with an ellipsis where it is cut.
func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	cut := most
	for i := most; i > most*2/3; i-- {
		if unicode.IsSpace(runes[i]) {
			cut = i
			break
		}
	}
	return string(runes[:cut]) + "…"
}
