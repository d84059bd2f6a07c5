package typeset_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf/pdftest"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

func rendered(t *testing.T, doc *reportv1.Document) *pdftest.File {
	t.Helper()
	pdf, err := typeset.Render(doc)
	require.NoError(t, err)
	return pdftest.Read(t, pdf)
}

// all returns all objects and streams of a file in one text.
func all(f *pdftest.File) string {
	var b strings.Builder
	for _, body := range f.Objects {
		b.WriteString(body + "\n")
	}
	for _, data := range f.Streams {
		b.WriteString(data + "\n")
	}
	return b.String()
}

func TestFileSaysWhatItIs(t *testing.T) {
	t.Parallel()
	whole := all(rendered(t, documenttest.Full()))
	for rule, want := range map[string]string{
		"title":              "/Title (How deep are the lakes?)",
		"program":            "/Creator (Researcher Pro)",
		"when the run ended": "/CreationDate (D:20260102030405Z)",
		"language":           "/Lang (en)",
		"title is shown":     "/DisplayDocTitle true",
		"structure is there": "/MarkInfo << /Marked true >>",
		"pages have numbers": "/PageLabels",
		"searchable title":   `<rdf:li xml:lang="x-default">How deep are the lakes?</rdf:li>`,
	} {
		require.Contains(t, whole, want, rule)
	}
	require.NotContains(t, whole, "/Author")
}

func TestStructureIsThatOfTheReport(t *testing.T) {
	t.Parallel()
	whole := all(rendered(t, documenttest.Full()))
	for _, kind := range []string{"H1", "H2", "H3", "P", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "Figure", "Link", "BlockQuote", "TOC", "TOCI", "Code"} {
		require.Contains(t, whole, "/S /"+kind+" ")
	}
	require.Contains(t, whole, "/Alt (2 sources: 1 of 2019 and 1 of 2021.")
	require.Contains(t, whole, "/Scope /Column")
	require.Contains(t, whole, "/Scope /Row")
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	f := rendered(t, documenttest.Full())
	whole := all(f)
	places := map[string]bool{}
	for _, name := range regexp.MustCompile(`\(([a-z0-9-]+)\) \[\d+ 0 R /XYZ`).FindAllStringSubmatch(whole, -1) {
		places[name[1]] = true
	}
	links := regexp.MustCompile(`/Dest \(([a-z0-9-]+)\)`).FindAllStringSubmatch(whole, -1)
	require.Greater(t, len(links), 40)
	for _, link := range links {
		require.True(t, places[link[1]], link[1])
	}
	for _, place := range []string{"section-1", "section-9", "finding-1", "finding-2", "source-1", "source-2", "chart-1"} {
		require.True(t, places[place], place)
	}
	require.Contains(t, whole, "/URI (https://example.org/atlas?a=1&b=2)")
	// Marks tell what they stand for.
	require.Regexp(t, `/Dest \(source-1\) /Contents <FEFF201C`, whole)
}

func TestMarksDoNotLeadToWhatIsNotListed(t *testing.T) {
	t.Parallel()
	f := rendered(t, document(paragraph(text("Deep."), mark(1))))
	require.NotContains(t, all(f), "/Annot")
	require.Contains(t, f.Text(), "[1]")
}

func TestContentsNameThePages(t *testing.T) {
	t.Parallel()
	doc := &reportv1.Document{Title: "Lakes"}
	for i := range 6 {
		section := document(paragraph(text(strings.Repeat("Deep water. ", 400)))).GetSections()[0]
		section.Anchor, section.Heading = fmt.Sprintf("s%d", i), []*reportv1.Inline{text(fmt.Sprintf("Part %d.", i))}
		doc.Sections = append(doc.Sections, section)
	}
	f := rendered(t, doc)
	told := regexp.MustCompile(`Part (\d)\.\s*(\d+)\n`).FindAllStringSubmatch(f.Text(), -1)
	require.Len(t, told, 6)
	for i, page := range f.Pages() {
		for _, at := range told {
			if i > 0 && strings.Contains(f.PageText(page), "Part "+at[1]+".") {
				require.Equal(t, at[2], fmt.Sprint(i+1))
			}
		}
	}
}

func TestHeadingsStayWithWhatFollows(t *testing.T) {
	t.Parallel()
	// However far down the page a heading comes, it is not the last thing on it.
	for lines := range 45 {
		blocks := make([]*reportv1.Block, 0, lines+1)
		for range lines {
			blocks = append(blocks, paragraph(text("line")))
		}
		doc := document(blocks...)
		doc.Sections = append(doc.Sections, &reportv1.Section{
			Anchor: "s2", Heading: []*reportv1.Inline{text("Heading")}, Blocks: []*reportv1.Block{paragraph(text("What follows."))},
		})
		f := rendered(t, doc)
		for _, page := range f.Pages() {
			got := f.PageText(page)
			require.Equal(t, strings.Contains(got, "Heading"), strings.Contains(got, "What follows."), "%d lines before", lines)
		}
	}
}

func TestHeadOfATableIsOnEveryPageAndReadOnce(t *testing.T) {
	t.Parallel()
	f := rendered(t, document(wide(200, 4)))
	require.Greater(t, len(f.Pages()), 4)
	require.Equal(t, 1, strings.Count(f.Text(), "Column 3"))
	for _, page := range f.Pages()[1:] {
		require.Contains(t, f.Decoration(page), "Column 0Column 1Column 2Column 3")
	}
}

func TestTablesThatAreTooWideTurnThePage(t *testing.T) {
	t.Parallel()
	doc := document(paragraph(text("Before.")), wide(3, 12), paragraph(text("After.")))
	f := rendered(t, doc)
	var turned []bool
	for _, page := range f.Pages() {
		turned = append(turned, strings.Contains(page, "/MediaBox [0 0 841.89 595.28]"))
	}
	require.Equal(t, []bool{false, true, false}, turned)
}

func TestEverySectionBeginsASlide(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	doc.Layout = reportv1.Document_SLIDES
	f := rendered(t, doc)
	first := regexp.MustCompile(`^\s*(\S.*)`)
	starts := map[string]bool{}
	for _, page := range f.Pages() {
		require.Contains(t, page, "/MediaBox [0 0 960 540]")
		if found := first.FindStringSubmatch(f.PageText(page)); found != nil {
			for _, s := range doc.GetSections() {
				if heading := s.GetHeading()[0].GetText(); strings.HasPrefix(found[1], heading) {
					starts[heading] = true
				}
			}
		}
	}
	require.Len(t, starts, len(doc.GetSections()))
}

func TestRightToLeftLanguagesMirrorThePage(t *testing.T) {
	t.Parallel()
	start := regexp.MustCompile(`BT /F\d+ [\d.]+ Tf\n([\d.]+) `)
	left := func(lang string) string {
		doc := &reportv1.Document{Title: "X", Language: lang}
		f := rendered(t, doc)
		return start.FindAllStringSubmatch(f.Content(f.Pages()[0]), -1)[1][1]
	}
	require.Equal(t, "68", left("en"))
	require.Equal(t, "68", left("az-Latn"))
	require.NotEqual(t, "68", left("ar"))
	require.NotEqual(t, "68", left("fa-IR"))
}
