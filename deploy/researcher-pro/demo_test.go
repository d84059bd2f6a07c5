package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// quotesOf reads the quotes of a report: block quotes whose last line, after an
// empty one, says where they are from.
func quotesOf(report string) []string {
	var quotes []string
	lines := strings.Split(report, "\n")
	for i := 2; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "> — [") && lines[i-1] == ">" {
			quotes = append(quotes, strings.ReplaceAll(strings.TrimPrefix(lines[i-2], "> "), `\`, ""))
		}
	}
	return quotes
}

func TestDemo_EveryQuoteStandsInTheFiles(t *testing.T) {
	t.Parallel()
	docs, out := folder(t, winterLibrary()), t.TempDir()
	printed, err := newDesk(t).run(t, "demo", "--docs", docs, "--question", winterQuestion, "--out", out)
	require.NoError(t, err, printed)

	var files strings.Builder
	for name, content := range winterLibrary() {
		if !strings.HasPrefix(name, ".") {
			files.WriteString(plain(content) + "\n")
		}
	}
	markdown, err := os.ReadFile(filepath.Join(out, "report.md"))
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	quotes := quotesOf(string(markdown))
	require.GreaterOrEqual(t, len(quotes), 3)
	for _, quote := range quotes {
		require.Contains(t, files.String(), plain(quote))
		require.Contains(t, plain(string(page)), plain(quote))
		require.Contains(t, plain(printed), plain(quote), "the terminal shows the findings, too")
	}

	require.Contains(t, printed, "3 of 4 files read.")
	require.Contains(t, printed, filepath.Join(docs, "broken.pdf")+": the PDF file is damaged")
	require.NotContains(t, printed, ".hidden.md")
	require.Contains(t, printed, "REPORT_READY")
	left, err := filepath.Glob(filepath.Join(out, "*"))
	require.NoError(t, err)
	require.Len(t, left, 2, "beside the report nothing is left")
}

func TestDemo_EmptyFolderIsNoEvidence(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	printed, err := newDesk(t).run(t, "demo", "--docs", t.TempDir(), "--question", winterQuestion, "--out", out)
	require.ErrorIs(t, err, errNoEvidence, printed)
	require.Equal(t, 3, exitCode(err))
	require.Contains(t, printed, "NO_EVIDENCE")
}

// The demo's state is new each time, and the database of DATABASE_URL stays as it
// was: it may be that of a fleet.
func TestDemo_WorksAgainOnOneServerAndLeavesNothing(t *testing.T) {
	t.Parallel()
	d, docs := newDesk(t), folder(t, winterLibrary())
	before := schemas(t, d)
	for range 2 {
		printed, err := d.run(t, "demo", "--docs", docs, "--question", winterQuestion, "--out", t.TempDir())
		require.NoError(t, err, printed)
	}
	require.Equal(t, before, schemas(t, d))
}

// schemas counts the schemas of the desk's database.
func schemas(t *testing.T, d desk) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.env["DATABASE_URL"])
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	var n int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_namespace").Scan(&n))
	return n
}

func TestIsOwnDocumentation_LeavesOutEarlierReports(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"README.md": true, "docs/deploy.md": true, "report.md": false, "docs/report.html": false, "main.go": false,
	} {
		require.Equal(t, want, isOwnDocumentation(path), path)
	}
}
