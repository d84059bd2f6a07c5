package markdown_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	xhtml "golang.org/x/net/html"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/markdown"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// render writes a document as Markdown.
func render(t *testing.T, doc *reportv1.Document) string {
	t.Helper()
	out, err := markdown.Render(doc)
	require.NoError(t, err)
	return string(out)
}

// quoting returns a document whose one finding says something, with a quote.
func quoting(claim, quote string) *reportv1.Document {
	doc := documenttest.Full()
	block := doc.Sections[3].Blocks[0]
	block.GetFinding().Finding.Claim = claim
	block.GetFinding().Quotes = block.GetFinding().Quotes[:1]
	block.GetFinding().Quotes[0].Text = quote
	doc.Sections = []*reportv1.Section{{Blocks: []*reportv1.Block{block}}}
	return doc
}

// quotes that are full of what Markdown would read as markup.
var quotes = map[string]string{
	"prose":                "It is 1,642 m deep, the deepest lake (by far).",
	"line breaks":          "It is\n   deep\tand cold.",
	"emphasis":             "The **deepest** lake, *by far*, with a_b_c and _that_ 2 * 3 * 4.",
	"links":                "See [the map](https://example.org) and [1] or [a][b] and ![x](y).",
	"a definition":         "[foo]: https://example.org",
	"a footnote":           "As said[^1] before.",
	"bare addresses":       "See https://example.org/a?b=c#d, HTTP://example.org, ftp://example.org, www.example.org, WWW.example.org and a.b@example.org.",
	"html":                 "Use <b>bold</b> & <script>alert(1)</script> if 1 < 2 and &amp; stays.",
	"code":                 "Call `f(x)` or ``g`` now.",
	"code after backslash": "Call \\`f(x)` or \\<b> or \\&amp; now.",
	"a heading":            "# Not a heading",
	"a list":               "- not an item",
	"a number":             "12. is the month",
	"a rule":               "---",
	"a rule of stars":      "* * *",
	"a fence":              " ~~~ not code",
	"a quote":              "> not a quote",
	"a table":              "| a | b |",
	"backslashes":          `C:\new\*file\ ends with \`,
	"strikethrough":        "It is ~~gone~~ and ~gone~ here ~ roughly.",
	"a task":               "[x] done",
	"an attribution":       "— [1] not one",
	"other scripts":        "贝加尔湖是世界上最深的湖泊。 Озеро “Байкал”.",
	"dollars":              "It cost $5 and $6.",
	"an escaped character": `a \_ b \\ c \| d`,
	"quotation marks":      `He said "no" and 'yes'.`,
	"trailing emphasis":    "A note*",
	"bracket at the end":   "a list[",
	"sign at the end":      "about C #",
}

func TestQuotesReadBack(t *testing.T) {
	t.Parallel()
	for name, quote := range quotes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := strings.Join(strings.Fields(quote), " ")
			out := render(t, quoting(quote, quote))
			require.Equal(t, []string{plain}, markdown.PlainQuotes(out))
			for which, reader := range readers() {
				root := read(t, reader, out)
				require.Equal(t, plain, firstText(t, root, "blockquote"), which)
				require.Equal(t, dense("Finding 1, 17 May 2021: supported"), textOf(first(t, root, "h3")))
			}
		})
	}
}

// first returns the first element with a name.
func first(t *testing.T, root *xhtml.Node, name string) *xhtml.Node {
	t.Helper()
	for n := range root.Descendants() {
		if n.Data == name {
			return n
		}
	}
	require.Fail(t, "no such element", name)
	return nil
}

// firstText returns the text of the first paragraph in an element as it stands.
func firstText(t *testing.T, root *xhtml.Node, name string) string {
	t.Helper()
	var out strings.Builder
	for n := range first(t, first(t, root, name), "p").Descendants() {
		if n.Type == xhtml.TextNode {
			out.WriteString(n.Data)
		}
	}
	return out.String()
}

func TestPlainTextIsLeftAlone(t *testing.T) {
	t.Parallel()
	const quote = "Job_states (see [3]) go on: 2 * 3 < 7, R&D – 50% \"done\"; e.g. C:\\temp."
	require.Contains(t, render(t, quoting("A claim.", quote)), "> "+quote+"\n")
}

func TestPlainQuotes_AreThoseOfFindings(t *testing.T) {
	t.Parallel()
	text := func(s string) []*reportv1.Block {
		return []*reportv1.Block{{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: s}}}}}}}
	}
	doc := quoting("A claim.", "It is deep.")
	doc.Sections[0].Blocks = append(doc.Sections[0].Blocks, &reportv1.Block{Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{
		Blocks: append(text("Of the template."), text("— [1] its own")...),
	}}})
	out := render(t, doc)
	require.Equal(t, []string{"It is deep."}, markdown.PlainQuotes(out))
	for _, reader := range readers() {
		require.Contains(t, textOf(read(t, reader, out)), "—[1]itsown")
	}
}

func TestQuotes_AreAttributedInTheStyleOfTheMarks(t *testing.T) {
	t.Parallel()
	doc := quoting("It is deep.", "It is deep.")
	quote := doc.Sections[0].Blocks[0].GetFinding().Quotes[0]
	quote.Citation = &reportv1.Citation{Opening: "(", Closing: ")", Marks: []*reportv1.Citation_Mark{{Anchor: "source-1", Label: "Curie, 1911"}}}
	out := render(t, doc)
	require.Contains(t, out, "> It is deep.\n>\n> — (Curie, 1911) Atlas of Lakes, page 7\n")
	require.Equal(t, []string{"It is deep."}, markdown.PlainQuotes(out))
}

// TestReadAsKept compares documents with those in testdata; with RENDER_KEEP set it keeps
// them anew, and the change is looked at in the diff.
func TestReadAsKept(t *testing.T) {
	t.Parallel()
	given := documenttest.Full()
	given.Sections = given.Sections[3:4]
	for _, block := range given.Sections[0].Blocks {
		block.GetFinding().Given = true
	}
	nothing := given.Sections[0].Blocks[1].GetFinding()
	nothing.Quotes, nothing.Citation, nothing.Finding.Quotes, nothing.Finding.Tally = nil, nil, nil, ""
	for name, doc := range map[string]*reportv1.Document{"full": documenttest.Full(), "claims": given} {
		path := filepath.Join("testdata", name+".md")
		out := render(t, doc)
		if os.Getenv("RENDER_KEEP") != "" {
			require.NoError(t, os.WriteFile(path, []byte(out), 0o600))
		}
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(kept), out, name)
		require.Equal(t, out, render(t, doc), "the same document is written the same")
	}
}

func TestRenderLeavesTheDocumentAsItIs(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	render(t, doc)
	require.True(t, proto.Equal(documenttest.Full(), doc))
}

// TestHostileText checks that whatever stands in a document reads back as text: in the
// same elements as harmless text, and whole.
func TestHostileText(t *testing.T) {
	t.Parallel()
	const harmless = "harmless"
	usual := render(t, documenttest.Filled(harmless))
	want, whole := map[string][]string{}, map[string]string{}
	for which, reader := range readers() {
		root := read(t, reader, usual)
		want[which], whole[which] = elements(root), textOf(root)
	}
	for _, text := range documenttest.Hostile(t) {
		out := render(t, documenttest.Filled(text))
		for which, reader := range readers() {
			root := read(t, reader, out)
			if len(text) > 400 { // too much for a link, whose address is written out
				require.Subset(t, want[which], elements(root), "%s: %q", which, text)
				require.Equal(t, strings.Count(whole[which], harmless), strings.Count(textOf(root), dense(text)), "%q", text)
				continue
			}
			require.Equal(t, want[which], elements(root), "%s: %q", which, text)
			require.Equal(t, strings.ReplaceAll(whole[which], harmless, dense(readable.Text(text))), textOf(root), "%s: %q", which, text)
		}
	}
}

func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	doc := documenttest.Large()
	out := render(t, doc)
	require.Greater(t, len(strings.Fields(out)), 30_000)
	for which, reader := range readers() {
		root := read(t, reader, out)
		all := textOf(root)
		count := map[string]int{}
		for n := range root.Descendants() {
			count[n.Data]++
		}
		require.Equal(t, 200*12, count["td"], which)
		require.Equal(t, 12, count["th"], which)
		require.Equal(t, 500, count["li"], which)
		require.Equal(t, 500, count["h3"], which)
		require.Contains(t, all, dense(doc.GetTitle()))
		for _, block := range doc.Sections[1].Blocks {
			require.Contains(t, all, dense(block.GetFinding().GetFinding().GetClaim()+said(block.GetParagraph().GetText())))
		}
	}
}

func TestAVeryLongText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a*b_c `d` [e](f) | ", 1<<20/19)
	out := render(t, quoting(long, "It is deep."))
	root := read(t, readers()["CommonMark"], out)
	require.Contains(t, textOf(root), dense(long))
}
