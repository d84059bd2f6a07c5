package docx

import (
	"fmt"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
	"github.com/researcherpro/researcherpro/services/report/internal/chart/raster"
)

const (
	// emu is the unit of pictures: so many are a point.
	emu = 12700
	// sharpness is how many pixels of the PNG are a point, enough for print.
	sharpness = 2.5
)

// chart writes a chart as SVG with a PNG for programs that cannot show it, its title as a
// caption above, its description as what is read aloud.
func (w *writer) chart(c *reportv1.Chart) error {
	id := itoa(len(w.media)/2 + 1)
	room := float64(w.layout.page.text()) / twip
	drawing := chart.Draw(c, room/w.layout.scale)
	// A caption and, on slides, a heading stand on the same page.
	high := float64(w.layout.page.height-2*w.layout.page.top)/twip - 60*w.layout.scale
	scale := min(w.layout.scale, high/drawing.Height)
	picture, err := raster.PNG(drawing, sharpness)
	if err != nil {
		return fmt.Errorf("draw chart %s: %w", c.GetAnchor(), err)
	}
	svg := chart.Markup(c, drawing, "chart-"+id, chart.Look{Colour: chart.Plain, Fonts: sans + ", Arial, sans-serif"})
	w.media = append(w.media, part{"word/media/chart" + id + ".png", picture}, part{"word/media/chart" + id + ".svg", []byte(svg)})
	w.paragraph(paragraph{style: "Caption", keep: true, rtl: w.rtlOf(c.GetTitle())}, func(f format) {
		w.bookmark(c.GetAnchor())
		w.run(c.GetTitle(), f)
	})
	w.paragraph(paragraph{style: "Figure"}, func(format) {
		w.out.open("w:r")
		w.out.open("w:drawing")
		w.inline(inline{
			number: id, width: int(drawing.Width * scale * emu), height: int(drawing.Height * scale * emu), description: line(chart.Describe(c)),
			png: w.relations.add("image", "media/chart"+id+".png"), svg: w.relations.add("image", "media/chart"+id+".svg"),
		})
		w.out.close("w:drawing")
		w.out.close("w:r")
	})
	return nil
}

// inline is a picture in the text.
type inline struct {
	number, description, png, svg string
	width, height                 int
}

// inline writes a picture in the text.
func (w *writer) inline(i inline) {
	m := w.out
	name := "Chart " + i.number
	width, height := itoa(i.width), itoa(i.height)
	m.open("wp:inline", "distT", "0", "distB", "0", "distL", "0", "distR", "0")
	m.empty("wp:extent", "cx", width, "cy", height)
	m.empty("wp:docPr", "id", itoa(w.next()), "name", name, "descr", i.description)
	m.open("wp:cNvGraphicFramePr")
	m.empty("a:graphicFrameLocks", "noChangeAspect", "1")
	m.close("wp:cNvGraphicFramePr")
	m.open("a:graphic")
	m.open("a:graphicData", "uri", "http://schemas.openxmlformats.org/drawingml/2006/picture")
	m.open("pic:pic")
	m.open("pic:nvPicPr")
	m.empty("pic:cNvPr", "id", itoa(w.next()), "name", name)
	m.empty("pic:cNvPicPr")
	m.close("pic:nvPicPr")
	m.open("pic:blipFill")
	m.open("a:blip", "r:embed", i.png)
	m.open("a:extLst")
	m.open("a:ext", "uri", "{96DAC541-7B7A-43D3-8B79-37D633B846F1}")
	m.empty("asvg:svgBlip", "xmlns:asvg", "http://schemas.microsoft.com/office/drawing/2016/SVG/main", "r:embed", i.svg)
	m.close("a:ext")
	m.close("a:extLst")
	m.close("a:blip")
	m.open("a:stretch")
	m.empty("a:fillRect")
	m.close("a:stretch")
	m.close("pic:blipFill")
	m.open("pic:spPr")
	m.open("a:xfrm")
	m.empty("a:off", "x", "0", "y", "0")
	m.empty("a:ext", "cx", width, "cy", height)
	m.close("a:xfrm")
	m.open("a:prstGeom", "prst", "rect")
	m.empty("a:avLst")
	m.close("a:prstGeom")
	m.close("pic:spPr")
	m.close("pic:pic")
	m.close("a:graphicData")
	m.close("a:graphic")
	m.close("wp:inline")
}
