package typeset

import (
	"sort"
	"unicode"

	"github.com/go-text/typesetting/bidi"

	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// textLine is a line of a paragraph.
type textLine struct {
	of         *shaped
	start, end int // of its runes, with the spaces it ends with
	// parts are its glyphs from left to right.
	parts []part
	// width is how wide it is without the spaces it ends with; hanging is how wide
	// these are.
	width, hanging float64
	// size is that of the largest type in it.
	size float64
}

// part is glyphs of one run.
type part struct {
	run        *run
	start, end int // of its runes
	glyphs     []glyph
	level      bidi.Level
}

// lines breaks a paragraph into lines of a width. A word that is wider than a line is
// broken wherever it must be; every line holds something, however narrow it is.
func (p *shaped) lines(width float64) []textLine {
	var lines []textLine
	for start := 0; start < len(p.runes); {
		end := p.lineEnd(start, width)
		lines = append(lines, p.line(start, end))
		start = end
	}
	return lines
}

// lineEnd returns where a line that begins at start ends.
func (p *shaped) lineEnd(start int, width float64) int {
	used, best, fits := 0.0, 0, 0
	for i := start; i < len(p.runes); i++ {
		if p.widths[i] > 0 {
			used += float64(p.widths[i])
		}
		// Spaces at the end of a line hang over its edge.
		if used > width+0.01 && !unicode.IsSpace(p.runes[i]) {
			switch {
			case best > start:
				return best
			case fits > start:
				return fits
			}
		}
		if i+1 == len(p.runes) || p.widths[i+1] >= 0 {
			fits = i + 1
			if p.ends[i] {
				best = i + 1
			}
			if used > width+0.01 && best <= start && !unicode.IsSpace(p.runes[i]) {
				return fits
			}
		}
	}
	return len(p.runes)
}

// line returns the line of some runes.
func (p *shaped) line(start, end int) textLine {
	l := textLine{of: p, start: start, end: end}
	trimmed := end
	for trimmed > start && unicode.IsSpace(p.runes[trimmed-1]) {
		trimmed--
	}
	first := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].end > start })
	for i := first; i < len(p.runs) && p.runs[i].start < end; i++ {
		r := &p.runs[i]
		l.size = max(l.size, r.look.size)
		from, to := max(r.start, start), min(r.end, end)
		if from < min(to, trimmed) {
			l.add(r, from, min(to, trimmed), r.level)
		}
		if to > max(from, trimmed) {
			// Spaces at the end go where the paragraph's direction has its end.
			base := bidi.Level(0)
			if p.rtl {
				base = 1
			}
			l.add(r, max(from, trimmed), to, base)
		}
	}
	for i := start; i < end; i++ {
		if p.widths[i] <= 0 {
			continue
		}
		if i < trimmed {
			l.width += float64(p.widths[i])
		} else {
			l.hanging += float64(p.widths[i])
		}
	}
	readable.Reorder(l.parts, func(p part) bidi.Level { return p.level })
	return l
}

// add adds the glyphs of some runes of a run.
func (l *textLine) add(r *run, from, to int, level bidi.Level) {
	var first, last int
	if r.rtl() {
		first = sort.Search(len(r.glyphs), func(i int) bool { return int(r.glyphs[i].cluster) < to })
		last = sort.Search(len(r.glyphs), func(i int) bool { return int(r.glyphs[i].cluster) < from })
	} else {
		first = sort.Search(len(r.glyphs), func(i int) bool { return int(r.glyphs[i].cluster) >= from })
		last = sort.Search(len(r.glyphs), func(i int) bool { return int(r.glyphs[i].cluster) >= to })
	}
	l.parts = append(l.parts, part{run: r, start: from, end: to, glyphs: r.glyphs[first:last], level: level})
}

// natural returns how wide a paragraph is on one line, and how wide its widest word.
func (p *shaped) natural() (whole, word float64) {
	current := 0.0
	for i, w := range p.widths {
		w = max(w, 0)
		whole += float64(w)
		if !unicode.IsSpace(p.runes[i]) {
			current += float64(w)
			word = max(word, current)
		}
		if p.ends[i] {
			current = 0
		}
	}
	return whole, word
}
