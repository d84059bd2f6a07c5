package documenttest

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Hostile returns texts that break what is careless with text: naughty strings, and
// payloads for pages and spreadsheets. It skips the test where the data is not.
func Hostile(t testing.TB) []string {
	t.Helper()
	data := os.Getenv("RP_DATA")
	if data == "" {
		t.Skip("RP_DATA names no folder with the data")
	}
	vectors := filepath.Join(data, "vectors")
	files, err := filepath.Glob(filepath.Join(vectors, "payloadsallthethings", "XSS_Injection", "Intruders", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "payloads")
	files = append(files, filepath.Join(vectors, "naughty-strings", "blns.txt"), filepath.Join(vectors, "payloadsallthethings", "CSV_Injection", "README.md"))
	texts := []string{"a\x00b", "\x1b[31mred\x1b[0m", "bad \xff\xfe UTF-8", "\ued20", "\u202eright to left", "\u2067\u202aopen", "line\r\nbreaks\n\n\nhere"}
	for _, path := range files {
		texts = append(texts, linesOf(t, path)...)
	}
	return texts
}

// linesOf returns the lines of a file that hold something.
func linesOf(t testing.TB, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var lines []string
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		if strings.TrimSpace(scanner.Text()) != "" {
			lines = append(lines, scanner.Text())
		}
	}
	return lines
}
