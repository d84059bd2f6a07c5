package typeset

import (
	"unicode"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/segmenter"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	unibidi "golang.org/x/text/unicode/bidi"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
)

// em is the size at which text is shaped, whatever its size will be.
const em = 1000

// longestRun is how many runes are shaped at once; the shaper's memory is several
// hundred bytes for each.
const longestRun = 4000

// glyph is a glyph as it was shaped, in thousandths of the size of type.
type glyph struct {
	id              uint16
	advance, dx, dy float32
	cluster         int32 // the first rune that it stands for
}

// run is a piece of a paragraph in one font, direction and look.
type run struct {
	start, end int
	level      bidi.Level
	look       *look
	runesOf    []rune // of the whole paragraph
	choice     fonts.Choice
	script     language.Script
	glyphs     []glyph
}

func (r *run) rtl() bool { return r.level%2 == 1 }

// shaped is a paragraph whose glyphs are known.
type shaped struct {
	runes []rune
	runs  []run
	rtl   bool
	// widths is how wide every cluster is, at its first rune; -1 at the others. ends
	// says after which runes a line may end.
	widths []float32
	ends   []bool
}

// shaper turns text into glyphs. It belongs to one goroutine and is used again, for
// what it remembers of fonts is dear.
type shaper struct {
	fonts     *fonts.Set
	harfbuzz  shaping.HarfbuzzShaper
	segmenter segmenter.Segmenter
	bidi      bidi.Paragraph
	faces     map[*fonts.Font]*font.Face
	choices   map[uint64]fonts.Choice
	// language is that of the document, rtl whether it is written from right to left.
	language language.Language
	rtl      bool
	err      error
}

func newShaper(set *fonts.Set) *shaper {
	return &shaper{fonts: set, faces: map[*fonts.Font]*font.Face{}, choices: map[uint64]fonts.Choice{}}
}

// shape finds the glyphs of a paragraph. What goes wrong stays in err.
func (s *shaper) shape(c *content) *shaped {
	if c.shaped != nil {
		return c.shaped
	}
	p := &shaped{runes: c.runes, rtl: direction(c.runes, s.rtl)}
	s.split(c, p)
	for i := range p.runs {
		s.glyphs(p, &p.runs[i])
	}
	p.measure()
	s.breaks(p)
	c.shaped = p
	return p
}

// direction returns whether a paragraph is written from right to left: as its first
// letter is, or as the document where it has none.
func direction(runes []rune, rtl bool) bool {
	isolated := 0
	for _, r := range runes {
		properties, _ := unibidi.LookupRune(r)
		switch properties.Class() {
		case unibidi.LRI, unibidi.RLI, unibidi.FSI:
			isolated++
		case unibidi.PDI:
			isolated = max(isolated-1, 0)
		case unibidi.L:
			if isolated == 0 {
				return false
			}
		case unibidi.R, unibidi.AL:
			if isolated == 0 {
				return true
			}
		default:
		}
	}
	return rtl
}

// split splits a paragraph wherever the direction, the look, the script or the font
// changes.
func (s *shaper) split(c *content, p *shaped) {
	preset := bidi.LeftToRight
	if p.rtl {
		preset = bidi.RightToLeft
	}
	directions := s.bidi.Segment(c.runes, preset)
	span := 0
	for i := range directions.NumRuns() {
		d := directions.Run(i)
		for at := d.Start; at < d.End; {
			for c.spans[span].end <= at {
				span++
			}
			end := min(d.End, c.spans[span].end)
			s.splitByFont(p, run{start: at, end: end, level: d.Level, look: &c.spans[span].look, runesOf: c.runes})
			at = end
		}
	}
}

// splitByFont splits a run wherever the script or the font changes.
func (s *shaper) splitByFont(p *shaped, whole run) {
	current := whole
	current.script = language.Common
	for i := whole.start; i < whole.end; i++ {
		r := p.runes[i]
		script := language.LookupScript(r)
		fresh := i == current.start
		if !script.Strong() {
			script = current.script
		}
		choice := current.choice
		if fresh || !s.sticks(r, choice) {
			choice = s.choose(r, whole.look.style)
		}
		same := choice == current.choice && (script == current.script || current.script == language.Common)
		if !fresh && (!same || i-current.start == longestRun) {
			current.end = i
			p.runs = append(p.runs, current)
			current.start = i
		}
		current.choice, current.script = choice, script
	}
	current.end = whole.end
	p.runs = append(p.runs, current)
}

// sticks reports whether a character is set in the font of what stands before it:
// marks are, for else they would not find their letter, and so are spaces.
func (s *shaper) sticks(r rune, before fonts.Choice) bool {
	switch {
	case before.Missing:
		return false
	case r == '\u200d' || unicode.Is(unicode.Variation_Selector, r):
		return true
	case r == ' ' || unicode.In(r, unicode.Mn, unicode.Me):
		_, has := before.Font.NominalGlyph(r)
		return has
	}
	return false
}

// choose returns the font for a character.
func (s *shaper) choose(r rune, style fonts.Style) fonts.Choice {
	// Enough for every document of people; made-up ones must not fill the memory.
	const most = 1 << 14
	key := uint64(r)<<8 | uint64(style)
	if choice, known := s.choices[key]; known {
		return choice
	}
	choice, err := s.fonts.Choose(r, style)
	if err != nil && s.err == nil {
		s.err = err
	}
	if len(s.choices) == most {
		clear(s.choices)
	}
	s.choices[key] = choice
	return choice
}

// glyphs finds the glyphs of a run.
func (s *shaper) glyphs(p *shaped, r *run) {
	if s.err != nil {
		return
	}
	if r.choice.Missing {
		s.boxes(p, r)
		return
	}
	face := s.faces[r.choice.Font]
	if face == nil {
		face = font.NewFace(r.choice.Font.Font)
		s.faces[r.choice.Font] = face
	}
	toward := di.DirectionLTR
	if r.rtl() {
		toward = di.DirectionRTL
	}
	out := s.harfbuzz.ShapeNoExtents(shaping.Input{
		Text: p.runes, RunStart: r.start, RunEnd: r.end, Direction: toward, Face: face, Size: fixed.I(em),
		Script: r.script, Language: s.language,
	})
	space, _ := face.NominalGlyph(' ')
	// Measures are in 64ths of a thousandth of the size of type.
	scale := float32(r.look.size*r.choice.Font.Scale) / em / 64
	r.glyphs = make([]glyph, len(out.Glyphs))
	for i, g := range out.Glyphs {
		id := g.GlyphID
		if id == font.EmptyGlyph || id == space && g.Advance == 0 {
			id = pdf.Blank
		}
		r.glyphs[i] = glyph{
			id: uint16(id), advance: float32(g.Advance) * scale, dx: float32(g.XOffset) * scale, dy: float32(g.YOffset) * scale,
			cluster: int32(g.TextIndex()),
		}
	}
}

// boxes makes room for characters that no font has: each becomes a box with its
// number.
func (s *shaper) boxes(p *shaped, r *run) {
	for i := r.start; i < r.end; i++ {
		at := i
		if r.rtl() {
			at = r.end - 1 - (i - r.start)
		}
		r.glyphs = append(r.glyphs, glyph{id: pdf.Blank, advance: float32(boxWidth(p.runes[at]) * r.look.size), cluster: int32(at)})
	}
}

// measure notes how wide every cluster is.
func (p *shaped) measure() {
	p.widths = make([]float32, len(p.runes))
	for i := range p.widths {
		p.widths[i] = -1
	}
	for i := range p.runs {
		for _, g := range p.runs[i].glyphs {
			p.widths[g.cluster] = max(p.widths[g.cluster], 0) + g.advance
		}
	}
}

// breaks notes where lines may end.
func (s *shaper) breaks(p *shaped) {
	p.ends = make([]bool, len(p.runes))
	s.segmenter.Init(p.runes)
	for lines := s.segmenter.LineIterator(); lines.Next(); {
		found := lines.Line()
		if end := found.Offset + len(found.Text); end > 0 {
			p.ends[end-1] = true
		}
	}
}
