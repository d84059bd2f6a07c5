package cite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// maybe draws one of some values, or none.
func maybe(t *rapid.T, name string, values ...string) string {
	return rapid.SampledFrom(append([]string{""}, values...)).Draw(t, name)
}

// anySource draws a source in which anything may be missing.
func anySource(t *rapid.T) *researchv1.Source {
	source := &researchv1.Source{
		Id: "s", Language: maybe(t, "language", "en", "zh", "ar"),
		Title: maybe(t, "title", "Radium", "What is radium?", "Radium!", "And so on…", "Radium.", "Radium;", "He said “radium”", `The "radium" papers`, "“Radium”", "镭的研究。", "镭是什么？", "هل الراديوم خطير؟", "Written by A. B.", "Radium, Inc."),
		Kind: maybe(t, "kind", "article", "preprint", "review", "book", "chapter", "proceedings", "thesis", "dataset", "report",
			"encyclopedia", "news", "page", "post", "document", "something else"),
		Published: maybe(t, "published", "2021", "2021-05", "2021-12-17"),
		Container: maybe(t, "container", "Journal of Lakes", "Does it?", "Proc. of the Soc.", "Curie"),
		Publisher: maybe(t, "publisher", "Lake Press", "Lake Press Inc.", "Journal of Lakes"),
		Url:       maybe(t, "url", "https://example.org/a", "http://example.org/a.", "ftp://example.org/a"),
		FileName:  maybe(t, "file", "survey.md"),
		Preprint:  rapid.Bool().Draw(t, "preprint"),
	}
	source.Authors = rapid.SliceOfN(rapid.SampledFrom([]string{
		"Marie Curie", "King, Martin Luther, Jr.", "World Health Organization", "Acme Inc.", "王小明", "أحمد زويل", "Plato", "van der Berg J.-P.", "Л. Н. Толстой", "",
	}), 0, 24).Draw(t, "authors")
	for _, kind := range []string{"doi", "arxiv", "pmid", "pmcid", "isbn"} {
		if rapid.Bool().Draw(t, kind) {
			if source.Identifiers == nil {
				source.Identifiers = map[string]string{}
			}
			source.Identifiers[kind] = "10.1000/" + kind
		}
	}
	if rapid.Bool().Draw(t, "read") {
		source.FetchTime = read2026()
	}
	return source
}

// ugly is what punctuation leaves behind when something is missing.
func ugly() []string {
	return []string{
		"..", ",,", " ,", " .", ",.", "?.", "!.", "?,", "!,", "…. ", "。.", "？.", "。,", "؟.", "()", "[]", "“”", "( ", " )", "[ ", " ]", "  ", ": .", ":.", ";.", "; .", " ;", ".,”", ",”.", ".”.", ".”,",
	}
}

func TestWhateverIsMissingAReferenceReadsWell(t *testing.T) {
	t.Parallel()
	for _, style := range cite.Styles() {
		t.Run(string(style), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				source := anySource(rt)
				doc := document(paragraph(citing("s")))
				require.NoError(rt, cite.Apply(doc, byID(source), style))
				reference := flat(doc.GetReferences()[0].GetText(), "")
				for _, leftover := range ugly() {
					require.NotContains(rt, ordinary(reference), leftover, reference)
				}
				require.Equal(rt, strings.TrimSpace(reference), reference)
				require.NotEmpty(rt, doc.GetReferences()[0].GetWork().GetTitle())
				require.True(rt, strings.HasSuffix(reference, "https://example.org/a") || strings.ContainsAny(lastOf(reference), ".?!…。？؟”/0123456789abcdefghijklmnopqrstuvwxyz"), reference)
				label := doc.GetSections()[0].GetBlocks()[0].GetParagraph().GetText()[0].GetCitation().GetMarks()[0].GetLabel()
				require.NotEmpty(rt, label)
				for _, leftover := range ugly() {
					require.NotContains(rt, ordinary(label), leftover, label)
				}
			})
		})
	}
}

// ordinary is a reference without what its data brings and the list of what is ugly would
// find: stops of abbreviations before the commas of a style.
func ordinary(reference string) string {
	return strings.NewReplacer("Inc.,", "Inc,", "Jr.,", "Jr,", "B.,", "B,", "Does it?,", "Does it,", "Soc.,", "Soc,").Replace(reference)
}

func lastOf(text string) string {
	runes := []rune(text)
	return string(runes[len(runes)-1])
}
