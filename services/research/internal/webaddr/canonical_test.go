package webaddr_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

func parse(t *testing.T, raw string) *webaddr.URL {
	t.Helper()
	u, err := webaddr.Parse(raw, nil)
	require.NoError(t, err, raw)
	return u
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, want string }{
		"the fragment goes":                        {"https://example.org/a#part", "https://example.org/a"},
		"the default port goes":                    {"https://example.org:443/a", "https://example.org/a"},
		"another port stays":                       {"https://example.org:8443/a", "https://example.org:8443/a"},
		"case and dots are made equal":             {"HTTPS://EXAMPLE.org./x/./../a", "https://example.org/a"},
		"www stays: the other host may not exist":  {"https://www.example.org/", "https://www.example.org/"},
		"tracking goes":                            {"https://example.org/?utm_source=x&UTM_Medium=y&gclid=1&fbclid=2", "https://example.org/"},
		"encoded tracking goes":                    {"https://example.org/?%75tm_source=x", "https://example.org/"},
		"the rest keeps its order":                 {"https://example.org/?b=2&utm_id=1&a=1&b=1", "https://example.org/?b=2&a=1&b=1"},
		"a parameter that only looks alike stays":  {"https://example.org/?utm=1&ref=x&gclidx=1", "https://example.org/?utm=1&ref=x&gclidx=1"},
		"an empty query goes":                      {"https://example.org/a?", "https://example.org/a"},
		"a parameter without a value stays":        {"https://example.org/?print&x=", "https://example.org/?print&x="},
		"a session in the path goes":               {"https://example.org/a;jsessionid=1F/b;v=2", "https://example.org/a/b;v=2"},
		"a session before other parameters goes":   {"https://example.org/a;JSESSIONID=1F;v=2", "https://example.org/a;v=2"},
		"a session in the query goes":              {"https://example.org/?PHPSESSID=ab&id=3", "https://example.org/?id=3"},
		"a long hexadecimal sid is a session":      {"https://example.org/?sid=0123456789abcdef0123", "https://example.org/"},
		"a short sid is not":                       {"https://example.org/?sid=4711", "https://example.org/?sid=4711"},
		"needless escapes go":                      {"https://example.org/%7euser/%61?q=%7Ex", "https://example.org/~user/a?q=~x"},
		"needed escapes are in capitals":           {"https://example.org/a%2fb?q=%c3%a4", "https://example.org/a%2Fb?q=%C3%A4"},
		"a stray percent sign stays":               {"https://example.org/100%?x=%zz", "https://example.org/100%?x=%zz"},
		"names are in ASCII":                       {"https://Bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"},
		"the slash at the end stays":               {"https://example.org/a/", "https://example.org/a/"},
		"other schemes only lose their fragment":   {"mailto:me@example.org?utm_source=x#y", "mailto:me@example.org?utm_source=x"},
		"an address in a parameter is not touched": {"https://example.org/?to=https://a.example/?utm_source=x", "https://example.org/?to=https://a.example/?utm_source=x"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := webaddr.Canonical(parse(t, tc.raw))
			require.Equal(t, tc.want, got)
			require.Equal(t, got, webaddr.Canonical(parse(t, got)), "canonical addresses are their own")
		})
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	same := map[string][]string{
		"scheme, www, slash, tracking": {
			"http://example.org/a", "https://example.org/a", "https://www.example.org/a/", "https://WWW.example.org./a?utm_source=x#y", "http://user:pw@example.org/a",
		},
		"the front page":    {"http://example.org", "https://www.example.org/", "https://example.org/?"},
		"a query":           {"http://example.org/a?id=1", "https://example.org/a/?id=1&gclid=3"},
		"another port":      {"http://example.org:8080/a", "http://www.example.org:8080/a"},
		"an at in the path": {"https://example.org/@me", "http://example.org/@me/"},
	}
	keys := map[string]string{}
	for name, addresses := range same {
		want := webaddr.Key(parse(t, addresses[0]))
		for _, a := range addresses {
			require.Equal(t, want, webaddr.Key(parse(t, a)), a)
		}
		require.NotContains(t, keys, want, name)
		keys[want] = name
	}
	require.NotEqual(t, webaddr.Key(parse(t, "https://example.org/A")), webaddr.Key(parse(t, "https://example.org/a")), "paths have case")
	require.NotEqual(t, webaddr.Key(parse(t, "https://example.org/?a=1&b=2")), webaddr.Key(parse(t, "https://example.org/?b=2&a=1")))
	require.NotEqual(t, webaddr.Key(parse(t, "ftp://example.org/")), webaddr.Key(parse(t, "http://example.org/")))
}

func TestIdentifiers(t *testing.T) {
	t.Parallel()
	type ids = map[string]string
	tests := map[string]struct {
		raw  string
		want ids
	}{
		"arXiv's page":                       {"https://arxiv.org/abs/2101.00001v3", ids{"arxiv": "2101.00001"}},
		"arXiv's file":                       {"http://export.arxiv.org/pdf/2101.00001.pdf", ids{"arxiv": "2101.00001"}},
		"arXiv's old names":                  {"https://arxiv.org/abs/math.GT/0309136", ids{"arxiv": "math.GT/0309136"}},
		"arXiv in HTML":                      {"https://ar5iv.labs.arxiv.org/html/2101.00001", ids{"arxiv": "2101.00001"}},
		"arXiv's lists are no paper":         {"https://arxiv.org/list/cs.CL/recent", nil},
		"DOI":                                {"https://doi.org/10.1000/ABC.123", ids{"doi": "10.1000/abc.123"}},
		"DOI, encoded":                       {"https://dx.doi.org/10.1002%2F(SICI)1097-0258(19980815)17:15%3C1661::AID-SIM968%3E3.0.CO;2-2", ids{"doi": "10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2"}},
		"DOI of arXiv is both":               {"https://doi.org/10.48550/arXiv.2101.00001", ids{"doi": "10.48550/arxiv.2101.00001", "arxiv": "2101.00001"}},
		"DOI without a suffix is none":       {"https://doi.org/10.1000/", nil},
		"Wiley":                              {"https://onlinelibrary.wiley.com/doi/full/10.1002/abc.1", ids{"doi": "10.1002/abc.1"}},
		"Springer's file":                    {"https://link.springer.com/content/pdf/10.1007/s00000-000-0000-0.pdf", ids{"doi": "10.1007/s00000-000-0000-0"}},
		"Nature":                             {"https://www.nature.com/articles/s41586-020-0000-1", ids{"doi": "10.1038/s41586-020-0000-1"}},
		"bioRxiv, with version":              {"https://www.biorxiv.org/content/10.1101/2020.01.01.000001v2.full", ids{"doi": "10.1101/2020.01.01.000001"}},
		"PLOS":                               {"https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000001", ids{"doi": "10.1371/journal.pone.0000001"}},
		"PubMed":                             {"https://pubmed.ncbi.nlm.nih.gov/12345678/", ids{"pmid": "12345678"}},
		"PubMed, old":                        {"https://www.ncbi.nlm.nih.gov/pubmed/12345678", ids{"pmid": "12345678"}},
		"PMC":                                {"https://pmc.ncbi.nlm.nih.gov/articles/pmc1234567/", ids{"pmcid": "PMC1234567"}},
		"PMC, old":                           {"https://www.ncbi.nlm.nih.gov/pmc/articles/PMC1234567/pdf/x.pdf", ids{"pmcid": "PMC1234567"}},
		"Europe PMC":                         {"https://europepmc.org/article/MED/12345678", ids{"pmid": "12345678"}},
		"OpenAlex":                           {"https://openalex.org/W2741809807", ids{"openalex": "W2741809807"}},
		"Semantic Scholar":                   {"https://www.semanticscholar.org/paper/A-title/0123456789abcdef0123456789abcdef01234567", ids{"s2": "0123456789abcdef0123456789abcdef01234567"}},
		"Wikipedia by number":                {"https://de.m.wikipedia.org/?curid=42", ids{"wikipedia": "de:42"}},
		"Wikipedia by title says nothing":    {"https://de.wikipedia.org/wiki/Dampf", nil},
		"another site with the same path":    {"https://example.org/abs/2101.00001", nil},
		"a host that only ends in the name":  {"https://notarxiv.org/abs/2101.00001", nil},
		"the host as part of another's name": {"https://arxiv.org.example.com/abs/2101.00001", nil},
		"not the web":                        {"ftp://arxiv.org/abs/2101.00001", nil},
	}
	finder := webaddr.NewIdentifiers()
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, finder.Of(parse(t, tc.raw)))
		})
	}
}

func TestParse_Relative(t *testing.T) {
	t.Parallel()
	base := parse(t, "https://example.org/a/b?c#d")
	for ref, want := range map[string]string{
		"x":               "https://example.org/a/x",
		"/x":              "https://example.org/x",
		"//other.example": "https://other.example/",
		"?q":              "https://example.org/a/b?q",
		"":                "https://example.org/a/b?c",
		"#z":              "https://example.org/a/b?c#z",
		`\\other.example`: "https://other.example/",
		"https:x":         "https://example.org/a/x",
		"http:x":          "http://x/",
	} {
		u, err := webaddr.Parse(ref, base)
		require.NoError(t, err)
		require.Equal(t, want, u.String(), ref)
	}
}

func TestParse_HidesNothing(t *testing.T) {
	t.Parallel()
	for raw, host := range map[string]string{
		"http://0x7f.1/":             "127.0.0.1",
		"http://2130706433":          "127.0.0.1",
		"http://0251.0376.0251.0376": "169.254.169.254",
		"http://①⑥⑨。②⑤④。①⑥⑨。②⑤④":              "169.254.169.254",
		"http://[::ffff:127.0.0.1]":           "[::ffff:7f00:1]",
		"http://good.example@127.0.0.1/":      "127.0.0.1",
		`http://127.0.0.1\@good.example/`:     "127.0.0.1",
		"http://127.0.0.1%2f@good.example/":   "good.example",
		"http://127.0.0.1%2egood.example/":    "127.0.0.1.good.example",
		"\thttp://exa\nmple.org\x00":          "example.org",
		"http://ｅｘａｍｐｌｅ.org:80/":              "example.org",
		"http://good.example#@127.0.0.1/":     "good.example",
		"http://%31%32%37%2e%30%2e%30%2e%31/": "127.0.0.1",
	} {
		require.Equal(t, host, parse(t, raw).Hostname(), raw)
	}
	for _, raw := range []string{
		"", "//example.org", "http://", "http://[fe80::1%25eth0]/", "http://a b/", "http://a%00b/", "http://256.1.1.1/", "http://1.2.3.4.5/",
		"http://example.org:99999/", "http://example.org:x/", "http://a@/", "http://[::1", "http://\u00ad/",
	} {
		_, err := webaddr.Parse(raw, nil)
		require.ErrorIs(t, err, webaddr.ErrInvalid, raw)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"http://u:p@h:1/p?q#f", "file:///C|/x", "a:b c ?d", "http://[::1]", "http://ß.de/%2e%2E/;jsessionid=1", "http:. "} {
		f.Add(seed, "https://example.org/a/b")
	}
	f.Fuzz(func(t *testing.T, raw, rawBase string) {
		base, err := webaddr.Parse(rawBase, nil)
		if err != nil {
			base = nil
		}
		u, err := webaddr.Parse(raw, base)
		if err != nil {
			return
		}
		again, err := webaddr.Parse(u.String(), nil)
		require.NoError(t, err, "what is written must be read: %q", u.String())
		require.Equal(t, u.String(), again.String())
		canonical, err := webaddr.Parse(webaddr.Canonical(u), nil)
		require.NoError(t, err)
		require.Equal(t, webaddr.Key(u), webaddr.Key(canonical))
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		u, err := webaddr.Parse("https://www.Example.org/path/to/../page.html?id=3&utm_source=feed#part", nil)
		if err != nil {
			b.Fatal(err)
		}
		if webaddr.Key(u) != "example.org/path/page.html?id=3" {
			b.Fatal(webaddr.Key(u))
		}
	}
}
