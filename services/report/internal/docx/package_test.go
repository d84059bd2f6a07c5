package docx_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/docx"
)

const (
	wordSpace     = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	relationSpace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)

// file is a DOCX that was read: what tests ask of it.
type file struct {
	parts map[string][]byte
	// paragraphs are the texts of the body, a line break being one and a tab, too.
	paragraphs []string
	// styles are the styles of these paragraphs.
	styles []string
	// links are the addresses outside, anchors the bookmarks that links lead to.
	links, anchors []string
	// said are texts that are shown on demand or read aloud.
	said []string
	// count is how many elements of a name there are.
	count map[string]int
	// instructions are those of fields.
	instructions []string
}

// render writes a document and reads it back; everything that makes a file whole is
// checked on the way.
func render(t testing.TB, doc *reportv1.Document) *file {
	t.Helper()
	data, err := docx.Render(doc)
	require.NoError(t, err)
	keep(t, data)
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	f := &file{parts: map[string][]byte{}, count: map[string]int{}}
	require.Equal(t, "[Content_Types].xml", archive.File[0].Name)
	for _, member := range archive.File {
		r, err := member.Open()
		require.NoError(t, err)
		f.parts[member.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	f.check(t)
	return f
}

// keep leaves a file in the folder that DOCX_KEEP names, to be looked at and to be
// validated by other programs.
func keep(t testing.TB, data []byte) {
	t.Helper()
	if folder := os.Getenv("DOCX_KEEP"); folder != "" {
		name := regexp.MustCompile(`\W+`).ReplaceAllString(t.Name(), "-")
		name = fmt.Sprintf("%.80s-%.3x.docx", name, sha256.Sum256(data))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), data, 0o600))
	}
}

// each calls a function for every element and every text of a part.
func (f *file) each(t testing.TB, name string, start func(xml.StartElement), end func(xml.EndElement), text func(string)) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(f.parts[name]))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil { // asked for every token: require would take most of the time
			require.NoError(t, err, name)
		}
		switch token := token.(type) {
		case xml.StartElement:
			start(token)
		case xml.EndElement:
			end(token)
		case xml.CharData:
			text(string(token))
		}
	}
}

// check reads every part.
func (f *file) check(t testing.TB) {
	t.Helper()
	nothing := func(xml.EndElement) {}
	withText := []string{"word/header.xml", "word/header-first.xml", "word/footer.xml", "word/document.xml"}
	for name := range f.parts {
		if path.Ext(name) != ".png" && !slices.Contains(withText, name) {
			f.each(t, name, func(xml.StartElement) {}, nothing, func(string) {})
		}
	}
	ids := f.relations(t)
	known := map[string]bool{}
	for _, name := range []string{"word/styles.xml", "word/numbering.xml"} {
		f.each(t, name, func(e xml.StartElement) {
			if id := attribute(e, wordSpace, "styleId") + attribute(e, wordSpace, "numId"); id != "" {
				require.False(t, known[e.Name.Local+id], "%s %s is there twice", e.Name.Local, id)
				known[e.Name.Local+id] = true
			}
		}, nothing, func(string) {})
	}
	for _, name := range withText {
		f.read(t, name, ids, known)
	}
}

// relations returns the ids that parts refer to others by; what they lead to must be there.
func (f *file) relations(t testing.TB) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	f.each(t, "word/_rels/document.xml.rels", func(e xml.StartElement) {
		id, target := attribute(e, "", "Id"), attribute(e, "", "Target")
		if id == "" {
			return
		}
		require.False(t, ids[id], "%s is there twice", id)
		ids[id] = true
		if attribute(e, "", "TargetMode") == "External" {
			require.Equal(t, relationSpace+"/hyperlink", attribute(e, "", "Type"))
			f.links = append(f.links, target)
			return
		}
		require.Contains(t, f.parts, "word/"+target)
	}, func(xml.EndElement) {}, func(string) {})
	return ids
}

// read reads a part with text.
func (f *file) read(t testing.TB, name string, ids, known map[string]bool) {
	t.Helper()
	body := name == "word/document.xml"
	var text strings.Builder
	bookmarks, numbers := map[string]bool{}, map[string]bool{}
	var anchors []string
	depth, in := 0, ""
	f.each(t, name, func(e xml.StartElement) {
		in = e.Name.Local
		if body {
			f.count[in]++
		}
		val := attribute(e, wordSpace, "val")
		switch in {
		case "fldSimple", "altChunk", "object", "control":
			require.Fail(t, "an element that runs or includes something", in)
		case "hyperlink":
			depth++
			require.Equal(t, 1, depth, "links are not nested")
			if anchor := attribute(e, wordSpace, "anchor"); anchor != "" {
				anchors = append(anchors, anchor)
			}
			f.said = append(f.said, attribute(e, wordSpace, "tooltip"))
		case "bookmarkStart":
			bookmark := attribute(e, wordSpace, "name")
			require.False(t, bookmarks[strings.ToLower(bookmark)], "%s is there twice", bookmark)
			require.LessOrEqual(t, len(bookmark), 40)
			bookmarks[strings.ToLower(bookmark)] = true
			require.False(t, numbers[attribute(e, wordSpace, "id")])
			numbers[attribute(e, wordSpace, "id")] = true
		case "docPr", "cNvPr":
			require.False(t, numbers[attribute(e, "", "id")])
			numbers[attribute(e, "", "id")] = true
			f.said = append(f.said, attribute(e, "", "descr"))
		case "pStyle":
			require.True(t, known["style"+val], "no style %s", val)
			if body {
				f.styles = append(f.styles, val)
			}
		case "rStyle", "tblStyle":
			require.True(t, known["style"+val], "no style %s", val)
		case "numId":
			require.True(t, known["num"+val], "no list %s", val)
		case "br":
			text.WriteString("\n")
		case "tab":
			text.WriteString("\t")
		}
		for _, a := range e.Attr {
			if a.Name.Space == relationSpace {
				require.True(t, ids[a.Value], "%s leads nowhere", a.Value)
			}
		}
	}, func(e xml.EndElement) {
		in = ""
		switch e.Name.Local {
		case "hyperlink":
			depth--
		case "p":
			if body {
				f.paragraphs = append(f.paragraphs, text.String())
			}
			text.Reset()
		}
	}, func(s string) {
		switch in {
		case "t":
			text.WriteString(s)
		case "instrText":
			require.Contains(t, []string{` TOC \o "1-2" \h \z `, " PAGE ", " NUMPAGES "}, s)
			f.instructions = append(f.instructions, s)
		default:
			if strings.TrimSpace(s) != "" {
				require.Empty(t, s, "text in %s", in)
			}
		}
	})
	for _, anchor := range anchors {
		require.True(t, bookmarks[strings.ToLower(anchor)], "no bookmark %s", anchor)
	}
	f.anchors = append(f.anchors, anchors...)
}

// of returns the paragraphs of a style.
func (f *file) of(style string) []string {
	var out []string
	for i, p := range f.paragraphs {
		if f.styles[i] == style {
			out = append(out, p)
		}
	}
	return out
}

func attribute(e xml.StartElement, space, name string) string {
	for _, a := range e.Attr {
		if a.Name.Space == space && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// first returns the markup of the first paragraph of a style.
func (f *file) first(style string) string {
	_, rest, _ := strings.Cut(string(f.parts["word/document.xml"]), `<w:pStyle w:val="`+style+`"/>`)
	paragraph, _, _ := strings.Cut(rest, "</w:p>")
	return paragraph
}

// bidi reports whether the first paragraph of a style is written from right to left.
func (f *file) bidi(style string) bool { return strings.Contains(f.first(style), "<w:bidi/>") }

// runs returns the pieces of text of the first paragraph of a style, those from right to
// left with a < before them.
func (f *file) runs(t testing.TB, style string) []string {
	t.Helper()
	var out []string
	for _, run := range strings.Split(f.first(style), "<w:r>")[1:] {
		_, text, _ := strings.Cut(run, `<w:t xml:space="preserve">`)
		text, _, _ = strings.Cut(text, "</w:t>")
		require.NotEmpty(t, text)
		if strings.Contains(run, "<w:rtl/>") {
			text = "<" + text
		}
		out = append(out, text)
	}
	return out
}
