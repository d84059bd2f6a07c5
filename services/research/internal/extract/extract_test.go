package extract_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/sandbox"
)

// cacheDir is where the compiled PDF engine is kept from one run of the tests to
// the next, as the Go tool keeps what it compiles: compiling it takes seconds,
// and with the race detector a minute.
var cacheDir = sync.OnceValues(func() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil { // no home
		dir = os.TempDir()
	}
	dir = filepath.Join(dir, "researcher-pro", "pdf-engine")
	// One file before all others, so that the tests do not compile side by side.
	e := extract.New(extract.Config{CacheDir: dir})
	_, err = e.Extract(context.Background(), extract.Input{Data: pdfFile("", []string{"Warm."})})
	return dir, errors.Join(err, e.Close())
})

// patience is how long a file may take at most: twenty seconds, but for the race
// detector, which takes its time.
func patience() time.Duration {
	if !sandbox.LimitsMemory {
		return 5 * time.Minute
	}
	return 20 * time.Second
}

// patient returns limits that the race detector can keep to.
func patient(limits extract.Limits) extract.Limits {
	if !sandbox.LimitsMemory {
		limits.Time, limits.Stall = patience(), patience()
	}
	return limits
}

// reader returns an extractor that can read PDF files without a delay.
func reader(t *testing.T, limits extract.Limits) *extract.Extractor {
	t.Helper()
	dir, err := cacheDir()
	require.NoError(t, err)
	if limits == (extract.Limits{}) {
		limits = extract.DefaultLimits()
	}
	e := extract.New(extract.Config{Limits: patient(limits), CacheDir: dir})
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

// read extracts a file with the default limits.
func read(t *testing.T, name string, data []byte) (extract.Document, error) {
	t.Helper()
	e := extract.New(extract.Config{Limits: patient(extract.DefaultLimits())})
	if strings.Contains(string(data), "%PDF-") {
		e = reader(t, extract.Limits{})
	}
	return e.Extract(t.Context(), extract.Input{Name: name, Data: data})
}

// requireReason fails unless err is a file's fault for a reason.
func requireReason(t *testing.T, err error, reason string) *extract.Error {
	t.Helper()
	var own *extract.Error
	require.ErrorAs(t, err, &own)
	require.Equal(t, reason, own.Reason, own.Message)
	return own
}

// checkDocument fails unless doc keeps what Document promises.
func checkDocument(t *testing.T, doc extract.Document) {
	t.Helper()
	require.True(t, utf8.ValidString(doc.Text))
	require.True(t, norm.NFC.IsNormalString(doc.Text))
	require.NotContains(t, doc.Text, "\r")
	require.NotContains(t, doc.Text, "\n\n\n")
	require.Equal(t, strings.Trim(doc.Text, "\n"), doc.Text)
	require.NotEmpty(t, doc.Title)
	at := 0
	for _, h := range doc.Headings {
		require.LessOrEqual(t, at, h.Start)
		require.Less(t, h.Start, h.End)
		require.Positive(t, h.Level)
		at = h.End
	}
	require.LessOrEqual(t, at, len(doc.Text))
	at = 0
	for _, p := range doc.Pages {
		require.LessOrEqual(t, at, p.Start)
		require.LessOrEqual(t, p.Start, p.End)
		at = p.End
	}
	require.LessOrEqual(t, at, len(doc.Text))
}

func TestExtract_TypeByContent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, declared, data, want string
	}{
		"a page under a wrong name":      {"notes.txt", "", "<!DOCTYPE html><p>Hello there</p>", "text/html"},
		"a page after a comment":         {"x", "", "<!-- saved -->\n<html><p>Hello</p></html>", "text/html"},
		"JSON under a wrong name":        {"notes.txt", "", `{"a": "b"}`, "application/json"},
		"what only begins like JSON":     {"notes.json", "", "[draft] Some notes", "text/plain"},
		"the name tells Markdown":        {"README.md", "", "Some notes", "text/markdown"},
		"the name tells CSV":             {"t.csv", "", "a,b\n1,2", "text/csv"},
		"the declared type tells CSV":    {"t", "text/csv; charset=utf-8", "a,b\n1,2", "text/csv"},
		"the declared type cannot lie":   {"t", "application/pdf", "Some notes", "text/plain"},
		"all other text is plain":        {"Makefile", "", "all:\n\techo", "text/plain"},
		"a page with a declaration":      {"x", "", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body>Hello</body></html>`, "text/html"},
		"markup in running text is text": {"x.txt", "", "<b> is how HTML makes text bold", "text/plain"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := extract.New(extract.Config{}).Extract(t.Context(), extract.Input{Name: tc.name, DeclaredType: tc.declared, Data: []byte(tc.data)})
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.MediaType)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_Refuses(t *testing.T) {
	t.Parallel()
	ole := "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600)
	tests := map[string]struct {
		data    string
		reason  string
		message string
	}{
		"no content":             {"", extract.Empty, "no content"},
		"white space only":       {" \n\t\n ", extract.Empty, "no text"},
		"a picture":              {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 100), extract.Unsupported, "image/png"},
		"an archive":             {"\x1f\x8b\x08" + strings.Repeat("\x00", 100), extract.Unsupported, "unpack it"},
		"a tape archive":         {strings.Repeat("a", 257) + "ustar\x00", extract.Unsupported, "unpack it"},
		"bytes without a sense":  {strings.Repeat("\x00\x01\x02\xfe", 100), extract.Unsupported, "octet-stream"},
		"old Office files":       {ole, extract.Unsupported, "97 to 2003"},
		"Office with a password": {ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", extract.Encrypted, "password"},
		"a cut zip file":         {"PK\x03\x04 and then nothing", extract.Broken, "damaged"},
		"a cut PDF":              {"%PDF-1.7\n1 0 obj", extract.Broken, "damaged"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, "file", []byte(tc.data))
			require.Contains(t, requireReason(t, err, tc.reason).Message, tc.message)
		})
	}
}

// TestExtract_EmptySaysWhatItIs reads pages without a text in a file that names
// who wrote them.
func TestExtract_EmptySaysWhatItIs(t *testing.T) {
	t.Parallel()
	file := pack(t, map[string]string{
		"word/document.xml": `<w:document xmlns:w="urn:w"><w:body><w:p/></w:body></w:document>`,
		"docProps/core.xml": `<p xmlns:dc="urn:dc"><dc:title>Of bridges</dc:title><dc:creator>Ada Lovelace</dc:creator></p>`,
	})
	for name, e := range map[string]*extract.Extractor{"in the process": reader(t, extract.Limits{}), "in a child": sandboxed(t, extract.Limits{})} {
		doc, err := e.Extract(t.Context(), extract.Input{Name: "scan.docx", Data: file})
		requireReason(t, err, extract.Empty)
		require.Equal(t, "Of bridges", doc.Title, name)
		require.Equal(t, []string{"Ada Lovelace"}, doc.Authors, name)
		require.Empty(t, doc.Text, name)
	}
}

func TestExtract_Limits(t *testing.T) {
	t.Parallel()
	limits := extract.DefaultLimits()
	limits.InputBytes, limits.TextBytes = 1000, 100
	e := extract.New(extract.Config{Limits: limits})

	_, err := e.Extract(t.Context(), extract.Input{Data: []byte(strings.Repeat("a", 1001))})
	require.Contains(t, requireReason(t, err, extract.TooLarge).Message, "at most 1000 bytes")
	for _, name := range []string{"a.txt", "a.md", "a.csv", "a.html"} {
		_, err = e.Extract(t.Context(), extract.Input{Name: name, Data: []byte(strings.Repeat("some words\n\n", 20))})
		require.Contains(t, requireReason(t, err, extract.TooLarge).Message, "100 bytes of text", name)
	}
	_, err = e.Extract(t.Context(), extract.Input{Data: []byte(`["` + strings.Repeat("a", 200) + `"]`)})
	requireReason(t, err, extract.TooLarge)
}

func TestExtract_TimeIsTheFilesOrTheCallers(t *testing.T) {
	t.Parallel()
	limits := extract.DefaultLimits()
	limits.Time = time.Nanosecond
	_, err := extract.New(extract.Config{Limits: limits}).Extract(t.Context(), extract.Input{Data: []byte("Hello")})
	requireReason(t, err, extract.Timeout)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = extract.New(extract.Config{}).Extract(ctx, extract.Input{Data: []byte("Hello")})
	require.ErrorIs(t, err, context.Canceled)
	var own *extract.Error
	require.NotErrorAs(t, err, &own, "it is not the file's fault")
}

func TestExtract_TitleAndLanguage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, data, title, language string
	}{
		"from the file's name":     {`C:\docs\my report.txt`, "Hello", "my report", ""},
		"from the first heading":   {"a.md", "## Minor\n\n# Major\n\ntext", "Major", ""},
		"from the front matter":    {"a.md", "---\nauthor: me\ntitle: \"Of cats\"\n---\n# Other\n\ntext", "Of cats", ""},
		"from the page":            {"a.html", "<html><title>Of\n cats</title><p>text</p>", "Of cats", ""},
		"from what a page shares":  {"a.html", `<html><title>Site</title><meta property="og:title" content="Of cats"><p>text</p>`, "Of cats", ""},
		"from the JSON":            {"a.json", `{"title": "Of cats", "n": 1}`, "Of cats", ""},
		"the language if it shows": {"a.txt", "Die Kommission hat entschieden, dass der Bericht nicht vor dem Ende des Jahres erscheint.", "a", "de"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, tc.name, []byte(tc.data))
			require.NoError(t, err)
			require.Equal(t, tc.title, doc.Title)
			require.Equal(t, tc.language, doc.Language)
		})
	}
}

func FuzzExtract(f *testing.F) {
	for _, seed := range []string{"# a\n\n* b\n  1. c\n\n|a|b|\n|-|-|\n|1|2|", "<html><table><tr><td>a<td>b</table><ul><li>x<ul><li>y", `{"a":[1,{"b":null}]}`, "a;b\n\"c", "\xff\xfea\x00", "PK\x03\x04", "---\ntitle: x\n---\n"} {
		f.Add(seed, "a.md")
		f.Add(seed, "a.csv")
		f.Add(seed, "a")
	}
	e := extract.New(extract.Config{})
	f.Fuzz(func(t *testing.T, data, name string) {
		if strings.Contains(data, "%PDF-") {
			t.Skip("the PDF engine is not ours to fuzz")
		}
		doc, err := e.Extract(t.Context(), extract.Input{Name: name, Data: []byte(data)})
		if err != nil {
			var own *extract.Error
			require.ErrorAs(t, err, &own)
			require.NotContains(t, own.Error(), "panicked")
			return
		}
		doc.Title = "any" // a nameless file without a heading has none
		checkDocument(t, doc)
	})
}
