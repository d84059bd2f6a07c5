package extract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

func TestExtract_HTMLMetadata(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		head string
		want extract.Document
	}{
		"a journal's tags": {
			`<meta name=citation_title content="On Bridges"><meta name="citation_author" content="Lovelace, Ada"><meta name=citation_author content="Charles Babbage">
			 <meta name=citation_publication_date content="2021/05/17"><meta name=citation_doi content="doi:10.1000/ABC.1"><meta name=citation_pmid content=123>
			 <meta name=citation_arxiv_id content=2101.00001v2><meta name=citation_isbn content="978-3-16-148410-0"><title>On Bridges | Journal of Steel</title>`,
			extract.Document{
				Title: "On Bridges", Authors: []string{"Ada Lovelace", "Charles Babbage"}, Published: "2021-05-17",
				Identifiers: map[string]string{"doi": "10.1000/abc.1", "pmid": "123", "arxiv": "2101.00001", "isbn": "9783161484100"},
			},
		},
		"JSON-LD": {
			`<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebSite","name":"The Site"},
			 {"@type":["NewsArticle"],"headline":"Bridge falls","datePublished":"2020-02-03T04:05:06Z","author":[{"@id":"#ada"},{"@type":"Person","name":"Grace Hopper"}],
			 "license":"https://creativecommons.org/licenses/by/4.0/","inLanguage":"en-GB"},{"@type":"Person","@id":"#ada","name":"Ada Lovelace"}]}</script>`,
			extract.Document{
				Title: "Bridge falls", Authors: []string{"Ada Lovelace", "Grace Hopper"}, Published: "2020-02-03",
				License: "https://creativecommons.org/licenses/by/4.0/", Language: "en",
			},
		},
		"JSON-LD with line breaks in its strings, wrapped": {
			"<script type=application/ld+json><![CDATA[{\"@type\":\"Article\",\"headline\":\"Two\nlines\",\"author\":\"Ada Lovelace\"}]]></script>",
			extract.Document{Title: "Two lines", Authors: []string{"Ada Lovelace"}},
		},
		"JSON-LD that is broken says nothing": {
			`<script type="application/ld+json">{"@type":"Article","headline":"x"</script><title>Bridge</title>`,
			extract.Document{Title: "Bridge"},
		},
		"what it says to other sites": {
			`<meta property="og:title" content="Bridge falls - The Site"><meta property="og:site_name" content="The Site">
			 <meta property="article:published_time" content="2019-01-02T00:00:00+01:00"><meta property="og:url" content="https://a.example/bridge">
			 <meta property="article:author" content="https://social.example/ada"><meta name=author content="By Ada Lovelace">`,
			extract.Document{
				Title: "Bridge falls", Authors: []string{"Ada Lovelace"}, Published: "2019-01-02",
				Identifiers: map[string]string{"url": "https://a.example/bridge"},
			},
		},
		"Dublin Core": {
			`<meta name=DC.title content="Bridge"><meta name=DC.creator content="Lovelace, Ada"><meta name=dcterms.issued content=2018-03>
			 <meta name=DC.identifier content="https://doi.org/10.1000/xyz"><meta name=DC.rights content="CC BY"><meta name=DC.language content=de>`,
			extract.Document{
				Title: "Bridge", Authors: []string{"Ada Lovelace"}, Published: "2018-03", License: "CC BY",
				Identifiers: map[string]string{"doi": "10.1000/xyz"}, Language: "de",
			},
		},
		"its elements": {
			`<link rel=canonical href="https://arxiv.org/abs/2101.00001"><link rel=license href="https://creativecommons.org/licenses/by-sa/3.0/">
			 <title>Bridge</title><body><a rel=author>Ada Lovelace</a><time pubdate datetime="2017-06-05">yesterday</time>`,
			extract.Document{
				Title: "Bridge", Authors: []string{"Ada Lovelace"}, Published: "2017-06-05", License: "https://creativecommons.org/licenses/by-sa/3.0/",
				Identifiers: map[string]string{"url": "https://arxiv.org/abs/2101.00001", "arxiv": "2101.00001"},
			},
		},
		"microdata": {
			`<title>Bridge</title><body><p itemprop=author><span itemprop=name>Ada Lovelace</span>, Reporter</p><span itemprop=datePublished>May 17, 2016</span>`,
			extract.Document{Title: "Bridge", Authors: []string{"Ada Lovelace"}, Published: "2016-05-17"},
		},
		"the line above an article": {
			`<title>Bridge</title><body><div class="byline">By Ada Lovelace</div><div class=author>Teaser Writer</div>`,
			extract.Document{Title: "Bridge", Authors: []string{"Ada Lovelace"}},
		},
		"two licences that it links to are none": {
			`<title>Bridge</title><body><a href="https://creativecommons.org/licenses/by/4.0/">a</a><a href="https://creativecommons.org/licenses/by/2.0/">b</a>`,
			extract.Document{Title: "Bridge"},
		},
		"an address that is relative is none": {
			`<title>Bridge</title><link rel=canonical href="/bridge">`,
			extract.Document{Title: "Bridge"},
		},
		"the heading tells the title from the site": {
			`<title>News – Bridge falls down – thesite.example</title><body><h1>Bridge falls down</h1>`,
			extract.Document{Title: "Bridge falls down"},
		},
		"what stands behind a bar is the site": {
			`<title>Bridge falls down | thesite.example</title>`,
			extract.Document{Title: "Bridge falls down"},
		},
		"a dash may be part of the title": {
			`<title>The bridge - a tragedy</title>`,
			extract.Document{Title: "The bridge - a tragedy"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read(t, "a.html", []byte("<!DOCTYPE html>"+tc.head+"<p>1867"))
			require.NoError(t, err)
			checkDocument(t, got)
			got.Text, got.Headings, got.MediaType = "", nil, ""
			require.Equal(t, tc.want, got)
		})
	}
}
