package extract_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/researchtest/expected"
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
		require.Less(t, time.Since(begun), patience(), path)
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

// TestCorpora_Expected looks for the strings that other tools' tests expect in
// the documents of the types that are read, each once. A file that is refused as
// empty misses all of its strings. Every miss has a reason.
func TestCorpora_Expected(t *testing.T) {
	t.Parallel()
	root := documents(t)
	e := reader(t, extract.Limits{})
	var found, relevant, all int
	for _, set := range []string{"tika", "markitdown"} {
		texts := map[string]string{}
		for _, s := range expectations(t, filepath.Join(root, set, "expected.open.jsonl")) {
			text, known := texts[s.File]
			if !known {
				text = wordsOf(t, e, filepath.Join(root, set, "files", s.File))
				texts[s.File] = text
			}
			if text == notOffered {
				continue
			}
			all++
			if s.Relevant() || s.In(text) {
				relevant++
			}
			if s.In(text) {
				found++
				continue
			}
			t.Logf("%s: not found: %q (%s)", s.File, s.Text, s.Reason())
			assert.NotEmpty(t, s.Reason(), "%s: %q", s.File, s.Raw)
		}
	}
	share, ofRelevant := float64(found)/float64(all), float64(found)/float64(relevant)
	t.Logf("%d of %d (%.1f %%); %.1f %% of the %d that others than the other tool look for", found, all, 100*share, 100*ofRelevant, relevant)
	require.GreaterOrEqual(t, share, 0.89)
	require.GreaterOrEqual(t, ofRelevant, 0.95)
}

// notOffered stands for the text of a file of a type that is not read.
const notOffered = "\x00"

// wordsOf returns what a file says, of itself and in its text.
func wordsOf(t *testing.T, e *extract.Extractor, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	doc, err := e.Extract(t.Context(), extract.Input{Name: filepath.Base(path), Data: data})
	var own *extract.Error
	if errors.As(err, &own) && (own.Reason == extract.Unsupported || own.Reason == extract.Encrypted) {
		return notOffered
	}
	return expected.Words(doc.Title + " " + strings.Join(doc.Authors, " ") + " " + doc.Published + " " + doc.Text)
}

// expectations reads a list of what is expected.
func expectations(t *testing.T, path string) []expected.String {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	list, err := expected.Read(file)
	require.NoError(t, err)
	return list
}

// TestCorpora_Markdown compares documents, word by word, with the Markdown that
// another tool makes of them. Not all that differs is a fault: that tool leaves
// comments out, takes the navigation of pages in, and repeats merged cells.
func TestCorpora_Markdown(t *testing.T) {
	t.Parallel()
	root := filepath.Join(documents(t), "docling")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.expected.md"))
	require.NoError(t, err)
	e := reader(t, extract.Limits{})
	sums, counts := map[string]float64{}, map[string]float64{}
	for _, file := range files {
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		path := strings.TrimSuffix(file, ".expected.md")
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		doc, err := e.Extract(t.Context(), extract.Input{Name: filepath.Base(path), Data: data})
		require.NoError(t, err, path)
		f := likeness(doc.Text, string(want))
		format := filepath.Base(filepath.Dir(path))
		sums[format], counts[format] = sums[format]+f, counts[format]+1
		t.Logf("%.3f %s/%s", f, format, filepath.Base(path))
	}
	for format, sum := range sums {
		t.Logf("%s: %.3f over %g files", format, sum/counts[format], counts[format])
		require.GreaterOrEqual(t, sum/counts[format], 0.89, format)
	}
}

// likeness returns the F measure of the words of a text in another's.
func likeness(got, want string) float64 {
	word := regexp.MustCompile(`[\p{L}\p{N}]+`)
	signs := regexp.MustCompile(`(?s)<!--.*?-->|\]\([^)]*\)`) // comments, and where links lead
	got, want = signs.ReplaceAllString(got, " "), signs.ReplaceAllString(want, " ")
	count, all, common := map[string]int{}, 0, 0
	for _, w := range word.FindAllString(strings.ToLower(want), -1) {
		count[w]++
		all++
	}
	for _, w := range word.FindAllString(strings.ToLower(got), -1) {
		all++
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	if all == 0 {
		return 1
	}
	return 2 * float64(common) / float64(all)
}
