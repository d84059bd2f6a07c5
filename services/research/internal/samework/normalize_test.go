package samework_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]string{ // kind → as written → normalised, "" for none
		samework.DOI: {
			"10.1038/NATURE12373":                              "10.1038/nature12373",
			"https://doi.org/10.1038/nature12373":              "10.1038/nature12373",
			"http://dx.doi.org/10.1038/nature12373":            "10.1038/nature12373",
			"https://www.doi.org/10.1038/nature12373":          "10.1038/nature12373",
			"doi:10.1038/nature12373.":                         "10.1038/nature12373",
			"DOI: 10.1038/nature12373":                         "10.1038/nature12373",
			"doi:https://doi.org/10.1038/nature12373":          "10.1038/nature12373",
			" 10.1038/nature12373);":                           "10.1038/nature12373",
			"10.1016/S0140-6736(10)60175-4":                    "10.1016/s0140-6736(10)60175-4",
			"(10.1016/S0140-6736(10)60175-4)":                  "",
			"10.1016/S0140-6736(10)60175-4).":                  "10.1016/s0140-6736(10)60175-4",
			"10.1002/(SICI)1097-0258(19980815)17:15<1661::A>3": "10.1002/(sici)1097-0258(19980815)17:15<1661::a>3",
			"https://doi.org/10.1002/a%28b%29%3C1%3E":          "10.1002/a(b)<1>",
			"https://doi.org/10.1038/nature12373?utm_source=x": "10.1038/nature12373",
			"10.1000/a?b":               "10.1000/a?b",
			"10.1000.10/123456":         "10.1000.10/123456",
			"10.1175//2572.1":           "10.1175//2572.1",
			"10.1175//":                 "",
			"10.48550/arXiv.2304.05376": "",
			"10.1/x":                    "",
			"11.1038/x":                 "",
			"10.1038":                   "",
			"":                          "",
			"10.1038/a b":               "",
		},
		samework.ArXiv: {
			"1605.08386":                                 "1605.08386",
			"1605.08386v12":                              "1605.08386",
			"arXiv:1605.08386v1":                         "1605.08386",
			"http://arxiv.org/abs/1605.08386v1":          "1605.08386",
			"https://arxiv.org/pdf/1605.08386v1.pdf":     "1605.08386",
			"https://www.arxiv.org/html/2402.01234v3#S1": "2402.01234",
			"https://export.arxiv.org/abs/0704.0001":     "0704.0001",
			"10.48550/arXiv.2304.05376":                  "2304.05376",
			"https://doi.org/10.48550/ARXIV.2304.05376":  "2304.05376",
			"math.GT/0309136v1":                          "math/0309136",
			"astro-ph/0601001":                           "astro-ph/0601001",
			"hep-th/9901001v3":                           "hep-th/9901001",
			"0000.0000":                                  "",
			"1613.08386":                                 "",
			"abc":                                        "",
			"1605.083":                                   "",
			"10.1038/nature12373":                        "",
		},
		samework.PMID: {
			"12091962": "12091962", "PMID: 12091962": "12091962", "https://pubmed.ncbi.nlm.nih.gov/12091962/": "12091962",
			"https://www.ncbi.nlm.nih.gov/pubmed/12091962?x=1": "12091962", "0": "", "PMC12": "", "1234567890": "",
		},
		samework.PMCID: {
			"PMC3531190": "PMC3531190", "pmc3531190": "PMC3531190", "3531190": "PMC3531190", "PMC3531190.2": "PMC3531190",
			"https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3531190/": "PMC3531190",
			"https://www.ncbi.nlm.nih.gov/pmc/articles/3531190":     "PMC3531190",
			"https://pmc.ncbi.nlm.nih.gov/articles/PMC3531190/":     "PMC3531190", "PMCID: PMC3531190": "PMC3531190", "PMC": "",
		},
		samework.OpenAlex: {
			"https://openalex.org/W2741809807": "W2741809807", "w2741809807": "W2741809807",
			"https://api.openalex.org/works/W2741809807": "W2741809807", "A123": "", "W": "",
		},
		samework.S2: {
			"354DCDEBF3f8b5feeed5c62090e0bc1f0c28db06":                                               "354dcdebf3f8b5feeed5c62090e0bc1f0c28db06",
			"https://www.semanticscholar.org/paper/A-Title/354dcdebf3f8b5feeed5c62090e0bc1f0c28db06": "354dcdebf3f8b5feeed5c62090e0bc1f0c28db06",
			"258059792": "",
		},
		samework.ISBN: {
			"978-0-306-40615-7": "9780306406157", "0-306-40615-2": "9780306406157", "ISBN 0306406152": "9780306406157",
			"0-8044-2957-X": "9780804429573", "urn:isbn:9780306406157": "9780306406157",
			"978-0-306-40615-8": "", "0-306-40615-3": "", "977-0-306-40615-7": "", "123": "", "0-30640615-XX": "", "97803064x6157": "",
		},
		samework.Wikipedia: {"en:5134": "en:5134", "zh-yue:12": "zh-yue:12", "en:Chess": "", "5134": ""},
		"unknown":          {"x": ""},
	}
	for kind, cases := range tests {
		for in, want := range cases {
			got, ok := samework.Normalize(kind, in)
			require.Equal(t, want != "", ok, "%s %q", kind, in)
			if ok {
				require.Equal(t, want, got, "%s %q", kind, in)
				again, ok := samework.Normalize(kind, got)
				require.True(t, ok, "%s %q", kind, got)
				require.Equal(t, got, again, "normalising twice is normalising once")
			}
		}
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	require.True(t, samework.Add(ids, samework.DOI, "10.48550/arXiv.2304.05376v2"))
	require.Equal(t, map[string]string{"arxiv": "2304.05376"}, ids, "arXiv's DOI is the arXiv identifier")
	require.True(t, samework.Add(ids, samework.DOI, "10.5555/A"))
	require.False(t, samework.Add(ids, samework.DOI, "10.5555/B"), "what is there stays")
	require.False(t, samework.Add(ids, samework.PMID, "none"))
	require.Equal(t, map[string]string{"arxiv": "2304.05376", "doi": "10.5555/a"}, ids)
}

func TestFind(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][2]string{
		"10.1038/nature12373":                            {"doi", "10.1038/nature12373"},
		"What does doi:10.1038/NATURE12373 say?":         {"doi", "10.1038/nature12373"},
		"see (https://doi.org/10.1038/nature12373).":     {"doi", "10.1038/nature12373"},
		"arXiv:1605.08386v2":                             {"arxiv", "1605.08386"},
		"1605.08386":                                     {"arxiv", "1605.08386"},
		"https://arxiv.org/abs/hep-th/9901001":           {"arxiv", "hep-th/9901001"},
		"10.48550/arXiv.2304.05376":                      {"arxiv", "2304.05376"},
		"summarise PMID 12091962 please":                 {"pmid", "12091962"},
		"PMC3531190":                                     {"pmcid", "PMC3531190"},
		"what changed between 1605 and 1608.5 in prices": {"", ""},
		"prices rose by 1605.08386 in all":               {"", ""},
		"graph/12":                                       {"", ""},
	} {
		kind, id := samework.Find(query)
		require.Equal(t, want, [2]string{kind, id}, query)
	}
}
