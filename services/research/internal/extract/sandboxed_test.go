package extract_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/sandbox"
)

// TestMain makes the test's program a child when it was started as one.
func TestMain(m *testing.M) {
	if extract.ServeChild() {
		return
	}
	os.Exit(m.Run())
}

// sandboxed returns an extractor that reads files in child processes.
func sandboxed(t *testing.T, limits extract.Limits) *extract.Extractor {
	t.Helper()
	if !sandbox.Supported {
		t.Skip("this system cannot confine a process")
	}
	dir, err := cacheDir()
	require.NoError(t, err)
	if limits == (extract.Limits{}) {
		limits = patient(extract.DefaultLimits())
	}
	e := extract.New(extract.Config{Limits: limits, CacheDir: dir, Sandbox: true})
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func TestSandbox_ReadsLikeTheProcessItself(t *testing.T) {
	t.Parallel()
	inside, outside := sandboxed(t, extract.Limits{}), reader(t, extract.Limits{})
	for name, data := range map[string][]byte{
		"a.docx": word(t, para("one")+para("two")),
		"a.md":   []byte("# Title\n\ntext"),
		"a.pdf":  pdfFile("Of bridges", []string{"The first page is here."}, []string{"The second page is there."}),
	} {
		want, err := outside.Extract(t.Context(), extract.Input{Name: name, Data: data})
		require.NoError(t, err)
		got, err := inside.Extract(t.Context(), extract.Input{Name: name, Data: data})
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
	_, err := inside.Extract(t.Context(), extract.Input{Name: "a.bin", Data: []byte("\x00\x01\x02")})
	_, want := outside.Extract(t.Context(), extract.Input{Name: "a.bin", Data: []byte("\x00\x01\x02")})
	require.Equal(t, requireReason(t, want, extract.Unsupported).Message, requireReason(t, err, extract.Unsupported).Message)
}

func TestSandbox_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	if !sandbox.LimitsMemory {
		t.Skip("memory is not limited here")
	}
	limits := extract.DefaultLimits()
	limits.UnpackedBytes, limits.UnpackedRatio, limits.TextBytes = 4<<30, 1<<20, 1<<30
	e := sandboxed(t, limits)
	// Limits that are set too high let the parser run into the wall.
	_, err := e.Extract(t.Context(), extract.Input{Name: "a.docx", Data: word(t, para(strings.Repeat("a", 300<<20)))})
	require.Contains(t, requireReason(t, err, extract.TooLarge).Message, "of memory")
	doc, err := e.Extract(t.Context(), extract.Input{Name: "a.md", Data: []byte("next")})
	require.NoError(t, err)
	require.Equal(t, "next", doc.Text)
}

func TestSandbox_TimeIsBounded(t *testing.T) {
	t.Parallel()
	limits := extract.DefaultLimits()
	limits.Time = time.Millisecond
	e := sandboxed(t, limits)
	_, err := e.Extract(t.Context(), extract.Input{Name: "a.json", Data: []byte("[" + strings.Repeat("1,", 4<<20) + "1]")})
	requireReason(t, err, extract.Timeout)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = e.Extract(ctx, extract.Input{Name: "a.md", Data: []byte("text")})
	require.ErrorIs(t, err, context.Canceled)
}

// BenchmarkSandbox says what a child process costs for each file.
func BenchmarkSandbox(b *testing.B) {
	data := []byte("# Title\n\n" + strings.Repeat("Some text that is read. ", 1000))
	for name, sandboxed := range map[string]bool{"child": true, "in process": false} {
		b.Run(name, func(b *testing.B) {
			e := extract.New(extract.Config{Sandbox: sandboxed})
			b.Cleanup(func() { require.NoError(b, e.Close()) })
			for b.Loop() {
				_, err := e.Extract(b.Context(), extract.Input{Name: "a.md", Data: data})
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkPDF says how many pages are read in a second.
func BenchmarkPDF(b *testing.B) {
	pages := make([][]string, 100)
	for i := range pages {
		for range 45 {
			pages[i] = append(pages[i], "A line of a page as long as the lines of books are, more or less.")
		}
	}
	file := pdfFile("Pages", pages...)
	if book, err := os.ReadFile(filepath.Join(os.Getenv("RP_DATA"), "documents", "py-pdf-samples", "009-pdflatex-geotopo", "GeoTopo-komprimiert.pdf")); err == nil {
		file = book
	}
	dir, err := cacheDir()
	require.NoError(b, err)
	e := extract.New(extract.Config{CacheDir: dir})
	b.Cleanup(func() { require.NoError(b, e.Close()) })
	read := 0
	for b.Loop() {
		doc, err := e.Extract(b.Context(), extract.Input{Name: "a.pdf", Data: file})
		require.NoError(b, err)
		read += len(doc.Pages)
	}
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "pages/s")
}
