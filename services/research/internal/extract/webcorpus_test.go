package extract_test

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
	"golang.org/x/text/unicode/norm"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// webData returns the folder of the public web pages and skips the test where
// it is absent.
func webData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "web")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return dir
}

// segments are what the main text of a page must hold, and what it must not.
type segments struct {
	File    string   `json:"file"`
	With    []string `json:"with"`
	Without []string `json:"without"`
}

// TestWeb_Segments measures the main text of pages by hand-picked segments: one
// that must be there and is counts as a true positive, one that must not be
// there and is as a false one.
func TestWeb_Segments(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(webData(t), "trafilatura-eval", "open")
	pages := unpack(t, filepath.Join(dir, "html.tar.xz"))
	data, err := os.ReadFile(filepath.Join(dir, "evaldata.json"))
	require.NoError(t, err)
	var want map[string]segments
	require.NoError(t, json.Unmarshal(data, &want))
	e := reader(t, extract.Limits{})
	var hit, missed, wrong float64
	for _, s := range want {
		text := ""
		doc, err := e.Extract(t.Context(), extract.Input{Name: s.File, Data: pages[s.File]})
		if err == nil {
			text = plain(doc.Text)
		} else {
			var own *extract.Error
			require.ErrorAs(t, err, &own, s.File)
		}
		for _, with := range s.With {
			if strings.Contains(text, plain(with)) {
				hit++
			} else {
				missed++
				t.Logf("%s: missed %q", s.File, with)
			}
		}
		for _, without := range s.Without {
			if strings.Contains(text, plain(without)) {
				wrong++
				t.Logf("%s: wrong %q", s.File, without)
			}
		}
	}
	precision, recall := hit/(hit+wrong), hit/(hit+missed)
	f := 2 * precision * recall / (precision + recall)
	t.Logf("precision %.3f, recall %.3f, F %.3f", precision, recall, f)
	require.GreaterOrEqual(t, f, 0.92)
}

// TestWeb_Readability compares pages with what Mozilla's reader shows of them, word
// by word.
func TestWeb_Readability(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(webData(t), "readability", "*", "source.html"))
	require.NoError(t, err)
	require.NotEmpty(t, pages)
	e := reader(t, extract.Limits{})
	words := func(path string) map[string]int {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		doc, err := e.Extract(t.Context(), extract.Input{Name: "a.html", DeclaredType: "text/html; charset=utf-8", Data: data})
		require.NoError(t, err, path)
		count := map[string]int{}
		for word := range strings.FieldsSeq(doc.Text) {
			count[word]++
		}
		return count
	}
	var f float64
	for _, page := range pages {
		got, want := words(page), words(filepath.Join(filepath.Dir(page), "expected.html"))
		common, all := 0, 0
		for word, n := range got {
			common, all = common+min(n, want[word]), all+n
		}
		for _, n := range want {
			all += n
		}
		f += 2 * float64(common) / float64(all)
	}
	f /= float64(len(pages))
	t.Logf("%d pages, mean F of words %.3f", len(pages), f)
	require.GreaterOrEqual(t, f, 0.90)
}

// BenchmarkExtract_HTML reads real pages of all sizes: fetching can be no faster.
func BenchmarkExtract_HTML(b *testing.B) {
	pages := slices.Collect(maps.Values(unpack(b, filepath.Join(webData(b), "trafilatura-eval", "open", "html.tar.xz"))))
	e := extract.New(extract.Config{})
	size := 0
	for i := 0; b.Loop(); i++ {
		data := pages[i%len(pages)]
		size += len(data)
		_, err := e.Extract(b.Context(), extract.Input{Name: "a.html", Data: data})
		var own *extract.Error
		if err != nil {
			require.ErrorAs(b, err, &own)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
	b.ReportMetric(float64(size)/b.Elapsed().Seconds()/(1<<20), "MiB/s")
}

// unpack reads all files of a compressed archive, by their base names.
func unpack(t testing.TB, name string) map[string][]byte {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := xz.NewReader(file)
	require.NoError(t, err)
	files := map[string][]byte{}
	for archive := tar.NewReader(unpacked); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		data, err := io.ReadAll(archive)
		require.NoError(t, err)
		files[path.Base(header.Name)] = data
	}
}

// plain returns text as it is compared: composed, with single spaces.
func plain(text string) string {
	return strings.Join(strings.Fields(norm.NFC.String(text)), " ")
}
