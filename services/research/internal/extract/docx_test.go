package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// relation makes a relation of a part.
func relation(id, kind, target string) string {
	return `<Relationship Id="` + id + `" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind + `" Target="` + target + `"/>`
}

// wordWith makes a Word document with a body and further parts, which it relates
// to by the names of their kinds.
func wordWith(t *testing.T, body string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{"word/document.xml": `<w:document xmlns:w="w" xmlns:m="m" xmlns:wp="wp"><w:body>` + body + `</w:body></w:document>`}
	relations := ""
	for name, content := range parts {
		all["word/"+name] = content
		kind := strings.TrimRight(strings.TrimSuffix(name[strings.LastIndex(name, "/")+1:], ".xml"), "0123456789")
		relations += relation("r"+name, kind, name)
	}
	all["word/_rels/document.xml.rels"] = `<Relationships>` + relations + `</Relationships>`
	return pack(t, all)
}

// listed makes a paragraph at a level of a list.
func listed(list, level, text string) string {
	return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + list + `"/></w:numPr></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

// numbering defines a list of three levels, and others on top of it.
const numbering = `<w:numbering xmlns:w="w">
	<w:abstractNum w:abstractNumId="0">
		<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
		<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
		<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%3"/><w:lvlRestart w:val="0"/></w:lvl>
		<w:lvl w:ilvl="3"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%2/%4"/><w:isLgl/></w:lvl>
	</w:abstractNum>
	<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="·"/></w:lvl></w:abstractNum>
	<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
	<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
	<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/></w:lvlOverride></w:num>
	<w:num w:numId="4"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="ordinal"/><w:lvlText w:val="%1"/></w:lvl></w:lvlOverride></w:num>
	<w:num w:numId="5"><w:abstractNumId w:val="9"/></w:num>
</w:numbering>`

func TestExtract_DOCXLists(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"numbers are counted":          {listed("1", "0", "a") + listed("1", "0", "b"), "1. a\n2. b"},
		"levels show those above":      {listed("1", "0", "a") + listed("1", "1", "b") + listed("1", "1", "c") + listed("1", "0", "d") + listed("1", "1", "e"), "1. a\n  1.a) b\n  1.b) c\n2. d\n  2.a) e"},
		"a level may go on counting":   {listed("1", "2", "a") + listed("1", "0", "b") + listed("1", "2", "c"), "    I a\n2. b\n    II c"},
		"legal numbers are decimal":    {listed("1", "1", "a") + listed("1", "3", "b"), "  1.a) a\n      1/1 b"},
		"bullets":                      {listed("2", "0", "a"), "- a"},
		"a list may begin elsewhere":   {listed("1", "0", "a") + listed("3", "0", "b") + listed("3", "0", "c"), "1. a\n7. b\n8. c"},
		"a level of its own":           {listed("4", "0", "a"), "3rd a"},
		"a list that is not defined":   {listed("8", "0", "a"), "a"},
		"a definition that is missing": {listed("5", "0", "a"), "1. a"},
		"no list":                      {listed("0", "0", "a"), "a"},
		"prose parts the items":        {listed("1", "0", "a") + para("x") + listed("1", "0", "b"), "1. a\n\nx\n\n2. b"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.docx", wordWith(t, tc.body, map[string]string{"numbering.xml": numbering}))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_DOCXParts(t *testing.T) {
	t.Parallel()
	part := func(root, body string) string { return `<w:` + root + ` xmlns:w="w">` + body + `</w:` + root + `>` }
	doc, err := read(t, "a.docx", wordWith(t, para("Body."), map[string]string{
		"header1.xml":  part("hdr", para("Of bridges")),
		"header2.xml":  part("hdr", para("Of bridges")),
		"footer1.xml":  part("ftr", para("3")+para("Draft")),
		"comments.xml": part("comments", `<w:comment w:author="Ann">`+para("Really?")+`</w:comment><w:comment>`+para("Yes.")+`</w:comment>`),
		"charts/chart1.xml": `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Rain</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart>
			<c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Rome</c:v></c:pt></c:strCache></c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>May</c:v></c:pt><c:pt idx="1"><c:v>June</c:v></c:pt></c:strCache></c:strRef></c:cat>
			<c:val><c:numRef><c:numCache><c:pt idx="1"><c:v>12</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:barChart></c:plotArea></c:chart></c:chartSpace>`,
	}))
	require.NoError(t, err)
	require.Equal(t, "Body.\n\nComment by Ann: Really?\n\nComment: Yes.\n\nOf bridges\n\nDraft\n\nRain\n\n|  | May | June |\n| --- | --- | --- |\n| Rome |  | 12 |", doc.Text)
}

func TestExtract_DOCXInParagraphs(t *testing.T) {
	t.Parallel()
	cell := func(inner string) string { return `<w:tc>` + inner + `</w:tc>` }
	tests := map[string]struct{ body, want string }{
		"how a word is read":       {`<w:p><w:r><w:ruby><w:rt><w:r><w:t>とう</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>東</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>`, "東 (とう)"},
		"pictures are their words": {`<w:p><w:r><w:drawing><wp:docPr descr="A duck on a pond"/></w:drawing></w:r></w:p>`, "A duck on a pond"},
		"file names are no words":  {`<w:p><w:r><w:drawing><wp:docPr descr="image1.png"/></w:drawing><w:t>x</w:t></w:r></w:p>`, "x"},
		"formulas on one line":     {`<w:p><m:oMath><m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></w:p>`, "x^2"},
		"merged cells":             {`<w:tbl><w:tr>` + cell(`<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>`+para("a")) + cell(para("b")) + `</w:tr><w:tr>` + cell(para("c")) + cell(para("d")) + cell(para("e")) + `</w:tr></w:tbl>`, "| a |  | b |\n| --- | --- | --- |\n| c | d | e |"},
		"a box is paragraphs":      {`<w:tbl><w:tr>` + cell(para("one")+para("two")) + `</w:tr></w:tbl>`, "one\n\ntwo"},
		"bars in cells":            {`<w:tbl><w:tr>` + cell(para("a|b")) + cell(para("c")) + `</w:tr></w:tbl>`, `| a\|b | c |`},
		"an outline level":         {`<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>`, "Head"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.docx", wordWith(t, tc.body, nil))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_DOCXFilesInside(t *testing.T) {
	t.Parallel()
	inner := string(wordWith(t, para("Inside."), nil))
	data := pack(t, map[string]string{
		"word/document.xml":            `<w:document xmlns:w="w"><w:body>` + para("Outside.") + `</w:body></w:document>`,
		"word/_rels/document.xml.rels": `<Relationships>` + relation("r1", "package", "embeddings/report.docx") + relation("r2", "package", "embeddings/x.bin") + `</Relationships>`,
		"word/embeddings/report.docx":  inner,
		"word/embeddings/x.bin":        "\x00\x01\x02",
	})
	doc, err := read(t, "a.docx", data)
	require.NoError(t, err)
	require.Equal(t, "Outside.\n\nAttachment: x.bin\n\nAttachment: report.docx\n\nInside.", doc.Text)
	require.Equal(t, "a", doc.Title)
	checkDocument(t, doc)
}

func TestExtract_NestingEnds(t *testing.T) {
	t.Parallel()
	data := string(wordWith(t, para("level 0"), nil))
	for _, level := range []string{"level 1", "level 2", "level 3", "level 4"} {
		data = string(pack(t, map[string]string{
			"word/document.xml":            `<w:document xmlns:w="w"><w:body>` + para(level) + `</w:body></w:document>`,
			"word/_rels/document.xml.rels": `<Relationships>` + relation("r1", "package", "embeddings/a.docx") + `</Relationships>`,
			"word/embeddings/a.docx":       data,
		}))
	}
	doc, err := read(t, "a.docx", []byte(data))
	require.NoError(t, err)
	require.Contains(t, doc.Text, "level 2")
	require.NotContains(t, doc.Text, "level 1")
}

func TestExtract_Properties(t *testing.T) {
	t.Parallel()
	core := func(inner string) string {
		return `<cp:coreProperties xmlns:cp="cp" xmlns:dc="dc" xmlns:dcterms="dcterms">` + inner + `</cp:coreProperties>`
	}
	tests := map[string]struct {
		core string
		want extract.Document
	}{
		"all of them": {
			`<dc:title>Of cats</dc:title><dc:creator>Ann Ox; Bob Yak</dc:creator><dcterms:created>2021-05-17T10:00:00Z</dcterms:created><dc:subject>doi:10.1234/AbC.5</dc:subject><dc:rights>Licensed under CC BY 4.0</dc:rights>`,
			extract.Document{Title: "Of cats", Authors: []string{"Ann Ox", "Bob Yak"}, Published: "2021-05-17", License: "Licensed under CC BY 4.0", Identifiers: map[string]string{"doi": "10.1234/abc.5"}},
		},
		"what programs put there":   {`<dc:title>Microsoft Word - x.doc</dc:title><dc:creator>python-docx</dc:creator><dcterms:created>2013-12-23T23:15:00Z</dcterms:created>`, extract.Document{Title: "a"}},
		"impossible dates":          {`<dcterms:created>1601-01-01T00:00:00Z</dcterms:created>`, extract.Document{Title: "a"}},
		"a date without a day":      {`<dcterms:created>2020-02</dcterms:created>`, extract.Document{Title: "a", Published: "2020-02"}},
		"a copyright is no licence": {`<dc:rights>© Ann Ox</dc:rights>`, extract.Document{Title: "a"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.docx", pack(t, map[string]string{
				"word/document.xml": `<w:document xmlns:w="w"><w:body>` + para("Text.") + `</w:body></w:document>`,
				"docProps/core.xml": core(tc.core),
			}))
			require.NoError(t, err)
			require.Equal(t, tc.want, extract.Document{Title: doc.Title, Authors: doc.Authors, Published: doc.Published, License: doc.License, Identifiers: doc.Identifiers})
		})
	}
}

func FuzzDOCX(f *testing.F) {
	f.Add(para("a")+listed("1", "1", "b"), numbering)
	f.Add(`<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc>`+para("x")+`</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`, "")
	f.Add(`</w:tbl></w:p><w:tc>`, `<w:numbering>`)
	f.Fuzz(func(t *testing.T, body, lists string) {
		fuzzed(t, "a.docx", pack(t, map[string]string{
			"word/document.xml": `<w:document xmlns:w="w"><w:body>` + body + `</w:body></w:document>`, "word/numbering.xml": lists,
		}))
	})
}

// fuzzed reads a file that may be anything: it is read or refused.
func fuzzed(t *testing.T, name string, data []byte) {
	t.Helper()
	doc, err := extract.New(extract.Config{}).Extract(t.Context(), extract.Input{Name: name, Data: data})
	if err != nil {
		var own *extract.Error
		require.ErrorAs(t, err, &own)
		require.NotContains(t, own.Error(), "panicked")
		return
	}
	doc.Title = "any"
	checkDocument(t, doc)
}
