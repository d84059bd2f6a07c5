package bibliography_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/bibliography"
)

func TestAnArticleIsWrittenInEachFormat(t *testing.T) {
	t.Parallel()
	ref := reference("id", "article", "On DNA & RNA", person("Marie", "Curie"), body("World Health Organization"), &reportv1.Name{Given: "Martin Luther", Family: "King", Suffix: "Jr."})
	ref.Warnings = []string{"retracted"}
	delete(ref.Work.Identifiers, "arxiv")
	refs := []*reportv1.Reference{ref}
	require.Equal(t, `@article{curie2021,
  author = {Curie, Marie and {World Health Organization} and King, Jr., Martin Luther},
  title = {{On DNA \& RNA}},
  journal = {Journal of Lakes},
  publisher = {Lake Press},
  date = {2021-05-17},
  year = {2021},
  month = may,
  doi = {10.1000/a_b(c)1},
  pmid = {123},
  pmcid = {PMC123},
  isbn = {9780262081597},
  url = {https://example.org/a_b?x=1&y=%20},
  urldate = {2026-01-02},
  language = {en},
  note = {Retracted}
}
`, string(bibliography.BibTeX(refs)))
	require.Equal(t, strings.ReplaceAll(`TY  - JOUR
ID  - curie2021
AU  - Curie, Marie
AU  - World Health Organization
AU  - King, Martin Luther, Jr.
TI  - On DNA & RNA
JO  - Journal of Lakes
PB  - Lake Press
PY  - 2021
DA  - 2021/05/17/
DO  - 10.1000/a_b(c)1
SN  - 9780262081597
AN  - PMID:123
UR  - https://example.org/a_b?x=1&y=%20
LA  - en
N1  - Retracted
ER  - 
`, "\n", "\r\n"), string(bibliography.RIS(refs)))
	require.JSONEq(t, `[{
		"id": "curie2021", "type": "article-journal", "title": "On DNA & RNA",
		"author": [{"family": "Curie", "given": "Marie"}, {"literal": "World Health Organization"}, {"family": "King", "given": "Martin Luther", "suffix": "Jr."}],
		"issued": {"date-parts": [[2021, 5, 17]]}, "accessed": {"date-parts": [[2026, 1, 2]]}, "container-title": "Journal of Lakes", "publisher": "Lake Press",
		"DOI": "10.1000/a_b(c)1", "ISBN": "9780262081597", "PMID": "123", "PMCID": "PMC123", "URL": "https://example.org/a_b?x=1&y=%20", "language": "en", "note": "Retracted"
	}]`, string(bibliography.CSL(refs)))
}

func TestEachKindHasATypeInEachFormat(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string][3]string{
		"article":      {"@article{", "JOUR", "article-journal"},
		"review":       {"@article{", "JOUR", "article-journal"},
		"preprint":     {"@online{", "UNPB", "article"},
		"book":         {"@book{", "BOOK", "book"},
		"chapter":      {"@incollection{", "CHAP", "chapter"},
		"proceedings":  {"@inproceedings{", "CONF", "paper-conference"},
		"thesis":       {"@phdthesis{", "THES", "thesis"},
		"dataset":      {"@dataset{", "DATA", "dataset"},
		"report":       {"@techreport{", "RPRT", "report"},
		"encyclopedia": {"@incollection{", "CHAP", "entry-encyclopedia"},
		"news":         {"@article{", "NEWS", "article-newspaper"},
		"page":         {"@online{", "ELEC", "webpage"},
		"post":         {"@online{", "ELEC", "post-weblog"},
		"":             {"@misc{", "GEN", "webpage"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ref := reference("id", kind, "Title")
			delete(ref.Work.Identifiers, "doi")
			refs := []*reportv1.Reference{ref}
			require.True(t, strings.HasPrefix(string(bibliography.BibTeX(refs)), want[0]), string(bibliography.BibTeX(refs)))
			require.True(t, strings.HasPrefix(string(bibliography.RIS(refs)), "TY  - "+want[1]+"\r\n"))
			require.Equal(t, want[2], items(t, refs)[0]["type"])
		})
	}
}

// items reads CSL-JSON.
func items(t *testing.T, refs []*reportv1.Reference) []map[string]any {
	t.Helper()
	var out []map[string]any
	require.NoError(t, json.Unmarshal(bibliography.CSL(refs), &out))
	return out
}

func ids(t *testing.T, refs []*reportv1.Reference) []string {
	t.Helper()
	var out []string
	for _, i := range items(t, refs) {
		id, _ := i["id"].(string)
		out = append(out, id)
	}
	return out
}

func TestKeysAreOfTheFirstAuthorAndTheYear(t *testing.T) {
	t.Parallel()
	for want, authors := range map[string][]*reportv1.Name{
		"curie2021":                          {person("Marie", "Curie"), person("Pierre", "Other")},
		"vanderberg2021":                     {person("J.", "van der Berg")},
		"muller2021":                         {person("Jörg", "Müller")},
		"strasse2021":                        {person("A", "Straße")},
		"tolstoi2021":                        {person("Лев", "Толстой")},
		"worldhealthorganization2021":        {body("World Health Organization")},
		"kazantzakis2021":                    {person("Nikos", "Καζαντζάκης")},
		"deepest2021":                        {body("王小明")},
		"averylongnameofabodythathasnoe2021": {body("A very long name of a body that has no end")},
	} {
		require.Equal(t, []string{want}, ids(t, []*reportv1.Reference{reference("id", "article", "The deepest lakes", authors...)}), authors)
	}
	undated := reference("id", "article", "湖")
	undated.Work.Published = "soon"
	require.Equal(t, []string{"source"}, ids(t, []*reportv1.Reference{undated}))
}

func TestKeysAreUniqueAndStayWhenTheOrderChanges(t *testing.T) {
	t.Parallel()
	refs := many(1000)
	keys := ids(t, refs)
	require.Equal(t, []string{"curie2021", "curie2021a", "curie2021b"}, keys[:3])
	backwards := slices.Clone(refs)
	slices.Reverse(backwards)
	again := ids(t, backwards)
	slices.Reverse(again)
	require.Equal(t, keys, again)
	slices.Sort(keys)
	require.Len(t, slices.Compact(keys), 1000)
}

func TestBibTeXReadsTextAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`50 % of $5 & #1_a`:    `50 \% of \$5 \& \#1\_a`,
		`\emph{x}`:             `{\textbackslash}emph\{x\}`,
		`a } b { c`:            `a {\textbraceright} b {\textbraceleft} c`,
		`~ ^`:                  `{\textasciitilde} {\textasciicircum}`,
		"a\nb\x00c\r\n\td":     "a b c d",
		"--- `` ''":            "-{}-{}- `{}` '{}'",
		"Ünïcödé 中文 العربية 😀": "Ünïcödé 中文 العربية 😀",
	} {
		got := string(bibliography.BibTeX([]*reportv1.Reference{reference("id", "article", text)}))
		require.Contains(t, got, "  title = {{"+want+"}},\n", text)
		require.Equal(t, strings.Count(got, "{"), strings.Count(got, "}"), "BibTeX counts braces, escaped or not")
	}
}

func TestBibTeXKeepsNamesWhole(t *testing.T) {
	t.Parallel()
	got := string(bibliography.BibTeX([]*reportv1.Reference{reference("id", "article", "T", body("Barnes and Noble, Inc."), person("A, B", "X and Y"), body(" "))}))
	require.Contains(t, got, "author = {{Barnes and Noble, Inc.} and {X and Y}, {A, B}},\n")
}

func TestAddressesInBibTeXAreNotReadAsTeX(t *testing.T) {
	t.Parallel()
	ref := reference("id", "page", "T")
	ref.Work.Url = `https://example.org/{a}\b c`
	require.Contains(t, string(bibliography.BibTeX([]*reportv1.Reference{ref})), `url = {https://example.org/%7Ba%7D%5Cb%20c}`)
	ref.Work.Url = "javascript:alert(1)"
	for _, format := range [][]byte{bibliography.BibTeX([]*reportv1.Reference{ref}), bibliography.RIS([]*reportv1.Reference{ref}), bibliography.CSL([]*reportv1.Reference{ref})} {
		require.NotContains(t, string(format), "javascript", "what is no page is not followed")
	}
}

func TestRISIsOneValueToALine(t *testing.T) {
	t.Parallel()
	ref := reference("id", "page", "a\r\nER  - \r\nTY  - BOOK", person("Given, II", "Family\nName"))
	ref.Work.FileName = "file\u2028name"
	ref.Work.Identifiers = nil
	written := string(bibliography.RIS([]*reportv1.Reference{ref, ref}))
	require.True(t, strings.HasSuffix(written, "\r\n"))
	lines := strings.Split(strings.TrimSuffix(written, "\r\n"), "\r\n")
	for i, line := range lines {
		require.Regexp(t, `^[A-Z][A-Z0-9]  - [^\r\n]*$`, line)
		require.Equal(t, i == 0 || lines[i-1] == "ER  - ", strings.HasPrefix(line, "TY"), line)
	}
	require.Equal(t, 2, strings.Count(written, "\r\nER  - \r\n"))
	require.Contains(t, written, "TI  - a ER - TY - BOOK\r\n")
	require.Contains(t, written, "AU  - Family Name, Given; II\r\n")
	require.Contains(t, written, "N1  - File: file name\r\n")
	require.Contains(t, written, "Y2  - 2026/01/02/\r\n")
}

// TestCSLKeepsToItsSchema checks what csl-data.json of the schema of CSL says of what is
// written here: types, names of variables, names, dates.
func TestCSLKeepsToItsSchema(t *testing.T) {
	t.Parallel()
	types := strings.Fields("article article-journal article-magazine article-newspaper bill book broadcast chapter classic collection dataset document entry " +
		"entry-dictionary entry-encyclopedia figure graphic hearing interview legal_case legislation manuscript map motion_picture musical_score pamphlet paper-conference " +
		"patent performance periodical personal_communication post post-weblog regulation report review review-book software song speech standard thesis treaty webpage")
	texts := strings.Fields("id title container-title publisher genre number DOI ISBN PMID PMCID URL language note")
	for _, i := range items(t, append(many(60), &reportv1.Reference{})) {
		require.Contains(t, types, i["type"])
		require.NotEmpty(t, i["id"])
		for name, value := range i {
			switch name {
			case "type":
			case "author":
				authors, _ := value.([]any)
				require.NotEmpty(t, authors)
			case "issued", "accessed":
				require.Regexp(t, `^map\[date-parts:\[\[\d{4}( \d+){0,2}\]\]\]$`, fmt.Sprint(value))
			default:
				require.Contains(t, texts, name)
				require.IsType(t, "", value)
				require.NotEmpty(t, value)
			}
		}
	}
}

func TestNothingCitedIsAnEmptyFile(t *testing.T) {
	t.Parallel()
	require.Empty(t, bibliography.BibTeX(nil))
	require.Empty(t, bibliography.RIS(nil))
	require.JSONEq(t, `[]`, string(bibliography.CSL(nil)))
}
