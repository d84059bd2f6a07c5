package docx_test

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
)

// readable returns what is left of a text after the package comment: what XML cannot hold
// is U+FFFD, white space but the plain space is a space. Marks of direction are ours.
func readable(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\v', r == '\f', r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
			return ' '
		case r < ' ', r == '\ufffe', r == '\uffff':
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return text
}

// requireWhole checks that a text is in every field of a document that was filled with it.
func requireWhole(t testing.TB, f *file, text string) {
	t.Helper()
	want := readable(text)
	for _, style := range []string{
		"Title", "Notice", "Heading1", "Heading2", "Normal", "Note", "BlockText", "Finding", "FindingDetails", "QuoteSource", "Disagreement", "Caption",
		"ListBullet", "ListNumber", "TableHeading", "TableText", "Reference", "ReferenceDetails", "TOC1", "TOC2",
	} {
		require.Contains(t, strings.Join(f.of(style), "\n"), want, style)
	}
	// The white space of quotes is made plain, and that of code stays.
	require.Contains(t, f.of("Quote")[0], strings.Join(strings.Fields(readable(strings.Join(strings.Fields(text), " "))), " "))
	require.Contains(t, readable(f.of("Code")[0]), strings.TrimSuffix(readable(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n")), "\n"))
	require.Contains(t, strings.Join(f.said, "\n"), want, "the chart's description")
	require.NotContains(t, f.instructions, text)
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	plain := render(t, documenttest.Filled("x"))
	for name, text := range map[string]string{
		"control characters":   "a\x00b\x01c\x1bd\x7fe\u0085f\u2028g\u2029h\u009fi",
		"line breaks":          "a\r\nb\rc\nd\te",
		"invalid UTF-8":        "a\xffb\xc3(c\xed\xa0\x80d",
		"no characters":        "a\ufffeb\uffffc\U0001fffed",
		"markup":               `<w:t>&amp;</w:t></w:p><w:p><![CDATA[x]]> ]]> &#0; <!DOCTYPE a [<!ENTITY x "y">]> "'`,
		"fields":               `{ DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc.exe" } =SUM(1) +1 -1 @x TOC \o "1-9" MERGEFIELD`,
		"formulas":             "=cmd|' /C calc'!A0",
		"left open directions": "a\u202eb \u2066c\u2068d \u202ae",
		"closed directions":    "a\u202eb\u202c \u2066c\u2069 \u2069\u202c",
		"combining":            "Ẑ̵̛a̶l̷g̸o̷" + strings.Repeat("\u0301", 500),
		"a long word":          strings.Repeat("w", 10000),
		"an address":           "javascript:alert(1) file:///etc/passwd \\\\host\\share http://example.org",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := render(t, documenttest.Filled(text))
			requireWhole(t, f, text)
			require.Equal(t, plain.links, f.links)
			require.Equal(t, plain.count["p"], f.count["p"])
			require.Equal(t, plain.count["hyperlink"], f.count["hyperlink"])
			require.Equal(t, plain.count["drawing"], f.count["drawing"])
			require.Equal(t, plain.instructions, f.instructions)
		})
	}
}

func TestDirectionsThatAreLeftOpenAreClosed(t *testing.T) {
	t.Parallel()
	f := render(t, documentOf(text("a\u202eb\u2066c"), text("a\u202eb\u202c"), text("\u202c\u2069")))
	require.Equal(t, []string{"a\u202eb\u2066c\u2069\u202c", "a\u202eb\u202c", "\u202c\u2069"}, f.of("Normal"))
}

func TestTextOfAMegabyteComesOutWhole(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"of words": strings.Repeat("word and نص نص or 字, ", 1<<20/30), "of one word": strings.Repeat("x", 1<<20), "of marks": strings.Repeat("<", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := render(t, &reportv1.Document{Title: text, Sections: []*reportv1.Section{{Blocks: []*reportv1.Block{
				{Kind: &reportv1.Block_Chart{Chart: &reportv1.Chart{Categories: []string{text}, Series: []*reportv1.Chart_Series{{Values: []float64{1}}}}}},
				{Kind: &reportv1.Block_Table{Table: &reportv1.Table{Rows: []*reportv1.Table_Row{{Cells: []*reportv1.Table_Cell{{Text: inline(text)}}}}}}},
				{Kind: &reportv1.Block_CodeBlock{CodeBlock: &reportv1.CodeBlock{Text: text}}},
			}}}})
			// A megabyte is compared by itself: nobody reads what differs.
			for _, style := range []string{"Title", "TableText", "Code"} {
				same := f.of(style)[0] == text
				require.True(t, same, style)
			}
			described := strings.Contains(strings.Join(f.said, ""), text)
			require.True(t, described)
		})
	}
}

func TestOnlyTheWebAndMailAreLinked(t *testing.T) {
	t.Parallel()
	for href, want := range map[string]string{
		"https://example.org/a?b=c&d=%20e#f":               "https://example.org/a?b=c&d=%20e#f",
		"HTTP://Example.org":                               "http://example.org",
		"http://bücher.example/ü?q=é":                      "http://xn--bcher-kva.example/%C3%BC?q=%C3%A9",
		"https://example.org:8080/a b\"<>\\^`{|}":          "https://example.org:8080/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D",
		"https://example.org/100%":                         "",
		"http://[2001:db8::1]:80/":                         "http://[2001:db8::1]:80/",
		"mailto:a@example.org?subject=x":                   "mailto:a@example.org?subject=x",
		"https://example.org/\"/><w:p/>":                   "https://example.org/%22/%3E%3Cw:p/%3E",
		"https://example.org/" + strings.Repeat("a", 5000): "",
		"javascript:alert(1)":                              "",
		"JaVaScRiPt:alert(1)":                              "",
		" javascript:alert(1)":                             "",
		"data:text/html,<script>":                          "",
		"file:///etc/passwd":                               "",
		"\\\\host\\share":                                  "",
		"//example.org":                                    "",
		"http://":                                          "",
		"http:///path":                                     "",
		"http://a b/":                                      "",
		"http://exa\x00mple.org/":                          "",
		"mailto:":                                          "",
		"ms-word:ofe|u|https://example.org":                "",
		"#section-1":                                       "",
	} {
		t.Run(href, func(t *testing.T) {
			t.Parallel()
			f := render(t, documentOf(&reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: []*reportv1.Inline{
				{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: href, Text: inline("here")}}},
			}}}}))
			require.Equal(t, []string{"here"}, f.of("Normal"))
			if want == "" {
				require.Empty(t, f.links)
				return
			}
			require.Equal(t, []string{want}, f.links)
		})
	}
}

func TestOddAnchorsAreStillLinked(t *testing.T) {
	t.Parallel()
	anchors := []string{"source-1", "SOURCE-1", "source_1", "1", "ü", strings.Repeat("a", 100), "place__3", "_Toc500000001", "\x00\"<"}
	doc := &reportv1.Document{Title: "Title"}
	var marks []*reportv1.Citation_Mark
	for _, anchor := range anchors {
		doc.References = append(doc.References, &reportv1.Reference{Anchor: anchor, Text: inline("r")})
		marks = append(marks, &reportv1.Citation_Mark{Anchor: anchor, Label: "m"})
	}
	doc.Sections = []*reportv1.Section{{Blocks: []*reportv1.Block{
		{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Citation{Citation: &reportv1.Citation{Marks: marks}}}}}}},
		{Kind: &reportv1.Block_ReferenceList{}},
	}}}
	f := render(t, doc)
	require.Len(t, f.anchors, len(anchors))
	different := map[string]bool{}
	for _, anchor := range f.anchors {
		different[strings.ToLower(anchor)] = true
	}
	require.Len(t, different, len(anchors))
}

func TestNaughtyStringsComeOutWhole(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(data(t, "vectors", "naughty-strings", "blns.json"))
	require.NoError(t, err)
	var lines []string
	require.NoError(t, json.Unmarshal(raw, &lines))
	require.Greater(t, len(lines), 400)
	requireNothingNew(t, lines)
}

func TestPayloadsRunNowhere(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"XSS_Injection", "CSV_Injection"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			var lines []string
			require.NoError(t, filepath.WalkDir(data(t, "vectors", "payloadsallthethings", folder), func(path string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				file, err := os.Open(path)
				if err != nil {
					return err
				}
				defer file.Close()
				scanner := bufio.NewScanner(file)
				scanner.Buffer(nil, 1<<24)
				for scanner.Scan() {
					lines = append(lines, scanner.Text())
				}
				return scanner.Err()
			}))
			require.Greater(t, len(lines), 20)
			requireNothingNew(t, lines)
		})
	}
}

// requireNothingNew checks that every line is text in a document that has nothing but what
// one without it has.
func requireNothingNew(t *testing.T, lines []string) {
	t.Helper()
	plain := render(t, documenttest.Filled("x"))
	seen := map[string]bool{}
	for _, line := range lines {
		if strings.TrimSpace(line) == "" || seen[line] {
			continue
		}
		seen[line] = true
		f := render(t, documenttest.Filled(line))
		requireWhole(t, f, line)
		for _, element := range []string{"p", "tbl", "hyperlink", "drawing", "bookmarkStart", "fldChar", "sdt"} {
			require.Equal(t, plain.count[element], f.count[element], "%s of %q", element, line)
		}
		require.Equal(t, plain.links, f.links)
		require.Equal(t, plain.instructions, f.instructions)
		require.Len(t, f.parts, len(plain.parts))
	}
}
