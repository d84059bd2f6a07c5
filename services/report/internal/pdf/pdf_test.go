package pdf_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/fonts"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf/pdftest"
)

// serif returns a font and its glyph for a character.
func serif(t *testing.T, r rune) (*fonts.Font, uint16) {
	t.Helper()
	f, err := fonts.New().Primary(0)
	require.NoError(t, err)
	id, has := f.NominalGlyph(r)
	require.True(t, has)
	return f, uint16(id)
}

func written(t *testing.T, file *pdf.File, about pdf.About) *pdftest.File {
	t.Helper()
	data, err := file.Bytes(about)
	require.NoError(t, err)
	return pdftest.Read(t, data)
}

// objects returns all objects in one text.
func objects(f *pdftest.File) string {
	var b strings.Builder
	for _, body := range f.Objects {
		b.WriteString(body + "\n")
	}
	return b.String()
}

func TestGlyphsAreReadBackAsWhatTheyStandFor(t *testing.T) {
	t.Parallel()
	font, id := serif(t, 'a')
	cases := []struct {
		name   string
		glyphs []pdf.Glyph
		want   string
	}{
		{"one character", []pdf.Glyph{{ID: id, Text: "a"}}, "a"},
		{"the same glyph for different texts", []pdf.Glyph{{ID: id, Text: "a"}, {ID: id, Text: "α"}, {ID: id, Text: "a"}}, "aαa"},
		{"a ligature", []pdf.Glyph{{ID: id, Text: "ffi"}}, "ffi"},
		{"beyond the basic plane", []pdf.Glyph{{ID: id, Text: "𓀀"}}, "𓀀"},
		{"glyphs that add nothing", []pdf.Glyph{{ID: id, Text: "é"}, {ID: id}, {ID: id}, {ID: id, Text: "b"}}, "éb"},
		{"more than a code can say", []pdf.Glyph{{ID: id, Text: strings.Repeat("(\\é)", 40)}}, strings.Repeat("(\\é)", 40)},
		{"what is not to be seen", []pdf.Glyph{{ID: pdf.Blank, Text: "x", Advance: 3}, {ID: pdf.Blank, Text: "y"}}, "xy"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := pdf.New()
			page := file.Page(100, 100)
			page.Mark(file.Structure().Add("P"))
			page.Text(10, 10, pdf.Line{Font: font, Size: 10, Glyphs: c.glyphs})
			page.Finish()
			require.Equal(t, c.want, strings.TrimSpace(written(t, file, pdf.About{}).Text()))
		})
	}
}

func TestTextIsReadInTheOrderOfTheStructure(t *testing.T) {
	t.Parallel()
	font, id := serif(t, 'a')
	file := pdf.New()
	first, second := file.Structure().Add("P"), file.Structure().Add("P")
	for _, texts := range [][2]string{{"c", "a"}, {"d", "b"}} {
		page := file.Page(100, 100)
		for i, e := range []*pdf.Element{second, first} {
			page.Mark(e)
			page.Text(10, 10, pdf.Line{Font: font, Size: 10, Glyphs: []pdf.Glyph{{ID: id, Text: texts[i]}}})
		}
		page.Mark(nil)
		page.Text(10, 90, pdf.Line{Font: font, Size: 10, Glyphs: []pdf.Glyph{{ID: id, Text: "decoration"}}})
		page.Finish()
	}
	require.Equal(t, "ab\ncd\n\n", written(t, file, pdf.About{}).Text())
}

func TestFontsHoldOnlyWhatIsUsed(t *testing.T) {
	t.Parallel()
	size := func(s string) int {
		file := pdf.New()
		page := file.Page(100, 100)
		font, _ := serif(t, 'a')
		for _, r := range s {
			id, _ := font.NominalGlyph(r)
			page.Text(10, 10, pdf.Line{Font: font, Size: 10, Glyphs: []pdf.Glyph{{ID: uint16(id), Text: string(r)}}})
		}
		page.Finish()
		data, err := file.Bytes(pdf.About{})
		require.NoError(t, err)
		return len(data)
	}
	require.Less(t, size("a"), 20_000)
	require.Less(t, size("aaaa"), size("abcd"))
}

func TestGlyphsThatAreComposedBringTheirParts(t *testing.T) {
	t.Parallel()
	// With its parts the glyph of É is longer than without.
	font, id := serif(t, 'É')
	file := pdf.New()
	page := file.Page(100, 100)
	page.Text(10, 10, pdf.Line{Font: font, Size: 10, Glyphs: []pdf.Glyph{{ID: id, Text: "É"}}})
	page.Finish()
	f := written(t, file, pdf.About{})
	for n, dict := range f.Dicts {
		if strings.Contains(dict, "/Length1") {
			data := f.Streams[n]
			// The number of glyphs: the missing one, the letter, and its parts.
			at := strings.Index(data, "maxp")
			offset := int(data[at+8])<<24 | int(data[at+9])<<16 | int(data[at+10])<<8 | int(data[at+11])
			require.Equal(t, 4, int(data[offset+4])<<8|int(data[offset+5]))
		}
	}
}

func TestTextsOfTheFileAreEscaped(t *testing.T) {
	t.Parallel()
	file := pdf.New()
	file.Page(100, 100).Finish()
	hostile := "a) >> endobj ( \\ \x00 <x:y>&\" \xff é"
	f := written(t, file, pdf.About{Title: hostile, Language: "en", Creator: "(", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))})
	whole := objects(f)
	require.Contains(t, whole, `/Creator (\()`)
	require.Contains(t, whole, "/Title <FEFF0061002900200")
	require.Contains(t, whole, "/CreationDate (D:20260102020405Z)")
	require.NotContains(t, whole, "endobj (")
	for n, dict := range f.Dicts {
		if strings.Contains(dict, "/Metadata") {
			require.Contains(t, f.Streams[n], "a) &gt;&gt; endobj ( \\   &lt;x:y&gt;&amp;&quot; \ufffd é")
		}
	}
}

func TestOutlineIsNestedByLevels(t *testing.T) {
	t.Parallel()
	file := pdf.New()
	page := file.Page(100, 100)
	page.Place("here", 10)
	page.Finish()
	file.Outline([]pdf.Entry{{Level: 2, Title: "first", Place: "here"}, {Level: 1, Title: "top", Place: "here"}, {Level: 3, Title: "below", Place: "here"}, {Level: 3, Title: "beside", Place: "here"}})
	whole := objects(written(t, file, pdf.About{}))
	require.Regexp(t, `/Type /Outlines /First \d+ 0 R /Last \d+ 0 R /Count 2`, whole)
	require.Regexp(t, `/Title \(top\) .*/Count -2`, whole)
	require.Regexp(t, `/Title \(beside\) /Parent \d+ 0 R /Dest \(here\) /Prev`, whole)
}

func TestLinksKeepWhatTheyAreGiven(t *testing.T) {
	t.Parallel()
	file := pdf.New()
	page := file.Page(100, 100)
	e := file.Structure().Add("Link")
	page.Link(pdf.Link{URL: "https://example.org/100%d/é ", Contents: "100%d (sure)"}, e)
	page.Finish()
	whole := objects(written(t, file, pdf.About{}))
	require.Contains(t, whole, `/URI (https://example.org/100%d/%C3%A9%20)`)
	require.Contains(t, whole, `/Contents (100%d \(sure\)) /StructParent 1 `)
}
