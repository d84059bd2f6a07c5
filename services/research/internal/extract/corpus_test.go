package extract_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// documents returns the folder of the public test documents and skips the test
// where it is absent.
func documents(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "documents")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return dir
}

// TestCorpora reads every public test document, the fuzzed, encrypted and
// damaged ones included: each is read or refused with a reason, in time.
func TestCorpora(t *testing.T) {
	t.Parallel()
	root := documents(t)
	e := sandboxed(t, extract.Limits{})
	reasons := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		begun := time.Now()
		doc, err := e.Extract(t.Context(), extract.Input{Name: d.Name(), Data: data})
		require.Less(t, time.Since(begun), 20*time.Second, path)
		if err != nil {
			var own *extract.Error
			require.ErrorAs(t, err, &own, path)
			require.NotContains(t, own.Error(), "panicked", path)
			reasons[own.Reason]++
			return nil
		}
		reasons["read"]++
		checkDocument(t, doc)
		return nil
	})
	require.NoError(t, err)
	t.Logf("%v", reasons)
	require.Greater(t, reasons["read"], 250)
	require.Positive(t, reasons[extract.Encrypted])
}

// markup matches what the expectations of other tools hold of their own output:
// tags, whole or cut, and Markdown's signs. Of a picture or a link its words stay.
var markup = regexp.MustCompile(`<[^>]*>|^[^<>]*>|<[^>]*$|\*\*|^#+ |^- |!\[([^\]]*)\](?:\([^)]*\))?|\[([^\]]*)\](?:\([^)]*\)|$)|^\||\|$|\|[-| ]+\|`)

// attribute matches an expectation that is nothing but an attribute of a tag.
var attribute = regexp.MustCompile(`^[\w-]+="([^"]*)"$`)

// missed are the expected strings that are not found, by file: how many at most,
// how many of them stand in the file as text, and why. What is
// expected and forbidden of one file, by tests with different settings, is not
// looked for.
var missed = map[string]struct {
	strings int
	asText  int // of them
	reason  string
}{
	"testOCR.pptx":                    {1, 0, "stands in a picture"},
	"testOCR.pdf":                     {3, 0, "stand in a picture"},
	"testPDF_JBIG2.pdf":               {1, 0, "stands in a picture"},
	"testPDF_XFA_govdocs1_258578.pdf": {2, 0, "stand in a picture"},
	"testPDF_bookmarks.pdf":           {1, 0, "what a stand-in for character recognition says"},
	"testPDF_bad_page_303226.pdf":     {1, 0, "a message of the other tool"},
	"testPDF_twoAuthors.pdf":          {2, 2, "the authors of a file without any text, which is refused as empty"},
	"testAttachedTemplate.docx":       {2, 1, "the address of the template, which no reader sees, and the name of a class of the other tool"},
	"testDdeLink.xlsx":                {2, 1, "the command of a link to another program, which no reader sees, and the name of a class of the other tool"},
	"testPhoneNumberExtractor.odt":    {5, 0, "numbers that the other tool makes of words and signs"},
	"testEXCEL-formats.xlsx":          {4, 4, "dates are written year first; 0.025 as 0% is 3%, as Excel shows it; a fraction whose point stands apart"},
	"testMARKDOWN.md":                 {3, 0, "names of classes and attributes in the other tool's markup"},
	"testHTML_embedded_img.html":      {2, 0, "addresses of pictures"},
	"example.xml":                     {1, 0, "the type that the other tool prints"},
	"test.pptx":                       {1, 0, "the bytes of a picture"},
	"test_wikipedia.html":             {1, 0, "the address of a link, cut in its middle"},
	"test_mskanji.csv":                {5, 5, "too short for its encoding to be told by statistics"},
}

// TestCorpora_Expected looks for the strings that other tools' tests expect in
// the documents of the types that are read, without their markup, each once. The
// floors are for what is read; what is missed is listed above.
func TestCorpora_Expected(t *testing.T) {
	t.Parallel()
	root := documents(t)
	e := reader(t, extract.Limits{})
	found, asText, all := 0, 0, 0
	var unexplained []string
	for _, set := range []string{"tika", "markitdown"} {
		for file, expected := range expectations(t, filepath.Join(root, set, "expected.open.jsonl")) {
			data, err := os.ReadFile(filepath.Join(root, set, "files", file))
			require.NoError(t, err)
			doc, err := e.Extract(t.Context(), extract.Input{Name: file, Data: data})
			var own *extract.Error
			if errors.As(err, &own) && (own.Reason == extract.Unsupported || own.Reason == extract.Encrypted) {
				continue // a type that is not offered
			}
			text := words(doc.Title + " " + strings.Join(doc.Authors, " ") + " " + doc.Text)
			misses := 0
			for _, s := range expected {
				all++
				if strings.Contains(text, s) {
					found++
					continue
				}
				misses++
				t.Logf("%s: not found: %q (%s)", file, s, missed[file].reason)
			}
			asText += min(misses, missed[file].asText)
			if misses > missed[file].strings {
				unexplained = append(unexplained, file)
			}
		}
	}
	share, readable := float64(found)/float64(all), float64(found)/float64(found+asText)
	t.Logf("%d of %d (%.1f %%); of those that stand in the file as text %.1f %%", found, all, 100*share, 100*readable)
	require.Empty(t, unexplained)
	require.GreaterOrEqual(t, share, 0.83)
	require.GreaterOrEqual(t, readable, 0.92)
}

// rules matches what parts the cells of a table, and its header from its rows.
var rules = regexp.MustCompile(`\|(?: --- \|)+|\|`)

// expectations reads an expected.open.jsonl: the strings without markup that are
// expected of each file, each once, and not forbidden of it.
func expectations(t *testing.T, path string) map[string][]string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	expected, forbidden := map[string][]string{}, map[string][]string{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var one struct {
			File, Filename string
			Contains       []string `json:"contains"`
			MustInclude    []string `json:"must_include"`
			NotContains    []string `json:"not_contains"`
			MustNotInclude []string `json:"must_not_include"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &one))
		name := one.File + one.Filename
		for _, s := range append(one.Contains, one.MustInclude...) {
			if s = stripped(s); s != "" && !slices.Contains(expected[name], s) {
				expected[name] = append(expected[name], s)
			}
		}
		for _, s := range append(one.NotContains, one.MustNotInclude...) {
			forbidden[name] = append(forbidden[name], stripped(s))
		}
	}
	require.NoError(t, lines.Err())
	for name, list := range expected {
		expected[name] = slices.DeleteFunc(list, func(s string) bool { return slices.Contains(forbidden[name], s) })
	}
	return expected
}

// stripped returns an expected string without markup.
func stripped(s string) string {
	if m := attribute.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	return words(html.UnescapeString(markup.ReplaceAllString(s, "$1$2")))
}

// words returns text with single spaces and without the bars between cells.
func words(text string) string {
	text = strings.ReplaceAll(rules.ReplaceAllString(text, " "), "\u00ad", "") // a hyphen that shows only at a line's end
	return strings.Join(strings.Fields(text), " ")
}
