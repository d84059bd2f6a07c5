package docx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/docx"
)

// inOffice opens a file in LibreOffice and returns the text of the pages it makes of it.
func inOffice(t *testing.T, file []byte) string {
	t.Helper()
	for _, program := range []string{"soffice", "pdftotext"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: Word files are not opened", program)
		}
	}
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "report.docx"), file, 0o600))
	// A profile of its own: two that share one wait for each other.
	convert := exec.CommandContext(t.Context(), "soffice", "-env:UserInstallation=file://"+folder+"/profile", "--headless",
		"--convert-to", "pdf", "--outdir", folder, filepath.Join(folder, "report.docx"))
	output, err := convert.CombinedOutput()
	require.NoError(t, err, string(output))
	// Without what stands at the head and the foot of pages: it is in the middle of sentences.
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", "-x", "0", "-y", "60", "-W", "600", "-H", "720", filepath.Join(folder, "report.pdf"), "-").Output()
	require.NoError(t, err, string(output))
	return string(text)
}

// letters returns what pages have of a text whatever its lines are: its letters and
// digits in the shape that keyboards give them.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

func TestOfficeShowsEverySentence(t *testing.T) {
	t.Parallel()
	t.Run("every block", func(t *testing.T) {
		t.Parallel()
		file, err := docx.Render(documenttest.Full())
		require.NoError(t, err)
		got := letters(inOffice(t, file))
		for _, text := range render(t, documenttest.Full()).paragraphs {
			require.Contains(t, got, letters(text))
		}
	})
	// Arabic comes out of PDF in the order of the page, not in that of the text; it is
	// compared in the file itself.
	for _, language := range []string{"en", "de", "ru", "zh"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			about := articles(t, language)[:6]
			file, err := docx.Render(reportOn(language, about))
			require.NoError(t, err)
			got := letters(inOffice(t, file))
			for _, a := range about {
				require.Contains(t, got, letters(a.question))
				for _, sentence := range strings.FieldsFunc(a.text, func(r rune) bool { return strings.ContainsRune(".。", r) }) {
					require.Contains(t, got, letters(sentence))
				}
			}
		})
	}
}
