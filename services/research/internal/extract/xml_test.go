package extract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

// jats returns an article with a front, a body and a back.
func jats(front, body, back string) []byte {
	return []byte(`<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD" "a.dtd"><article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article" xml:lang="en"><front><article-meta>` +
		front + `</article-meta></front><body>` + body + `</body><back>` + back + `</back></article>`)
}

func TestExtract_JATS(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ front, body, back, want string }{
		"inline elements never cut": {
			"", `<p>H<sub>2</sub>O at 10<sup>−3</sup> <italic>in <bold>vitro</bold></italic> (see <xref ref-type="fig">Fig. 1</xref>; <xref>[3]</xref>).</p>`, "",
			"H2O at 10−3 in vitro (see Fig. 1; [3]).",
		},
		"sections": {
			"", `<sec><label>1</label><title>Methods</title><p>One.</p><sec><title>Model</title><p>Two.</p></sec></sec>`, "",
			"1 Methods\n\nOne.\n\nModel\n\nTwo.",
		},
		"the abstract and key words": {
			`<title-group><article-title>On <italic>E. coli</italic></article-title></title-group><abstract><sec><title>Aim</title><p>To see.</p></sec></abstract>
			 <abstract abstract-type="graphical"><p>Picture</p></abstract><kwd-group><kwd>bridge</kwd><kwd>steel</kwd></kwd-group>`, `<p>Body.</p>`, "",
			"On E. coli\n\nAbstract\n\nAim\n\nTo see.\n\nKeywords: bridge, steel\n\nBody.",
		},
		"tables in and out of paragraphs": {
			"", `<p>Before <table-wrap><label>Table 1</label><caption><title>Ages.</title></caption><table><thead><tr><th>Name</th><th>Age</th></tr></thead>
			 <tbody><tr><td>Ann<xref><sup>a</sup></xref></td><td>30</td></tr></tbody></table><table-wrap-foot><fn><p>Of a few.</p></fn></table-wrap-foot></table-wrap> after.</p>`, "",
			"Before\n\nTable 1 Ages.\n\n| Name | Age |\n| --- | --- |\n| Anna | 30 |\n\nOf a few.\n\nafter.",
		},
		"figures are their captions": {
			"", `<fig><label>Figure 1</label><caption><title>The bridge.</title><p>Seen from the south.</p></caption><graphic xlink:href="a.png"/></fig>`, "",
			"Figure 1 The bridge. Seen from the south.",
		},
		"one form of a formula": {
			"", `<p>Where <inline-formula><alternatives><tex-math>\documentclass{a}\begin{document}$x$\end{document}</tex-math><math><mi>x</mi></math></alternatives></inline-formula> holds.</p>`, "",
			"Where $x$ holds.",
		},
		"lists": {
			"", `<list><list-item><p>One</p></list-item><list-item><label>b.</label><p>Two</p><list><list-item><p>Inner</p></list-item></list></list-item></list>`, "",
			"- One\nb. Two\n  - Inner",
		},
		"references as they stand": {
			"", `<p>x</p>`, `<ref-list><title>Literature</title><ref><label>1</label><mixed-citation><name><surname>Doe</surname> <given-names>J</given-names></name>. <article-title>Steel</article-title>. 1867.</mixed-citation></ref></ref-list>`,
			"x\n\nLiterature\n\n1. Doe J. Steel. 1867.",
		},
		"references out of their parts": {
			"", `<p>x</p>`, `<ref-list><ref><element-citation><person-group><name><surname>Doe</surname><given-names>J</given-names></name><etal/></person-group><year>1867</year>
			 <article-title>Steel.</article-title><source>J Steel</source><volume>3</volume><fpage>1</fpage><lpage>9</lpage><pub-id pub-id-type="doi">10.1/x</pub-id></element-citation></ref></ref-list>`,
			"x\n\nReferences\n\nJ Doe, et al. 1867. Steel. J Steel. 3:1-9. doi:10.1/x.",
		},
		"what follows the sections": {
			"", `<p>x</p>`, `<ack><p>We thank.</p></ack><app-group><app><title>More</title><p>y</p></app></app-group>`,
			"x\n\nAcknowledgements\n\nWe thank.\n\nMore\n\ny",
		},
		"entities of HTML": {"", `<p>a&nbsp;&mdash; b</p>`, "", "a — b"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.nxml", jats(tc.front, tc.body, tc.back))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_JATSMetadata(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.xml", jats(`
		<article-id pub-id-type="pmid">17299597</article-id><article-id pub-id-type="pmc">1790863</article-id><article-id pub-id-type="doi">10.1371/Journal.X</article-id>
		<related-article><article-title>Another</article-title></related-article>
		<title-group><article-title>On Bridges</article-title><subtitle>A Survey</subtitle></title-group>
		<contrib-group><contrib contrib-type="author"><name><surname>Lovelace</surname><given-names>Ada</given-names></name><xref>1</xref></contrib>
		<contrib contrib-type="author"><collab>The Steel Group</collab></contrib></contrib-group>
		<contrib-group><contrib contrib-type="editor"><name><surname>Editor</surname><given-names>An</given-names></name></contrib></contrib-group>
		<aff id="a1"><label>1</label><institution>University</institution>, <country>Atlantis</country></aff>
		<pub-date pub-type="ppub"><month>11</month><year>2010</year></pub-date><pub-date pub-type="epub"><day>2</day><month>Oct</month><year>2010</year></pub-date>
		<permissions><license xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>Free.</license-p></license></permissions>`, `<p>Text.</p>`, ""))
	require.NoError(t, err)
	require.Equal(t, "On Bridges: A Survey", doc.Title)
	require.Equal(t, []string{"Ada Lovelace", "The Steel Group"}, doc.Authors)
	require.Equal(t, "2010-10-02", doc.Published)
	require.Equal(t, "http://creativecommons.org/licenses/by/4.0/", doc.License)
	require.Equal(t, map[string]string{"doi": "10.1371/journal.x", "pmid": "17299597", "pmcid": "PMC1790863"}, doc.Identifiers)
	require.Contains(t, doc.Text, "University, Atlantis")
	require.NotContains(t, doc.Text, "Free.")
}

func TestExtract_PubMed(t *testing.T) {
	t.Parallel()
	record := `<PubmedArticle><MedlineCitation><PMID>%d</PMID><Article><Journal><JournalIssue><PubDate><Year>2018</Year><Month>May</Month></PubDate></JournalIssue></Journal>
		<ArticleTitle>Mild <i>asthma</i>.</ArticleTitle><Abstract><AbstractText Label="AIM">Of TNF-<sub>a</sub>.</AbstractText></Abstract>
		<AuthorList><Author><LastName>Lovelace</LastName><ForeName>Ada</ForeName></Author></AuthorList></Article></MedlineCitation>
		<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1000/X</ArticleId></ArticleIdList></PubmedData></PubmedArticle>`
	one, err := read(t, "a.xml", []byte(`<?xml version="1.0"?><PubmedArticleSet>`+fmt.Sprintf(record, 7)+`</PubmedArticleSet>`))
	require.NoError(t, err)
	require.Equal(t, "Mild asthma\n\nAda Lovelace\n\nAbstract\n\nAIM\n\nOf TNF-a.", one.Text)
	require.Equal(t, "2018-05", one.Published)
	require.Equal(t, map[string]string{"pmid": "7", "doi": "10.1000/x"}, one.Identifiers)
	two, err := read(t, "a.xml", []byte(`<?xml version="1.0"?><PubmedArticleSet>`+fmt.Sprintf(record, 7)+fmt.Sprintf(record, 8)+`</PubmedArticleSet>`))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(two.Text, "Mild asthma"))
	require.Empty(t, two.Identifiers, "two records are not one article")
}

func TestExtract_XML(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ data, want, title string }{
		"elements with text are paragraphs": {`<?xml version="1.0"?><a><title>Ti</title><p>one <b>two</b>  three</p><q><r>four</r></q></a>`, "Ti\n\none two three\n\nfour", "Ti"},
		"another encoding":                  {"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>caf\xe9</a>", "café", "a"},
		"RSS": {
			`<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><item><title>First</title><pubDate>Mon</pubDate><description>&lt;p&gt;It &lt;b&gt;fell&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Down.&lt;/p&gt;</description></item></channel></rss>`,
			"News\n\nFirst\n\nMon\n\nIt fell.\n\nDown.", "News",
		},
		"Atom":                       {`<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>First</title><content type="xhtml"><div>It fell.</div></content></entry></feed>`, "News\n\nFirst\n\nIt fell.", "News"},
		"a workbook":                 {`<?xml version="1.0"?><Workbook><Worksheet Name="Ages"><Table><Row><Cell><Data>Name</Data></Cell><Cell><Data>Age</Data></Cell></Row><Row><Cell><Data>Ann</Data></Cell><Cell><Data>30</Data></Cell></Row></Table></Worksheet></Workbook>`, "Ages\n\n| Name | Age |\n| --- | --- |\n| Ann | 30 |", "a"},
		"own entities stay as named": {`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "secret"><!ENTITY c SYSTEM "file:///etc/passwd">]><a>x &b; &c; y</a>`, "x &b; &c; y", "a"},
		"what breaks off":            {`<?xml version="1.0"?><a><p>one</p><p>two`, "one\n\ntwo", "a"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.xml", []byte(tc.data))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			require.Equal(t, tc.title, doc.Title)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_XMLBounds(t *testing.T) {
	t.Parallel()
	var attributes strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&attributes, ` a%d="x"`, i)
	}
	laughs := `<!DOCTYPE a [<!ENTITY a "ha">`
	for c := 'b'; c < 'k'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat("&"+string(c-1)+";", 10))
	}
	tests := map[string]struct{ data, reason string }{
		"deep":                {strings.Repeat("<a>", 100_000) + "x", "TOO_LARGE"},
		"many elements":       {"<r>" + strings.Repeat("<a/>", 1_100_000) + "</r>", "TOO_LARGE"},
		"many attributes":     {"<a" + attributes.String() + ">x</a>", "TOO_LARGE"},
		"a billion laughs":    {laughs + "]><a>&j;</a>", ""},
		"nothing":             {"<a></a>", "EMPTY"},
		"a tag without end":   {"<a b='" + strings.Repeat("x", 1<<20), "BROKEN"},
		"comments, unclosed":  {"<a>x</a>" + strings.Repeat("<!--", 100_000), ""},
		"deep lists of JATS":  {string(jats("", strings.Repeat("<list><list-item><p>x</p>", 120), "")), ""},
		"long lists of marks": {"<a>" + strings.Repeat("<", 1<<20) + "</a>", "EMPTY"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			doc, err := read(t, "a.xml", []byte(`<?xml version="1.0"?>`+strings.TrimPrefix(tc.data, `<?xml version="1.0"?>`)))
			require.Less(t, time.Since(begun), patience())
			if tc.reason != "" {
				requireReason(t, err, tc.reason)
				return
			}
			require.NoError(t, err)
			require.Less(t, len(doc.Text), 20_000)
		})
	}
}

func FuzzExtract_XML(f *testing.F) {
	f.Add(jats(`<title-group><article-title>T</article-title></title-group>`, `<sec><title>S</title><p>x<table-wrap><table><tr><td>1</td></tr></table></table-wrap></p></sec>`, `<ref-list><ref/></ref-list>`))
	f.Add([]byte(`<?xml version="1.0"?><PubmedArticleSet><PubmedArticle/></PubmedArticleSet>`))
	f.Add([]byte(`<?xml version="1.0"?><rss><item><title>x</title></item></rss>`))
	e := extract.New(extract.Config{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if strings.Contains(string(data), "%PDF-") {
			t.Skip("it would be read as PDF")
		}
		checkFuzzed(t, e, extract.Input{Name: "a.xml", Data: data})
	})
}

// checkFuzzed fails if a file is neither read nor refused with a reason, or if
// its parser had to be saved from a panic.
func checkFuzzed(t *testing.T, e *extract.Extractor, in extract.Input) {
	t.Helper()
	doc, err := e.Extract(t.Context(), in)
	if err == nil {
		checkDocument(t, doc)
		return
	}
	var own *extract.Error
	require.ErrorAs(t, err, &own)
	require.NotContains(t, err.Error(), "panicked")
}
