package html_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/html"
)

// slides returns a document of slides.
func slides() *reportv1.Document {
	doc := documenttest.Full()
	doc.Layout = reportv1.Document_SLIDES
	return doc
}

// authorDate returns a document whose marks are names and years, and whose list has no labels.
func authorDate() *reportv1.Document {
	doc := documenttest.Full()
	citation := &reportv1.Citation{Opening: "(", Separator: "; ", Closing: ")", Marks: []*reportv1.Citation_Mark{
		{Anchor: "source-1", Label: "Curie & Joliot-Curie, 1911a", SourceId: "s1", Quotes: []string{"Lake Baikal is 1,642 m deep."}},
		{Anchor: "source-2", Label: "Curie, n.d.", SourceId: "s2"},
	}}
	doc.Sections[0].Blocks[0].GetParagraph().Text[1] = &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: citation}}
	for _, r := range doc.References {
		r.Label = ""
	}
	return doc
}

// arabic returns a document that is written from right to left and quotes English.
func arabic() *reportv1.Document {
	doc := documenttest.Filled("يبلغ عمق بحيرة بايكال 1642 مترا (وفقا لـ Atlas).")
	doc.Language = "ar"
	doc.Sections[3].Blocks[0].GetFinding().Quotes[0].Text = "Lake Baikal is 1,642 m deep."
	return doc
}

// claims returns a document of claims that were given, one of which nothing was found on.
func claims() *reportv1.Document {
	doc := documenttest.Full()
	doc.Sections = doc.Sections[3:4]
	for _, block := range doc.Sections[0].Blocks {
		block.GetFinding().Given = true
	}
	doc.Sections[0].Blocks[0].GetFinding().Quotes[0].Stance = "says otherwise"
	doc.Sections[0].Blocks[0].GetFinding().Quotes[0].Support = analysisv1.Support_CONTRADICTED
	nothing := doc.Sections[0].Blocks[1].GetFinding()
	nothing.Quotes, nothing.Citation, nothing.Finding.Quotes, nothing.Finding.Tally = nil, nil, nil, ""
	return doc
}

// style is the page's style, which the kept pages are without.
var style = regexp.MustCompile(`(?s)<style>.*</style>\n`)

// TestReadAsKept compares pages with those in testdata; with RENDER_KEEP set it keeps them
// anew, and the change is looked at in the diff. RENDER_EXAMPLE names a folder that whole
// pages are written to, for eyes.
func TestReadAsKept(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]*reportv1.Document{
		"full": documenttest.Full(), "slides": slides(), "authordate": authorDate(), "arabic": arabic(), "claims": claims(),
	} {
		out, root := render(t, doc)
		if dir := os.Getenv("RENDER_EXAMPLE"); dir != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(out), 0o600))
		}
		requireInert(t, root)
		path := filepath.Join("testdata", name+".html")
		bare := style.ReplaceAllString(out, "")
		if os.Getenv("RENDER_KEEP") != "" {
			require.NoError(t, os.WriteFile(path, []byte(bare), 0o600))
		}
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(kept), bare, name)
	}
}

func TestPagesAreSelfContained(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]*reportv1.Document{"pages": documenttest.Full(), "slides": slides()} {
		out, root := render(t, doc)
		require.NotRegexp(t, `@import|url\(`, out, name)
		requireInert(t, root)
		policy := ""
		for _, meta := range named(root, "meta") {
			if attribute(meta, "http-equiv") == "Content-Security-Policy" {
				policy = attribute(meta, "content")
			}
		}
		require.Contains(t, policy, "default-src 'none'", name)
		require.NotContains(t, policy, "script", name)
	}
}

func TestStructure(t *testing.T) {
	t.Parallel()
	headless := documenttest.Full()
	headless.Sections[0].Heading = nil
	headless.Sections[0].Blocks = append(headless.Sections[0].Blocks, headless.Sections[3].Blocks[0], headless.Sections[5].Blocks[1])
	twice := documenttest.Full()
	twice.Sections[0].Blocks = append(twice.Sections[0].Blocks, twice.Sections[2].Blocks[1], twice.Sections[3].Blocks[0], twice.Sections[7].Blocks[0])
	bare := documenttest.Full()
	bare.Sections = bare.Sections[:1] // marks without a list, findings that are not there
	for name, doc := range map[string]*reportv1.Document{
		"full": documenttest.Full(), "slides": slides(), "headless": headless, "twice": twice, "bare": bare, "claims": claims(), "empty": {Title: "T", Empty: true, Notice: "Nothing."},
	} {
		_, root := render(t, doc)
		for _, landmark := range []string{"header", "main", "footer", "h1"} {
			require.Len(t, named(root, landmark), 1, "%s: %s", name, landmark)
		}
		ids := map[string]int{}
		for n := range root.Descendants() {
			if id := attribute(n, "id"); id != "" {
				ids[id]++
			}
		}
		for id, n := range ids {
			require.Equal(t, 1, n, "%s: #%s is one place", name, id)
		}
		last := 1 // headings go down one level at a time
		for n := range root.Descendants() {
			if regexp.MustCompile(`^h[1-6]$`).MatchString(n.Data) {
				level := int(n.Data[1] - '0')
				require.LessOrEqual(t, level, last+1, "%s: %s", name, textOf(n))
				last = level
			}
			for _, key := range []string{"href", "aria-describedby", "aria-labelledby"} {
				for _, to := range strings.Fields(attribute(n, key)) {
					if key != "href" || strings.HasPrefix(to, "#") {
						require.Equal(t, 1, ids[strings.TrimPrefix(to, "#")], "%s: there is a place for %s=%s", name, key, to)
					}
				}
			}
		}
	}
}

func TestMarksShowTheirQuotes(t *testing.T) {
	t.Parallel()
	_, root := render(t, documenttest.Full())
	marks := classed(named(root, "main")[0], "mark")
	require.NotEmpty(t, marks)
	for _, mark := range marks {
		link, tip := named(mark, "a")[0], classed(mark, "tip")[0]
		require.Regexp(t, `^#source-[12]$`, attribute(link, "href"), "a mark stays a link to its reference")
		require.Equal(t, attribute(tip, "id"), attribute(link, "aria-describedby"))
		require.Equal(t, "tooltip", attribute(tip, "role"))
		require.Contains(t, textOf(tip), "LakeBaikalis1,642mdeep.")
	}
}

func TestReferencesLeadToTheirSourceAndBack(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	doc.References[1].Work.Url = "https://example.org/not-in-the-text"
	doc.References[1].Warnings = []string{"retracted", "preprint"}
	_, root := render(t, doc)
	for i, address := range []string{"https://example.org/atlas?a=1&b=2", "https://example.org/not-in-the-text"} {
		entry := named(classed(root, "sources")[0], "li")[i]
		var links []string
		for _, a := range named(entry, "a") {
			links = append(links, attribute(a, "href"))
		}
		require.Equal(t, []string{address, "#finding-1", "#finding-2"}, links)
		require.Contains(t, textOf(entry), "SHA-2569f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
	}
	var warnings []string
	for _, warning := range classed(root, "warning") {
		warnings = append(warnings, textOf(warning))
	}
	require.Equal(t, []string{"retracted", "preprint"}, warnings)
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for language, want := range map[string][3]string{ // language, direction, language of the page's own words
		"en": {"en", "", ""}, "en-GB": {"en-GB", "", ""}, "de": {"de", "", "en"}, "ar": {"ar", "rtl", "en"}, "fa-IR": {"fa-IR", "rtl", "en"},
		"he": {"he", "rtl", "en"}, "az-Arab": {"az-Arab", "rtl", "en"}, "az": {"az", "", "en"}, "zh-Hans": {"zh-Hans", "", "en"}, "": {"en", "", ""}, "\"><script>": {"en", "", ""},
	} {
		doc := documenttest.Full()
		doc.Language = language
		_, root := render(t, doc)
		page := named(root, "html")[0]
		require.Equal(t, want, [3]string{attribute(page, "lang"), attribute(page, "dir"), attribute(classed(root, "eyebrow")[0].FirstChild, "lang")}, language)
	}
}

func TestQuotesAreInTheLanguageOfTheirSource(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	doc.References[0].Work.Language = "ru"
	_, root := render(t, doc)
	var languages []string
	for _, quote := range named(named(root, "article")[0], "blockquote") {
		languages = append(languages, attribute(quote, "lang"))
	}
	require.Equal(t, []string{"ru", ""}, languages)
}

func TestSlidesBeginAtSectionsAndRules(t *testing.T) {
	t.Parallel()
	doc := slides()
	rule := doc.Sections[5].Blocks[6]
	require.NotNil(t, rule.GetRule())
	_, root := render(t, doc)
	require.Len(t, classed(root, "slide"), len(doc.GetSections()), "nothing follows the last rule")
	doc.Sections[5].Blocks = append(doc.Sections[5].Blocks, rule, doc.Sections[5].Blocks[0])
	_, root = render(t, doc)
	require.Len(t, classed(root, "slide"), len(doc.GetSections())+1)
	require.Empty(t, named(root, "hr"))
	_, pages := render(t, documenttest.Full())
	require.Empty(t, classed(pages, "slide"))
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	out, err := html.Blocks(documenttest.Full().Sections[5].Blocks)
	require.NoError(t, err)
	require.Equal(t, `<p>Plain, <strong>strong, <em>both</em></strong>, <del>struck</del>, <code>a &lt; b</code>, <a href="https://example.org/?a=1&amp;b=2" title="a title">a link</a><br>
after a break.</p>
<h3>A heading inside</h3>
<p class="note">Drawn from 2 works.</p>
<ol>
<li>First.</li>
<li>Second.</li>
</ol>
<blockquote>
<p>Set off.</p>
</blockquote>
<pre><code class="language-go">if a &lt; b {
	return
}
</code></pre>
<hr>
`, out)
}

func TestBlocks_Lists(t *testing.T) {
	t.Parallel()
	text := func(s string) *reportv1.Block {
		return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: s}}}}}}
	}
	list := func(l *reportv1.List, items ...[]*reportv1.Block) *reportv1.Block {
		for _, blocks := range items {
			l.Items = append(l.Items, &reportv1.List_Item{Blocks: blocks})
		}
		return &reportv1.Block{Kind: &reportv1.Block_List{List: l}}
	}
	inner := list(&reportv1.List{Ordered: true, Start: 3, Tight: true}, []*reportv1.Block{text("b")})
	for name, c := range map[string]struct {
		block *reportv1.Block
		want  string
	}{
		"a tight item has no paragraph": {
			list(&reportv1.List{Tight: true}, []*reportv1.Block{text("a"), inner}), "<ul>\n<li>a\n<ol start=\"3\">\n<li>b</li>\n</ol>\n</li>\n</ul>\n",
		},
		"a loose item has paragraphs": {list(&reportv1.List{}, []*reportv1.Block{text("a"), text("b")}), "<ul>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n</ul>\n"},
		"an item may hold nothing":    {list(&reportv1.List{}, nil), "<ul>\n<li></li>\n</ul>\n"},
	} {
		out, err := html.Blocks([]*reportv1.Block{c.block})
		require.NoError(t, err)
		require.Equal(t, c.want, out, name)
	}
}
