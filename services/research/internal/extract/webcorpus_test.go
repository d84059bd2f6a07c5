package extract_test

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
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
	require.GreaterOrEqual(t, f, 0.90)
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
