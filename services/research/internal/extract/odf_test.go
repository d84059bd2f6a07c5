package extract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// odt makes an OpenDocument text with a body and automatic styles.
func odt(t *testing.T, styles, body string, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"mimetype":    "application/vnd.oasis.opendocument.text",
		"content.xml": `<office:document-content xmlns:office="office" xmlns:text="text" xmlns:table="table" xmlns:style="style" xmlns:draw="draw" xmlns:svg="svg" xmlns:dc="dc"><office:automatic-styles>` + styles + `</office:automatic-styles><office:body><office:text>` + body + `</office:text></office:body></office:document-content>`,
	}
	for name, content := range parts {
		all[name] = content
	}
	return pack(t, all)
}

func TestExtract_ODT(t *testing.T) {
	t.Parallel()
	p := func(s string) string { return `<text:p>` + s + `</text:p>` }
	cell := func(s string) string { return `<table:table-cell>` + p(s) + `</table:table-cell>` }
	list := `<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" text:display-levels="2"/></text:list-style>`
	item := func(s string) string { return `<text:list-item>` + s + `</text:list-item>` }
	tests := map[string]struct{ styles, body, want string }{
		"paragraphs":           {"", p("one") + p("") + p("two"), "one\n\ntwo"},
		"spaces and tabs":      {"", p(`a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d`), "a b c d"},
		"headings":             {"", `<text:h text:outline-level="2">Head</text:h>` + p("text"), "Head\n\ntext"},
		"numbered lists":       {list, `<text:list text:style-name="L">` + item(p("a")) + item(p("b")+`<text:list>`+item(p("c"))+`</text:list>`) + item(p("d")+p("more")) + `</text:list>`, "1. a\n2. b\n  2.a) c\n3. d\n  more"},
		"lists without style":  {"", `<text:list>` + item(p("a")) + `</text:list>`, "- a"},
		"tables":               {"", `<table:table><table:table-row>` + cell("a") + cell("b") + `</table:table-row><table:table-row>` + cell("c") + cell("d") + `</table:table-row></table:table>`, "| a | b |\n| --- | --- |\n| c | d |"},
		"repeated cells":       {"", `<table:table><table:table-row><table:table-cell table:number-columns-repeated="2">` + p("a") + `</table:table-cell>` + cell("b") + `</table:table-row></table:table>`, "| a | a | b |"},
		"the empty rest":       {"", `<table:table><table:table-row>` + cell("a") + cell("b") + `<table:table-cell table:number-columns-repeated="16000"/></table:table-row><table:table-row table:number-rows-repeated="1000000"><table:table-cell/></table:table-row></table:table>`, "| a | b |"},
		"notes follow":         {"", p(`Said<text:note><text:note-citation>1</text:note-citation><text:note-body>`+p("The note.")+`</text:note-body></text:note> here.`) + p("Next."), "Said here.\n\nThe note.\n\nNext."},
		"comments follow":      {"", p(`Said<office:annotation><dc:creator>Ann</dc:creator><dc:date>2020-01-01</dc:date>` + p("Really?") + `</office:annotation>.`), "Said.\n\nComment by Ann: Really?"},
		"hidden text":          {`<style:style style:name="H"><style:text-properties text:display="none"/></style:style>`, p(`a<text:span text:style-name="H">secret</text:span>b`), "ab"},
		"deleted text":         {"", `<text:tracked-changes>` + p("gone") + `</text:tracked-changes>` + p("here"), "here"},
		"text boxes":           {"", p(`<draw:frame><draw:text-box>` + p("box") + `</draw:text-box></draw:frame>anchor`), "box\n\nanchor"},
		"pictures' words":      {"", p(`<draw:frame><svg:desc>A duck on a pond</svg:desc></draw:frame>`), "A duck on a pond"},
		"a row that is no row": {"", `<table:table-row>` + cell("a") + `</table:table-row>` + p("b"), "a\n\nb"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.odt", odt(t, tc.styles, tc.body, nil))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_ODTParts(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.odt", odt(t, "", `<text:p>Body.</text:p>`, map[string]string{
		"styles.xml":               `<s xmlns:style="style" xmlns:text="text"><style:page-layout><style:footer-style/></style:page-layout><style:master-page><style:header><text:p>Of bridges</text:p></style:header><style:footer><text:p>7</text:p></style:footer></style:master-page></s>`,
		"meta.xml":                 `<m xmlns:meta="meta" xmlns:dc="dc"><meta><title>Bridges</title><initial-creator>Ann Ox</initial-creator><creation-date>2021-05-17T10:00:00</creation-date></meta></m>`,
		"Basic/Standard/Main.xml":  `<script:module xmlns:script="script">Sub Main</script:module>`,
		"Basic/Standard/x.txt":     "no",
		"Basic/script-lc.xml":      `<x/>`,
		"Object 1/content.xml":     `<x xmlns:table="table" xmlns:text="text"/>`,
		"META-INF/manifest.xml":    `<manifest/>`,
		"Configurations2/menu.xml": `<x/>`,
	}))
	require.NoError(t, err)
	require.Equal(t, "Body.\n\nOf bridges\n\nAttachment: Main.bas\n\nSub Main", doc.Text)
	require.Equal(t, []any{"Bridges", []string{"Ann Ox"}, "2021-05-17"}, []any{doc.Title, doc.Authors, doc.Published})

	_, err = read(t, "a.odt", odt(t, "", "", map[string]string{"META-INF/manifest.xml": `<m><encryption-data/></m>`}))
	requireReason(t, err, extract.Encrypted)
}

func TestExtract_ODSAndODP(t *testing.T) {
	t.Parallel()
	sheet := func(name, style, text string) string {
		return `<table:table table:name="` + name + `" table:style-name="` + style + `"><table:table-row><table:table-cell><text:p>` + text + `</text:p></table:table-cell><table:table-cell><text:p>2</text:p></table:table-cell></table:table-row></table:table>`
	}
	doc, err := read(t, "a.ods", pack(t, map[string]string{
		"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
		"content.xml": `<o xmlns:table="table" xmlns:text="text" xmlns:style="style" xmlns:office="office"><office:automatic-styles><style:style style:name="h"><style:table-properties table:display="false"/></style:style></office:automatic-styles>
			<office:spreadsheet>` + sheet("Ages", "s", "Ann") + sheet("Secret", "h", "hidden") + `</office:spreadsheet></o>`,
	}))
	require.NoError(t, err)
	require.Equal(t, "Ages\n\n| Ann | 2 |", doc.Text)
	require.Equal(t, "a", doc.Title)

	doc, err = read(t, "a.odp", pack(t, map[string]string{
		"mimetype":    "application/vnd.oasis.opendocument.presentation",
		"content.xml": `<o xmlns:draw="draw" xmlns:text="text"><draw:page><draw:frame><draw:text-box><text:p>First</text:p></draw:text-box></draw:frame></draw:page></o>`,
	}))
	require.NoError(t, err)
	require.Equal(t, "First", doc.Text)
}

func FuzzODT(f *testing.F) {
	f.Add(`<text:p>a<text:note><text:p>b</text:p></text:note></text:p>`, `<text:list-style style:name="L"><text:list-level-style-number text:level="1"/></text:list-style>`)
	f.Add(`</text:list><text:list-item></table:table>`, ``)
	f.Fuzz(func(t *testing.T, body, styles string) {
		fuzzed(t, "a.odt", odt(t, styles, body, nil))
	})
}
