package extract_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// pack makes a zip file out of names and contents.
func pack(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for name, content := range parts {
		part, err := w.Create(name)
		require.NoError(t, err)
		_, err = part.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.Bytes()
}

// word makes a Word document with a body.
func word(t *testing.T, body string) []byte {
	t.Helper()
	return pack(t, map[string]string{
		"word/document.xml": `<w:document xmlns:w="w" xmlns:mc="mc"><w:body>` + body + `</w:body></w:document>`,
		"word/styles.xml": `<w:styles xmlns:w="w"><w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
			<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
			<w:style w:styleId="Own"><w:name w:val="Chapter"/><w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style></w:styles>`,
		"word/footnotes.xml": `<w:footnotes xmlns:w="w"><w:footnote w:type="separator"><w:p><w:r><w:t>line</w:t></w:r></w:p></w:footnote>
			<w:footnote><w:p><w:r><w:t>The note.</w:t></w:r></w:p></w:footnote></w:footnotes>`,
		"word/_rels/document.xml.rels": `<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes" Target="footnotes.xml"/></Relationships>`,
	})
}

// para makes a paragraph of a Word document.
func para(text string) string { return `<w:p><w:r><w:t>` + text + `</w:t></w:r></w:p>` }

func TestExtract_DOCX(t *testing.T) {
	t.Parallel()
	cell := func(s string) string { return "<w:tc>" + s + "</w:tc>" }
	tests := map[string]struct{ body, want string }{
		"paragraphs":        {para("one") + para("") + para("two"), "one\n\ntwo"},
		"runs are joined":   {`<w:p><w:r><w:t>Ha</w:t></w:r><w:r><w:t xml:space="preserve">lf a </w:t><w:tab/><w:t>word</w:t></w:r></w:p>`, "Half a word"},
		"tables are rows":   {"<w:tbl><w:tr>" + cell(para("a")+para("b")) + cell(para("c")) + "</w:tr><w:tr>" + cell(para("d")) + cell(para("e")) + "</w:tr></w:tbl>", "| a b | c |\n| --- | --- |\n| d | e |"},
		"tables in tables":  {"<w:tbl><w:tr>" + cell("<w:tbl><w:tr>"+cell(para("in"))+"</w:tr></w:tbl>"+para("")) + cell(para("out")) + "</w:tr></w:tbl>", "| in | out |"},
		"list items":        {`<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>item</w:t></w:r></w:p>`, "- item"},
		"deleted text":      {`<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>`, "new"},
		"hidden text":       {`<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:t>shown</w:t></w:r></w:p>`, "shown"},
		"field codes":       {`<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r></w:p>`, "7"},
		"text boxes once":   {`<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>` + para("box") + `</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>` + para("box") + `</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>anchor</w:t></w:r></w:p>`, "box\n\nanchor"},
		"line breaks":       {`<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p>`, "a b"},
		"entities of XML":   {para("1 &lt; 2 &amp; 3"), "1 < 2 & 3"},
		"unclosed elements": {`<w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`, "a"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.docx", word(t, tc.body))
			if name == "unclosed elements" {
				requireReason(t, err, extract.Broken)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want+"\n\nThe note.", doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_DOCXHeadings(t *testing.T) {
	t.Parallel()
	styled := func(style, text string) string {
		return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
	}
	doc, err := read(t, "a.docx", word(t, styled("Titel", "Of cats")+styled("berschrift2", "Food")+para("Fish.")+styled("Own", "Milk")+styled("Other", "No heading.")))
	require.NoError(t, err)
	require.Equal(t, "Of cats", doc.Title)
	var got []string
	for _, h := range doc.Headings {
		got = append(got, strings.Repeat("#", h.Level)+doc.Text[h.Start:h.End])
	}
	require.Equal(t, []string{"#Of cats", "##Food", "###Milk"}, got)
}

func TestExtract_ZipBombs(t *testing.T) {
	t.Parallel()
	bomb := word(t, para(strings.Repeat("a", 8<<20)))
	require.Less(t, len(bomb), 1<<20)
	_, err := read(t, "bomb.docx", bomb)
	require.Contains(t, requireReason(t, err, extract.TooLarge).Message, "decompresses to more than")

	// A bomb that claims to be small is stopped while it is unpacked.
	liar := bytes.Clone(bomb)
	header := bytes.LastIndex(liar, []byte("PK\x01\x02"))
	for at := bytes.Index(liar, []byte("PK\x01\x02")); at <= header; {
		copy(liar[at+24:at+28], []byte{1, 0, 0, 0}) // the uncompressed size
		next := bytes.Index(liar[at+4:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		at += 4 + next
	}
	_, err = read(t, "liar.docx", liar)
	var own *extract.Error
	require.ErrorAs(t, err, &own)
	require.Contains(t, []string{extract.TooLarge, extract.Broken}, own.Reason)
}

func TestExtract_DOCXEntitiesAreNotExpanded(t *testing.T) {
	t.Parallel()
	evil := pack(t, map[string]string{"word/document.xml": `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w"><w:body>` + para("a &x; b") + `</w:body></w:document>`})
	doc, err := read(t, "a.docx", evil)
	require.NoError(t, err)
	require.Equal(t, "a &x; b", doc.Text)
}

func TestExtract_PPTX(t *testing.T) {
	t.Parallel()
	slide := func(shapes string) string {
		return `<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>` + shapes + `</p:spTree></p:cSld></p:sld>`
	}
	shape := func(kind string, lines ...string) string {
		return `<p:sp><p:nvSpPr><p:nvPr><p:ph type="` + kind + `"/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>` + strings.Join(lines, `</a:t></a:r></a:p><a:p><a:r><a:t>`) + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	table := `<p:graphicFrame><a:tbl><a:tr><a:tc><a:p><a:r><a:t>x</a:t></a:r></a:p></a:tc><a:tc><a:p><a:r><a:t>y</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:graphicFrame>`
	data := pack(t, map[string]string{
		"ppt/presentation.xml":             `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels":  `<Relationships><Relationship Id="rId1" Target="slides/slide1.xml"/><Relationship Id="rId2" Target="/ppt/slides/slide2.xml"/></Relationships>`,
		"ppt/slides/slide1.xml":            slide(shape("title", "Second") + shape("body", "one", "two") + table + shape("sldNum", "7")),
		"ppt/slides/slide2.xml":            slide(shape("ctrTitle", "First")),
		"ppt/slides/_rels/slide1.xml.rels": `<Relationships><Relationship Id="rId1" Type="x/notesSlide" Target="../notesSlides/notesSlide1.xml"/></Relationships>`,
		"ppt/notesSlides/notesSlide1.xml":  slide(shape("body", "Say hello.")),
	})
	doc, err := read(t, "a.pptx", data)
	require.NoError(t, err)
	require.Equal(t, "First\n\nSecond\n\none\ntwo\n\n| x | y |\n\nSay hello.", doc.Text)
	require.Equal(t, "First", doc.Title)
	require.Len(t, doc.Headings, 2)
	checkDocument(t, doc)
}

func TestExtract_XLSX(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	require.NoError(t, book.SetSheetName("Sheet1", "Ages"))
	for cell, value := range map[string]any{"A1": "name", "B1": "age", "A2": "Ann", "B2": 30.5, "A5": "Bob", "C5": true} {
		require.NoError(t, book.SetCellValue("Ages", cell, value))
	}
	_, err := book.NewSheet("Hidden")
	require.NoError(t, err)
	require.NoError(t, book.SetCellValue("Hidden", "A1", "secret"))
	require.NoError(t, book.SetSheetVisible("Hidden", false))
	var buf bytes.Buffer
	require.NoError(t, book.Write(&buf))

	doc, err := read(t, "people.xlsx", buf.Bytes())
	require.NoError(t, err)
	require.Equal(t, "Ages\n\n| name | age |  |\n| --- | --- | --- |\n| Ann | 30.5 |\n| Bob |  | TRUE |", doc.Text)
	require.Equal(t, "people", doc.Title)
	checkDocument(t, doc)
}

func TestExtract_XLSXValues(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	date, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	require.NoError(t, err)
	money := `"$"#,##0.00`
	dollars, err := book.NewStyle(&excelize.Style{CustomNumFmt: &money})
	require.NoError(t, err)
	for cell, value := range map[string]any{"A1": 123456789012345, "B1": 40089, "C1": 1599.99, "D1": 0.1, "A2": "text"} {
		require.NoError(t, book.SetCellValue("Sheet1", cell, value))
	}
	require.NoError(t, book.SetCellStyle("Sheet1", "B1", "B1", date))
	require.NoError(t, book.SetCellStyle("Sheet1", "C1", "C1", dollars))
	require.NoError(t, book.AddComment("Sheet1", excelize.Comment{Cell: "A2", Author: "Ann", Paragraph: []excelize.RichTextRun{{Text: "Really?"}}}))
	require.NoError(t, book.AddChart("Sheet1", "F1", &excelize.Chart{Type: excelize.Col, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: "Rain"}}}, Series: []excelize.ChartSeries{{Name: "Sheet1!$A$2", Values: "Sheet1!$A$1:$B$1"}}}))
	var buf bytes.Buffer
	require.NoError(t, book.Write(&buf))

	doc, err := read(t, "a.xlsx", buf.Bytes())
	require.NoError(t, err)
	require.Contains(t, doc.Text, "| 123456789012345 | 2009-10-03 | $1,599.99 | 0.1 |")
	require.Contains(t, doc.Text, "Rain")
	require.Contains(t, doc.Text, "Comment by Ann on A2: Really?")
	checkDocument(t, doc)
}

func TestExtract_PPTXBesideTheText(t *testing.T) {
	t.Parallel()
	sld := func(tag, shapes string) string {
		return `<p:` + tag + ` xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>` + shapes + `</p:spTree></p:cSld></p:` + tag + `>`
	}
	words := func(holder, text string) string {
		return `<p:sp><p:nvSpPr><p:nvPr>` + holder + `</p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	data := pack(t, map[string]string{
		"ppt/presentation.xml":                         `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels":              `<Relationships>` + relation("rId1", "slide", "slides/slide1.xml") + `</Relationships>`,
		"ppt/slides/slide1.xml":                        sld("sld", words("", "Body.")+`<p:pic><p:nvPicPr><p:cNvPr id="1" descr="A duck on a pond"/></p:nvPicPr></p:pic>`),
		"ppt/slides/_rels/slide1.xml.rels":             `<Relationships>` + relation("r1", "comments", "../comments/comment1.xml") + relation("r2", "slideLayout", "../slideLayouts/slideLayout1.xml") + `</Relationships>`,
		"ppt/comments/comment1.xml":                    `<p:cmLst xmlns:p="p"><p:cm authorId="0"><p:text>Really?</p:text></p:cm></p:cmLst>`,
		"ppt/commentAuthors.xml":                       `<p:cmAuthorLst xmlns:p="p"><p:cmAuthor id="0" name="Ann Ox" initials="AO"/></p:cmAuthorLst>`,
		"ppt/slideLayouts/slideLayout1.xml":            sld("sldLayout", words(`<p:ph type="body"/>`, "Click to add text")),
		"ppt/slideLayouts/_rels/slideLayout1.xml.rels": `<Relationships>` + relation("r1", "slideMaster", "../slideMasters/slideMaster1.xml") + `</Relationships>`,
		"ppt/slideMasters/slideMaster1.xml":            sld("sldMaster", words("", "Of bridges, 2021")),
	})
	doc, err := read(t, "a.pptx", data)
	require.NoError(t, err)
	require.Equal(t, "Body.\n\nA duck on a pond\n\nComment by Ann Ox (AO): Really?\n\nOf bridges, 2021", doc.Text)
}
