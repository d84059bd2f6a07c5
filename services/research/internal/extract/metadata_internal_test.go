package extract

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"2021":                            "2021",
		"2021-05":                         "2021-05",
		"2021-05-17":                      "2021-05-17",
		"2021/5/7":                        "2021-05-07",
		"2021.05.17 10:00":                "2021-05-17",
		"2021-05-17T23:59:59-05:00":       "2021-05-17",
		"20210517":                        "2021-05-17",
		"May 17, 2021":                    "2021-05-17",
		"17 May 2021":                     "2021-05-17",
		"2021 May 7":                      "2021-05-07",
		"May 2021":                        "2021-05",
		"Mon, 17 May 2021 10:00:00 +0200": "2021-05-17",
		"2021-00-00":                      "2021",
		"2021-13":                         "2021",
		"2021-02-30":                      "2021-02",
		"05/06/2021":                      "",
		"0021-05-17":                      "",
		"yesterday":                       "",
		"20210517123456":                  "",
		"":                                "",
	}
	for in, want := range tests {
		require.Equal(t, want, parseDate(in), in)
	}
}

func TestMetadata_Identify(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, value, want string }{
		{"doi", "https://doi.org/10.1000/A(b)c.", "10.1000/a(b)c"},
		{"doi", "10.1000/x?download=1", "10.1000/x"},
		{"doi", "11.1000/x", ""},
		{"arxiv", "arXiv:2101.00001v3", "2101.00001"},
		{"arxiv", "https://arxiv.org/pdf/math.GT/0309136v1.pdf", "math.GT/0309136"},
		{"arxiv", "2101.1", ""},
		{"pmid", "https://pubmed.ncbi.nlm.nih.gov/29768149/", "29768149"},
		{"pmid", "PMC123", ""},
		{"pmcid", "1790863", "PMC1790863"},
		{"pmcid", "https://pmc.ncbi.nlm.nih.gov/articles/PMC1790863/", "PMC1790863"},
		{"isbn", "urn:isbn:0-306-40615-2", "0306406152"},
		{"isbn", "978-3-16-14841", ""},
		{"url", "https://a.example/x", "https://a.example/x"},
		{"url", "javascript:alert(1)", ""},
	}
	for _, tc := range tests {
		var m metadata
		m.identify(tc.kind, tc.value)
		require.Equal(t, tc.want, m.identifiers[tc.kind], tc.value)
	}
	var m metadata
	m.identify("doi", "10.1000/first")
	m.identify("doi", "10.1000/second")
	require.Equal(t, map[string]string{"doi": "10.1000/first"}, m.identifiers)
}

func TestMetadata_AddAuthor(t *testing.T) {
	t.Parallel()
	var m metadata
	for _, name := range []string{"Lovelace, Ada", "von  Neumann,John", "Ada Lovelace", "ada lovelace", "ada@example.com", "https://a.example", "{{author}}", "  "} {
		m.addAuthor(name, true)
	}
	m.addAuthor("By: Grace Hopper, PhD", false)
	require.Equal(t, []string{"Ada Lovelace", "John von Neumann", "Grace Hopper, PhD"}, m.authors)
}
