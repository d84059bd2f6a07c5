package docx_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
)

func TestEverySentenceOfEveryLanguageIsThere(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de", "es", "ru", "ar", "zh"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			about := articles(t, language)[:6]
			doc := reportOn(language, about)
			f := render(t, doc)
			for _, a := range about {
				require.Contains(t, f.of("Quote"), strings.Join(strings.Fields(a.text), " "))
				require.Contains(t, f.of("ListNumber"), a.question)
				for _, style := range []string{"Normal", "TableText", "Finding", "Reference"} {
					want := a.text
					if style == "Finding" || style == "Reference" {
						want = a.question
					}
					require.Contains(t, strings.Join(f.of(style), "\n"), want, style)
				}
			}
		})
	}
}

func TestDocumentsFromRightToLeftAreTurnedAround(t *testing.T) {
	t.Parallel()
	for language, turned := range map[string]bool{
		"ar": true, "fa-IR": true, "he": true, "ur": true, "az-Arab": true, "ar-Latn": false, "en": false, "zh": false, "": false, "ar\" w:x=\"": false,
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			doc := documenttest.Filled("نص عربي")
			doc.Language = language
			f := render(t, doc)
			body := string(f.parts["word/document.xml"])
			require.Contains(t, body, "<w:rtl/>", "Arabic is always written from right to left")
			require.Equal(t, turned, f.count["bidiVisual"] > 0, "tables")
			require.Equal(t, turned, strings.Contains(body, `<w:bidi/></w:sectPr>`), "pages")
			if turned {
				require.Equal(t, f.count["p"]-f.count["tbl"]-3, f.count["bidi"]-1, "all paragraphs but code, the line, the chart, and what follows a table")
			}
			require.NotContains(t, body, `w:x=`)
		})
	}
}

func TestAForeignParagraphHasItsOwnDirection(t *testing.T) {
	t.Parallel()
	direction := func(language, s string) bool {
		return render(t, &reportv1.Document{Language: language, Sections: []*reportv1.Section{{Blocks: []*reportv1.Block{text(s)}}}}).
			bidi("Normal")
	}
	require.True(t, direction("ar", "نص عربي"))
	require.True(t, direction("ar", "IBM هي شركة"), "a name does not turn a paragraph around")
	require.False(t, direction("ar", "The Depth of Lakes, 2021"))
	require.True(t, direction("en", "نص عربي."))
	require.False(t, direction("en", "The word نص means text."))
	require.True(t, direction("ar", "1911"), "what has no direction has that of the document")
}

func TestHeadingsStandAtOneSide(t *testing.T) {
	t.Parallel()
	for language, rtl := range map[string]bool{"ar": true, "en": false} {
		for _, heading := range []string{"Sources", "مصادر"} {
			f := render(t, &reportv1.Document{Language: language, Sections: []*reportv1.Section{{Heading: inline(heading)}}})
			require.Equal(t, rtl, f.bidi("Heading1"), "%s in %s", heading, language)
		}
	}
}

func TestTextIsCutWhereItsDirectionChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		language, text string
		want           []string // from right to left: with < before
	}{
		"one direction":         {"en", "Only this.", []string{"Only this."}},
		"the other one":         {"ar", "هذا فقط.", []string{"<هذا فقط."}},
		"a word within":         {"en", "The word نص means text.", []string{"The word ", "<نص", " means text."}},
		"words within":          {"en", "In نص عربي (1911): x", []string{"In ", "<نص عربي", " (1911): x"}},
		"a name within":         {"ar", "شركة IBM Corp. هي", []string{"<شركة ", "IBM Corp", "<. هي"}},
		"at both ends":          {"en", "نص and نص", []string{"<نص", " and ", "<نص"}},
		"no letters":            {"en", "12 – 13", []string{"12 – 13"}},
		"no letters in Arabic":  {"ar", "12 – 13", []string{"<12 – 13"}},
		"Hebrew":                {"he", "טקסט ABC", []string{"<טקסט ", "ABC"}},
		"characters of 4 bytes": {"en", "😀 𐤀𐤁 x", []string{"😀 ", "<𐤀𐤁", " x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := render(t, &reportv1.Document{Language: c.language, Sections: []*reportv1.Section{{Heading: inline(c.text)}}})
			require.Equal(t, c.want, f.runs(t, "Heading1"))
			require.Equal(t, c.text, f.of("Heading1")[0])
		})
	}
}

func TestAnEnglishSentenceAmongArabicKeepsItsEnds(t *testing.T) {
	t.Parallel()
	doc := reportOf(&reportv1.Finding{Number: 1, Claim: "نص", Tally: "2 sources say so."})
	doc.Language = "ar"
	require.Contains(t, render(t, doc).of("FindingDetails")[0], " · \u200e2 sources say so.\u200e")
	doc.Language = "en"
	require.Contains(t, render(t, doc).of("FindingDetails")[0], " · 2 sources say so.")
}

// reportOf returns a document of one finding.
func reportOf(finding *reportv1.Finding) *reportv1.Document {
	return &reportv1.Document{Sections: []*reportv1.Section{{Blocks: []*reportv1.Block{{Kind: &reportv1.Block_Finding{Finding: &reportv1.FindingBlock{
		Finding: finding,
	}}}}}}}
}
