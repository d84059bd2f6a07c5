package extract_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
	e := reader(t, extract.Limits{})
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

// markup matches what the expectations of other tools hold of their own output.
var markup = regexp.MustCompile(`<[^>]+>|\*\*|^#+ |^- |!?\[([^\]]*)\]\([^)]*\)|^\||\|$|\|[-| ]+\|`)

// TestCorpora_Expected looks for the strings that other tools' tests expect in
// the documents of the types that are read, without their markup. Not all can
// be found: some stand in pictures, comments, headers or embedded files.
func TestCorpora_Expected(t *testing.T) {
	t.Parallel()
	root := documents(t)
	e := reader(t, extract.Limits{})
	for set, floor := range map[string]float64{"tika": 0.55, "markitdown": 0.4} {
		found, all := 0, 0
		for _, want := range expectations(t, filepath.Join(root, set, "expected.open.jsonl")) {
			data, err := os.ReadFile(filepath.Join(root, set, "files", want.File+want.Filename))
			require.NoError(t, err)
			doc, err := e.Extract(t.Context(), extract.Input{Name: want.File + want.Filename, Data: data})
			var own *extract.Error
			if errors.As(err, &own) {
				continue // a type that is not offered, or no text
			}
			require.NoError(t, err)
			text := words(doc.Title + " " + doc.Text)
			for _, s := range append(want.Contains, want.MustInclude...) {
				if s = words(markup.ReplaceAllString(s, "$1")); s == "" {
					continue
				}
				all++
				if strings.Contains(text, s) {
					found++
				} else {
					t.Logf("%s: not found: %q", want.File+want.Filename, s)
				}
			}
		}
		share := float64(found) / float64(all)
		t.Logf("%s: %d of %d (%.0f %%)", set, found, all, 100*share)
		require.GreaterOrEqual(t, share, floor)
	}
}

// rules matches what parts the cells of a table, and its header from its rows.
var rules = regexp.MustCompile(`\|(?: --- \|)+|\|`)

// expectation is a line of an expected.open.jsonl.
type expectation struct {
	File, Filename string
	Contains       []string `json:"contains"`
	MustInclude    []string `json:"must_include"`
}

// expectations reads a file of them.
func expectations(t *testing.T, path string) []expectation {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var all []expectation
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var one expectation
		require.NoError(t, json.Unmarshal(lines.Bytes(), &one))
		all = append(all, one)
	}
	require.NoError(t, lines.Err())
	return all
}

// words returns text with single spaces and without the bars between cells.
func words(text string) string {
	return strings.Join(strings.Fields(rules.ReplaceAllString(text, " ")), " ")
}
