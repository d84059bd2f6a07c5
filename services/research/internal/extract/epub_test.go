package extract_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// book returns the parts of a book with two chapters, of which the second comes
// first.
func book() map[string]string {
	return map[string]string{
		"mimetype":               "application/epub+zip",
		"META-INF/container.xml": `<?xml version="1.0"?><container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
		"OEBPS/book.opf": `<?xml version="1.0"?><package><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>On Bridges</dc:title><dc:creator role="aut">Ada Lovelace</dc:creator>
			<dc:creator role="ill">A Painter</dc:creator><dc:date>2021-05-17T00:00:00Z</dc:date><dc:language>en</dc:language><dc:rights>CC BY</dc:rights>
			<dc:identifier>urn:isbn:9783161484100</dc:identifier></metadata>
			<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/><item id="a" href="text/a%20b.xhtml" media-type="application/xhtml+xml"/>
			<item id="b" href="text/b.xhtml" media-type="application/xhtml+xml"/><item id="c" href="c.png" media-type="image/png"/><item id="d" href="missing.xhtml" media-type="application/xhtml+xml"/></manifest>
			<spine><itemref idref="nav"/><itemref idref="b"/><itemref idref="a"/><itemref idref="c"/><itemref idref="d"/><itemref idref="none"/></spine></package>`,
		"OEBPS/nav.xhtml":        `<html><body><ol><li>Contents</li></ol></body></html>`,
		"OEBPS/text/a b.xhtml":   `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x"/></head><body><a id="x"/><h1>Last</h1><p>It <i>fell</i>.</p><hr/></body></html>`,
		"OEBPS/text/b.xhtml":     `<html><head><title>x</title></head><body><h1>First</h1><p>It stood.</p><p style="display:none">secret</p></body></html>`,
		"META-INF/something.xml": ``,
	}
}

func TestExtract_EPUB(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.epub", pack(t, book()))
	require.NoError(t, err)
	checkDocument(t, doc)
	require.Equal(t, "First\n\nIt stood.\n\nLast\n\nIt fell.", doc.Text)
	require.Equal(t, "On Bridges", doc.Title)
	require.Equal(t, []string{"Ada Lovelace"}, doc.Authors)
	require.Equal(t, "2021-05-17", doc.Published)
	require.Equal(t, "CC BY", doc.License)
	require.Equal(t, "en", doc.Language)
	require.Equal(t, map[string]string{"isbn": "9783161484100"}, doc.Identifiers)
	require.Len(t, doc.Headings, 2)
}

func TestExtract_EPUBRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		part, content, reason string
	}{
		"chapters under lock":     {"META-INF/encryption.xml", `<encryption><CipherReference URI="OEBPS/text/b.xhtml"/></encryption>`, "ENCRYPTED"},
		"no container":            {"META-INF/container.xml", `<container/>`, "BROKEN"},
		"no package":              {"OEBPS/book.opf", `<other/>`, "BROKEN"},
		"an empty package":        {"OEBPS/book.opf", `<package/>`, "EMPTY"},
		"a chapter nested deeply": {"OEBPS/text/b.xhtml", "<body>" + strings.Repeat("<div>", 10_000), "BROKEN"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts := maps.Clone(book())
			parts[tc.part] = tc.content
			_, err := read(t, "a.epub", pack(t, parts))
			requireReason(t, err, tc.reason)
		})
	}
	parts := book()
	parts["META-INF/encryption.xml"] = `<encryption><CipherReference URI="OEBPS/fonts/a.ttf"/></encryption>`
	_, err := read(t, "a.epub", pack(t, parts))
	require.NoError(t, err, "fonts are no hindrance")
}
