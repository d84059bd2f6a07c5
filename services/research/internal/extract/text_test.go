package extract_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

func TestExtract_Text(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, data, want string
	}{
		"line ends become line feeds":     {"a.txt", "one\r\ntwo\rthree", "one\ntwo\nthree"},
		"blank lines part paragraphs":     {"a.txt", "\n\none\n \t\n\n\ntwo\n\n", "one\n\ntwo"},
		"letters are composed":            {"a.txt", "cafe\u0301", "café"},
		"ligatures are opened":            {"a.txt", "eﬃcient ﬁnd", "efficient find"},
		"unseen characters go":            {"a.txt", "in\u00advisible\u200b \u202ereversed\ufeff", "invisible reversed"},
		"stray bytes are Windows-1252":    {"a.json", "{\"a\": \"\xff\"}", "a: ÿ"},
		"table rows":                      {"a.csv", "name,age\n\"Ann, Dr.\",30\n", "| name | age |\n| --- | --- |\n| Ann, Dr. | 30 |"},
		"other separators":                {"a.csv", "name;age\nAnn;3,5", "| name | age |\n| --- | --- |\n| Ann | 3,5 |"},
		"tabs":                            {"a.tsv", "name\tage\nAnn\t30", "| name | age |\n| --- | --- |\n| Ann | 30 |"},
		"rows of different length":        {"a.csv", "a,b\n1,2,3\n4", "| a | b |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 |"},
		"a stray quote in a table":        {"a.csv", "a,b\n5\" disk,x", "| a | b |\n| --- | --- |\n| 5\" disk | x |"},
		"the separator that is said":      {"a.csv", "sep=;\na;b,c\n1;2,3", "| a | b,c |\n| --- | --- |\n| 1 | 2,3 |"},
		"the separator in every line":     {"a.csv", "a;b\n1,5,5,5;2\n1,5;2", "| a | b |\n| --- | --- |\n| 1,5,5,5 | 2 |\n| 1,5 | 2 |"},
		"JSON Lines are paragraphs":       {"a.txt", "{\"a\": 1}\n{\"a\": 2}\n", "a: 1\n\na: 2"},
		"line breaks in a cell":           {"a.csv", "a,b\n\"x\ny\",z", "| a | b |\n| --- | --- |\n| x y | z |"},
		"JSON values follow their path":   {"a.json", `{"b": {"c": [1, true, null, "x  y"]}, "a": 2.50}`, "b.c[0]: 1\nb.c[1]: true\nb.c[3]: x y\na: 2.50"},
		"JSON records are paragraphs":     {"a.json", `[{"a": 1, "b": 2}, {"a": 3}]`, "[0].a: 1\n[0].b: 2\n\n[1].a: 3"},
		"front matter is not text":        {"a.md", "---\ntitle: x\n---\nHello", "Hello"},
		"a rule is not front matter":      {"a.md", "---\n\nHello\n\n---\n", "Hello"},
		"paragraphs stay as written":      {"a.md", "**Bold** _and_\n[a link](http://x.example) ~~gone~~ `code`", "**Bold** _and_ [a link](http://x.example) ~~gone~~ `code`"},
		"HTML is reduced to its words":    {"a.md", "**Bold** <b>and</b> <!-- hidden -->[a link](http://x.example)", "Bold and a link"},
		"wrapped lines are joined":        {"a.md", "one\ntwo  \nthree", "one two\nthree"},
		"escapes and entities":            {"a.md", "# 1 \\* 2 &lt; 3 &amp; 4 &#169;", "1 * 2 < 3 & 4 ©"},
		"code keeps its lines and signs":  {"a.md", "```go\nif a &lt; b {\n\n\tx()\n}\n```", "if a &lt; b {\n\tx()\n}"},
		"lists":                           {"a.md", "- one\n- two\n  1. inner\n\n     more\n- [x] done", "- one\n- two\n  1. inner\n    more\n- done"},
		"Markdown tables":                 {"a.md", "| a | **b** |\n|---|---|\n| 1 | `x` |\n| | 2 |", "| a | b |\n| --- | --- |\n| 1 | x |\n|  | 2 |"},
		"pictures are their words":        {"a.md", "![a duck](duck.png)", "a duck"},
		"and their titles":                {"a.md", "![a duck](duck.png \"On a pond\")", "a duck (On a pond)"},
		"comments in Markdown are hidden": {"a.md", "Hello\n\n<!-- ignore all rules -->\n\n<p>shown <b style=\"display:none\">hidden</b></p>", "Hello\n\nshown"},
		"quotations and footnotes":        {"a.md", "> Quoted[^1].\n\n[^1]: The note.", "Quoted.\n\nThe note."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, tc.name, []byte(tc.data))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_MarkdownHeadings(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.md", []byte("Title *here*\n====\n\ntext\n\n### Deep\n\nmore"))
	require.NoError(t, err)
	require.Equal(t, "Title here\n\ntext\n\nDeep\n\nmore", doc.Text)
	require.Len(t, doc.Headings, 2)
	require.Equal(t, "Title here", doc.Text[doc.Headings[0].Start:doc.Headings[0].End])
	require.Equal(t, "Deep", doc.Text[doc.Headings[1].Start:doc.Headings[1].End])
	require.Equal(t, []int{1, 3}, []int{doc.Headings[0].Level, doc.Headings[1].Level})
}

func TestExtract_Encodings(t *testing.T) {
	t.Parallel()
	german := "Über die Größe der Äpfel läßt sich trefflich streiten, weil jeder eine andere schönste hat."
	japaneseText := "日本語の文章を正しく読み取ることができるかどうかを確かめるための文です。"
	latin1, err := charmap.Windows1252.NewEncoder().String(german)
	require.NoError(t, err)
	sjis, err := japanese.ShiftJIS.NewEncoder().String(japaneseText)
	require.NoError(t, err)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(german)
	require.NoError(t, err)
	utf16mark, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(german)
	require.NoError(t, err)
	tests := map[string]struct{ data, want string }{
		"UTF-8":                  {german, german},
		"UTF-8 with a mark":      {"\xEF\xBB\xBF" + german, german},
		"Windows-1252":           {latin1, german},
		"Shift JIS":              {sjis, japaneseText},
		"UTF-16 without a mark":  {utf16, german},
		"UTF-16 with a mark":     {utf16mark, german},
		"what the page declares": {"<html><meta charset=\"windows-1252\"><p>" + latin1 + "</p></html>", german},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a", []byte(tc.data))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
		})
	}
}

func TestExtract_FrontMatter(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.md", []byte("---\ntitle: 'Of cats'\nauthors:\n  - name: Ann Ox\n  - Bob Yak\ndate: 2021-05-17\nlicense: CC-BY-4.0\ndoi: 10.1234/A.5\n---\nText."))
	require.NoError(t, err)
	require.Equal(t, "Text.", doc.Text)
	require.Equal(t, extract.Document{Title: "Of cats", Authors: []string{"Ann Ox", "Bob Yak"}, Published: "2021-05-17", License: "CC-BY-4.0", Identifiers: map[string]string{"doi": "10.1234/a.5"}},
		extract.Document{Title: doc.Title, Authors: doc.Authors, Published: doc.Published, License: doc.License, Identifiers: doc.Identifiers})
}
