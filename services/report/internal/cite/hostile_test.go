package cite_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// filled is a source that says the same everywhere.
func filled(id, s string) *researchv1.Source {
	return &researchv1.Source{
		Id: id, Title: s, Authors: []string{s, s}, Container: s, Publisher: s, Url: s, FileName: s, Language: s, Kind: "article", Published: s, Sha256: s,
		Identifiers: map[string]string{"doi": s, "arxiv": s, "pmid": s, "pmcid": s, "isbn": s},
	}
}

func TestNaughtyStringsComeOutWhole(t *testing.T) {
	t.Parallel()
	data := os.Getenv("RP_DATA")
	if data == "" {
		t.Skip("RP_DATA is not set: the naughty strings are not part of the project")
	}
	content, err := os.ReadFile(filepath.Join(data, "vectors", "naughty-strings", "blns.json"))
	require.NoError(t, err)
	var lines []string
	require.NoError(t, json.Unmarshal(content, &lines))
	var sources []*researchv1.Source
	for i, s := range lines {
		sources = append(sources, filled(fmt.Sprint(i), s))
	}
	for _, style := range cite.Styles() {
		t.Run(string(style), func(t *testing.T) {
			t.Parallel()
			labels, references := cited(t, style, sources...)
			require.Len(t, references, len(lines))
			for i, label := range labels {
				require.NotEmpty(t, label, lines[i])
				require.True(t, utf8.ValidString(label))
				require.Less(t, utf8.RuneCountInString(label), 400, "a mark is short")
			}
			for _, r := range references {
				written := flat(r.GetText(), "")
				require.True(t, utf8.ValidString(written))
				require.Contains(t, unquoted(written), unquoted(strings.TrimRight(r.GetWork().GetTitle(), ".,;: ")))
				for _, href := range links(r.GetText()) {
					require.Regexp(t, `^https?://[^\s<>"]*$`, href)
				}
			}
		})
	}
}

// unquoted is a text without quotation marks: styles that quote titles make single ones of
// double ones inside.
func unquoted(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"“”‘’'`, r) {
			return -1
		}
		return r
	}, text)
}

func links(inlines []*reportv1.Inline) []string {
	var out []string
	for _, inline := range inlines {
		if span := inline.GetSpan(); span != nil {
			if span.GetHref() != "" {
				out = append(out, span.GetHref())
			}
			out = append(out, links(span.GetText())...)
		}
	}
	return out
}

func TestOnlyPagesAreLinkedTo(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][]string{
		"https://example.org/a b": {"https://example.org/a%20b"},
		"HTTP://example.org/":     {"HTTP://example.org/"},
		"javascript:alert(1)":     nil,
		"data:text/html,x":        nil,
		"//example.org":           nil,
	} {
		for _, style := range cite.Styles() {
			_, references := cited(t, style, &researchv1.Source{Id: "s", Title: "Title", Url: address})
			require.Equal(t, want, links(references[0].GetText()), "%s: %s", style, address)
			require.Contains(t, flat(references[0].GetText(), ""), address, "it is written, whatever it is")
		}
	}
}

func TestDOIsAreLinkedToTheirResolver(t *testing.T) {
	t.Parallel()
	for doi, want := range map[string]string{
		"10.1000/182":                 "https://doi.org/10.1000/182",
		"10.1000/a(b)c:1":             "https://doi.org/10.1000/a(b)c:1",
		"10.1002/1:5<1::a>3.0.co;2-2": "https://doi.org/10.1002/1:5%3C1::a%3E3.0.co%3B2-2",
		"10.1000/a#b?c d":             "https://doi.org/10.1000/a%23b%3Fc%20d",
		"https://doi.org/10.1000/182": "https://doi.org/10.1000/182",
		"doi:10.1000/182":             "https://doi.org/10.1000/182",
	} {
		for _, style := range cite.Styles() {
			_, references := cited(t, style, &researchv1.Source{Id: "s", Title: "Title", Url: "https://example.org", Identifiers: map[string]string{"doi": doi}})
			require.Equal(t, []string{want}, links(references[0].GetText()), "%s: %s", style, doi)
		}
	}
}

func TestLongTextsAndManyAuthorsAreWritten(t *testing.T) {
	t.Parallel()
	long := filled("long", strings.Repeat("a b, ", 1<<14))
	crowd := &researchv1.Source{Id: "crowd", Title: "Observation of a boson"}
	for i := range 3000 {
		crowd.Authors = append(crowd.Authors, fmt.Sprintf("Q%d Physicist%d", i, i))
	}
	for style, want := range map[cite.Style]string{
		cite.APA:       "Physicist18, Q., … Physicist2999, Q. (n.d.)",
		cite.IEEE:      "Q. Physicist0 *et al.* “Observation",
		cite.Vancouver: "Physicist5 Q, et al. Observation",
		cite.Chicago:   "Physicist0, Q0, Q1 Physicist1, Q2 Physicist2, et al. n.d.",
		cite.Numbered:  "Q9 Physicist9, et al.",
	} {
		_, references := cited(t, style, crowd, long)
		both := strings.Join(written(references), "\n")
		require.Contains(t, both, want, style)
		require.Contains(t, both, strings.TrimRight(long.GetTitle(), ", "), style)
	}
}

func BenchmarkFiveHundredReferences(b *testing.B) {
	doc, sources := document(), byID()
	for i := range 500 {
		s := &researchv1.Source{
			Id: fmt.Sprint(i), Kind: "article", Title: fmt.Sprintf("The depth of lake %d", i), Authors: []string{"Marie Curie", "Pierre Curie", fmt.Sprintf("A%d Other", i%7)},
			Published: fmt.Sprint(2000 + i%20), Container: "Journal of Lakes", Url: "https://example.org/",
		}
		sources[s.GetId()] = s
		doc.Sections[0].Blocks = append(doc.Sections[0].Blocks, paragraph(citing(s.GetId())))
	}
	for _, style := range cite.Styles() {
		b.Run(string(style), func(b *testing.B) {
			for b.Loop() {
				if err := cite.Apply(doc, sources, style); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
