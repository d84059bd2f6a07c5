package typeset

import (
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// The colours. Every one of those for text has at least 4.5 times the contrast of
// white, and none says anything that words do not.
const (
	ink    pdf.Color = 0x1d232b
	soft   pdf.Color = 0x57606c
	accent pdf.Color = 0x17508e
	line   pdf.Color = 0xcbd2da
	wash   pdf.Color = 0xf3f5f8
	white  pdf.Color = 0xffffff
	good   pdf.Color = 0x1b6b3a
	fair   pdf.Color = 0x8a5600
	poor   pdf.Color = 0xa3241c
	warm   pdf.Color = 0xfdf5e3
)

// paper is a sheet and where on it text stands.
type paper struct {
	width, height            float64
	side, top, bottom, inset float64 // margins; inset is how far head and foot are from the edge
}

// textWidth and textHeight are those of the space between the margins.
func (p paper) textWidth() float64  { return p.width - 2*p.side }
func (p paper) textHeight() float64 { return p.height - p.top - p.bottom }

// theme is what a document looks like.
type theme struct {
	upright paper
	// wide is for tables that do not fit upright.
	wide paper
	// scale is by how much everything is larger than on a page that is read at a desk.
	scale  float64
	slides bool
	// rtl is whether pages are laid out from right to left.
	rtl bool
}

func themeOf(doc *reportv1.Document) theme {
	rtl := readable.RightToLeft(doc.GetLanguage())
	if doc.GetLayout() == reportv1.Document_SLIDES {
		slide := paper{width: 960, height: 540, side: 64, top: 60, bottom: 52, inset: 26}
		return theme{upright: slide, wide: slide, scale: 1.7, slides: true, rtl: rtl}
	}
	const short, long = 595.28, 841.89
	return theme{
		upright: paper{width: short, height: long, side: 68, top: 72, bottom: 68, inset: 40},
		wide:    paper{width: long, height: short, side: 56, top: 66, bottom: 58, inset: 36},
		scale:   1, rtl: rtl,
	}
}

// The sizes of type, before they are scaled.
const (
	bodySize  = 10.5
	noteSize  = 9.5
	smallSize = 8.5
	// leading is how far lines are apart, in sizes of type.
	leading = 1.45
)

// headingSize returns the size of a heading of a level; 1 is that of the title.
func headingSize(level int) float64 {
	sizes := [...]float64{23, 16, 12.5, 11, 10.5, 10.5}
	return sizes[min(max(level, 1), len(sizes))-1]
}
