package typeset_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf/pdftest"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

// acting matches what makes a file do something when it is opened or clicked.
var acting = regexp.MustCompile(`/(JavaScript|JS|Launch|SubmitForm|ImportData|GoToR|GoToE|OpenAction|AA|EmbeddedFile|RichMedia|XFA)\b`)

// TestNothingRuns puts what is meant to run into every text of a report.
func TestNothingRuns(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"XSS_Injection", "CSV_Injection"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			var payloads []string
			root := filepath.Join(data(t), "vectors", "payloadsallthethings", folder)
			require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				content, err := os.ReadFile(name)
				for line := range strings.SplitSeq(string(content), "\n") {
					if strings.TrimSpace(line) != "" {
						payloads = append(payloads, line)
					}
				}
				return err
			}))
			require.NotEmpty(t, payloads)
			// All of them are texts and links of one report; every eighth is in every
			// field of another, which are many.
			var blocks []*reportv1.Block
			for _, payload := range payloads {
				blocks = append(blocks, paragraph(text(payload), link(payload)))
			}
			harmless(t, document(blocks...))
			for len(payloads) > 0 {
				n := min(200, len(payloads))
				var some []string
				for i := 0; i < n; i += 8 {
					some = append(some, payloads[i])
				}
				harmless(t, documenttest.Filled(strings.Join(some, "\n")))
				payloads = payloads[n:]
			}
		})
	}
}

func TestOnlyWebAndMailAddressesAreLinks(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		"https://example.org/ä b?x=(1)\\": true, "HTTP://example.org": true, "mailto:a@example.org": true,
		"javascript:alert(1)": false, " javascript:alert(1)": false, "java\nscript:alert(1)": false, "data:text/html,x": false,
		"file:///etc/passwd": false, "vbscript:x": false, "//example.org": false, "example.org": false, "https:": false, "": false,
	}
	for href, want := range cases {
		t.Run(href, func(t *testing.T) {
			t.Parallel()
			f := harmless(t, document(paragraph(link(href))))
			require.Equal(t, want, strings.Contains(all(f), "/URI ("), href)
			require.Contains(t, f.Text(), "follow me")
		})
	}
}

func link(href string) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: href, Title: href, Text: []*reportv1.Inline{text("follow me")}}}}
}

// harmless renders a document and requires that it does nothing but lead to addresses.
func harmless(t *testing.T, doc *reportv1.Document) *pdftest.File {
	t.Helper()
	pdf, err := typeset.Render(doc)
	require.NoError(t, err)
	sound(t, pdf)
	f := pdftest.Read(t, pdf)
	for _, body := range f.Objects {
		// Strings may say what they like.
		bare := regexp.MustCompile(`\((?:\\.|[^\\)])*\)`).ReplaceAllString(body, "()")
		require.False(t, acting.MatchString(bare), bare)
		for _, uri := range regexp.MustCompile(`/URI \(((?:\\.|[^\\)])*)\)`).FindAllStringSubmatch(body, -1) {
			require.Regexp(t, `^(?i)(https?|mailto):[\x21-\x7e]+$`, uri[1])
		}
	}
	return f
}
