package extract

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/richardlehane/mscfb"
)

// What documents, presentations and workbooks can all hold: charts, diagrams,
// pictures with a description, comments and other files.

// readParts adds what the relations of a part lead to beside its own text.
func readParts(b *builder, c *container, relations map[string]relation) error {
	for _, name := range targets(relations, "chart") {
		if err := readChart(b, c, name); err != nil {
			return err
		}
	}
	for _, name := range targets(relations, "diagramData") {
		data, err := c.part(name)
		if err != nil {
			return err
		}
		for _, line := range textLines(data) {
			b.paragraph(line)
		}
	}
	for _, kind := range []string{"oleObject", "package", "aFChunk"} {
		for _, name := range targets(relations, kind) {
			data, err := c.part(name)
			if err != nil {
				return err
			}
			if name, data = unwrapOLE(name, data); data != nil {
				b.attach(path.Base(name), data)
			}
		}
	}
	return nil
}

// textLines returns the paragraphs of a part of DrawingML. One that is damaged
// gives what comes before.
func textLines(data []byte) []string {
	var lines []string
	var line strings.Builder
	inText := false
	_ = walkXML(data, func(e xml.StartElement) bool {
		inText = e.Name.Local == "t"
		return true
	}, func(s string) {
		if inText {
			line.WriteString(s)
		}
	}, func(name string) {
		inText = false
		if name == "p" {
			lines = append(lines, line.String())
			line.Reset()
		}
	})
	return lines
}

// chart is a chart in a document.
type chart struct {
	Title []string `xml:"chart>title>tx>rich>p>r>t"`
	Area  struct {
		Plots []struct {
			Series []chartSeries `xml:"ser"`
		} `xml:",any"`
	} `xml:"chart>plotArea"`
}

// chartSeries is a series of a chart: names on one axis, values on the other.
type chartSeries struct {
	Name   chartPoints `xml:"tx"`
	Cats   chartPoints `xml:"cat"`
	XVals  chartPoints `xml:"xVal"`
	Values chartPoints `xml:"val"`
	YVals  chartPoints `xml:"yVal"`
}

// chartPoints are the values of an axis, as they were when the chart was saved.
type chartPoints struct {
	Strings []chartPoint `xml:"strRef>strCache>pt"`
	Numbers []chartPoint `xml:"numRef>numCache>pt"`
	Literal []chartPoint `xml:"numLit>pt"`
	Words   []chartPoint `xml:"strLit>pt"`
	Multi   []chartPoint `xml:"multiLvlStrRef>multiLvlStrCache>lvl>pt"`
	Value   string       `xml:"v"`
}

// chartPoint is one value.
type chartPoint struct {
	Index int    `xml:"idx,attr"`
	Value string `xml:"v"`
}

// maxChartPoints is how many values of a series are read.
const maxChartPoints = 10_000

// values returns the values in their order.
func (p chartPoints) values() []string {
	var out []string
	for _, list := range [][]chartPoint{p.Strings, p.Numbers, p.Literal, p.Words, p.Multi} {
		for _, point := range list {
			for len(out) <= point.Index && point.Index < maxChartPoints {
				out = append(out, "")
			}
			if point.Index >= 0 && point.Index < len(out) {
				out[point.Index] = point.Value
			}
		}
	}
	if len(out) == 0 && p.Value != "" {
		return []string{p.Value}
	}
	return out
}

// readChart adds a chart: its title, and its values as a table with a column for
// each series.
func readChart(b *builder, c *container, name string) error {
	data, err := c.part(name)
	if err != nil || data == nil {
		return err
	}
	var x chart
	if unmarshalXML(data, &x) != nil {
		return nil //nolint:nilerr // a chart is worth no failure
	}
	b.paragraph(strings.Join(x.Title, ""))
	for _, plot := range x.Area.Plots {
		b.table(chartTable(plot.Series))
	}
	return nil
}

// maxAcross is how many values of a chart stand side by side, as in the table
// that Office shows under a chart; more stand one below the other.
const maxAcross = 20

// chartTable returns the values of the series of a chart.
func chartTable(series []chartSeries) *table {
	var t table
	if len(series) == 0 {
		return &t
	}
	names := append(series[0].Cats.values(), series[0].XVals.values()...)
	lines := [][]string{append([]string{""}, names...)}
	longest := len(names)
	for _, s := range series {
		values := append(s.Values.values(), s.YVals.values()...)
		lines = append(lines, append([]string{strings.Join(s.Name.values(), " ")}, values...))
		longest = max(longest, len(values))
	}
	if longest <= maxAcross {
		for _, line := range lines {
			t.add(line)
		}
		return &t
	}
	for i := range longest + 1 {
		var cells []string
		for _, line := range lines {
			cells = append(cells, at(line, i))
		}
		t.add(cells)
	}
	return &t
}

// at returns list[i], "" behind its end.
func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// description returns the words that stand for a picture: those its author
// wrote, but no file name and nothing that a program made up.
func description(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	text, _, _ = strings.Cut(text, "Description automatically generated")
	if ext := path.Ext(text); !strings.Contains(text, " ") && (len(ext) > 1 && len(ext) < 6 || strings.Contains(text, "/")) {
		return ""
	}
	return strings.TrimSpace(text)
}

// unwrapOLE returns the name and content of the file inside an OLE object, and
// any other file as it is. It returns nil for an object that is no file.
func unwrapOLE(name string, data []byte) (string, []byte) {
	if !bytes.HasPrefix(data, []byte(oleMark)) {
		return name, data
	}
	doc, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return name, nil
	}
	for entry, err := doc.Next(); err == nil; entry, err = doc.Next() {
		switch entry.Name {
		case "Package", "CONTENTS":
			content, err := io.ReadAll(io.LimitReader(entry, int64(len(data))))
			if err != nil {
				return name, nil
			}
			return name, content
		case "Ole10Native": // mscfb takes the sign before it away
			content, err := io.ReadAll(io.LimitReader(entry, int64(len(data))))
			if err != nil {
				return name, nil
			}
			return oleNative(name, content)
		}
		if errors.Is(err, io.EOF) {
			break
		}
	}
	return name, nil
}

// oleNative reads what the Packager of Windows made of a file: a size, its
// label, two paths, and the content with its own size before it.
func oleNative(name string, data []byte) (string, []byte) {
	const head = 4 + 2 // of all, of the kind
	if len(data) < head {
		return name, nil
	}
	rest := data[head:]
	label, rest, found := bytes.Cut(rest, []byte{0})
	if !found {
		return name, nil
	}
	_, rest, found = bytes.Cut(rest, []byte{0}) // the path it came from
	if !found || len(rest) < 8 {
		return name, nil
	}
	path := int(binary.LittleEndian.Uint32(rest[4:]))
	if path < 0 || len(rest)-8 < path || len(rest)-8-path < 4 {
		return name, nil
	}
	rest = rest[8+path:]
	size := int(binary.LittleEndian.Uint32(rest))
	if size < 0 || size > len(rest)-4 {
		return name, nil
	}
	text, err := decode(label, "")
	if err != nil {
		text = name
	}
	return text, rest[4 : 4+size]
}
