package docx

import reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"

// Lengths are in twips, the twentieths of a point that Word counts in.
const twip = 20

// page is the paper and what it leaves free.
type page struct {
	width, height, side, top int
}

// text returns how wide text is.
func (p page) text() int { return p.width - 2*p.side }

// turned returns the paper in landscape, with narrower margins: it is for wide tables.
func (p page) turned() page {
	if p.width > p.height {
		return p
	}
	return page{width: p.height, height: p.width, side: 1134, top: p.top}
}

// layout is what a document looks like on paper.
type layout struct {
	page page
	// slides says that each section begins a page and nothing is listed in front.
	slides bool
	// scale is how much larger type is than on upright pages.
	scale float64
}

func layoutOf(doc *reportv1.Document) layout {
	if doc.GetLayout() == reportv1.Document_SLIDES {
		// As wide and high as screens are: 13.33 by 7.5 inches.
		return layout{page: page{width: 19200, height: 10800, side: 1300, top: 1500}, slides: true, scale: 1.9}
	}
	return layout{page: page{width: 11906, height: 16838, side: 1418, top: 1418}, scale: 1} // A4
}

// halfPoints returns a size of type, given in points, in the unit that Word has for it.
func (l layout) halfPoints(points float64) string { return itoa(int(points*l.scale*2 + 0.5)) }

// space returns a distance, given for upright pages.
func (l layout) space(twips int) string { return itoa(int(float64(twips) * l.scale)) }

// listStep is how far a level of lists is from the next.
func (l layout) listStep() int { return int(380 * l.scale) }

// sectionProperties ends a section of pages of one format.
func (w *writer) sectionProperties(m *markup, p page) {
	m.open("w:sectPr")
	m.empty("w:headerReference", "w:type", "default", "r:id", w.heads.header)
	m.empty("w:headerReference", "w:type", "first", "r:id", w.heads.first)
	m.empty("w:footerReference", "w:type", "default", "r:id", w.heads.footer)
	m.empty("w:footerReference", "w:type", "first", "r:id", w.heads.footer)
	m.val("w:type", "nextPage")
	size := []string{"w:w", itoa(p.width), "w:h", itoa(p.height)}
	if p.width > p.height {
		size = append(size, "w:orient", "landscape")
	}
	m.empty("w:pgSz", size...)
	m.empty("w:pgMar", "w:top", itoa(p.top), "w:right", itoa(p.side), "w:bottom", itoa(p.top), "w:left", itoa(p.side),
		"w:header", "650", "w:footer", "600", "w:gutter", "0")
	if p == w.layout.page && !w.turned {
		m.empty("w:titlePg")
	}
	flag(m, "w:bidi", w.language.rtl)
	m.close("w:sectPr")
}
