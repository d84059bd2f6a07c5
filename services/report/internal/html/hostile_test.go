package html_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	xhtml "golang.org/x/net/html"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/html"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// TestHostileText checks that whatever stands in a document is text of the page: in the
// same elements as harmless text, and whole.
func TestHostileText(t *testing.T) {
	t.Parallel()
	const harmless = "harmless"
	_, usual := render(t, documenttest.Filled(harmless))
	elements, whole := skeleton(usual), textOf(usual)
	for _, text := range documenttest.Hostile(t) {
		_, root := render(t, documenttest.Filled(text))
		require.Equal(t, elements, skeleton(root), "%q", text)
		want := strings.ReplaceAll(whole, harmless, dense(readable.Closed(readable.Text(text))))
		require.Equal(t, want, textOf(root), "%q", text)
		requireInert(t, root)
	}
}

// requireInert fails if anything in a page could run or be fetched.
func requireInert(t *testing.T, root *xhtml.Node) {
	t.Helper()
	elements := regexp.MustCompile(`(?i)^(script|iframe|frame|object|embed|img|image|use|link|base|form|foreignobject|animate.*|set|audio|video)$`)
	attributes := regexp.MustCompile(`(?i)^(on.*|src|srcset|style|.*:href|formaction|background|ping)$`)
	address := regexp.MustCompile(`^(#|(?i:https?://|mailto:))`)
	for n := range root.Descendants() {
		if n.Type != xhtml.ElementNode {
			continue
		}
		if elements.MatchString(n.Data) {
			require.Fail(t, "an element that runs or fetches", n.Data)
		}
		for _, a := range n.Attr {
			if attributes.MatchString(a.Key) || a.Key == "href" && !address.MatchString(a.Val) {
				require.Fail(t, "an attribute that runs or fetches", "%s %s=%s", n.Data, a.Key, a.Val)
			}
		}
	}
}

// TestLinksLeadToAddressesOnly checks addresses that a tree should not have.
func TestLinksLeadToAddressesOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://example.org/a_(b)?c=1&d=2#e": true, "http://example.org": true, "mailto:a@example.org": true, "HTTPS://EXAMPLE.ORG/ü": true,
		"javascript:alert(1)": false, "JaVaScRiPt:alert(1)": false, "java\nscript:alert(1)": false, " https://example.org": false, "data:text/html,x": false,
		"//example.org": false, "/path": false, "": false, "https:": false, "https://a b": false, "vbscript:x": false, "file:///etc/passwd": false, "https://example.org/%zz": false, "mailto:": false,
	} {
		doc := &reportv1.Document{Title: "T", Sections: []*reportv1.Section{{Blocks: []*reportv1.Block{{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{
			Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: address, Text: []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: "a link"}}}}}}},
		}}}}}}}
		_, root := render(t, doc)
		requireInert(t, root)
		var found []string
		for _, a := range named(root, "a") {
			if textOf(a) == "alink" {
				found = append(found, attribute(a, "href"))
			}
		}
		if !want {
			require.Empty(t, found, address)
			continue
		}
		require.Equal(t, []string{address}, found, "an address stays as it is")
	}
}

func TestLargeDocuments(t *testing.T) {
	t.Parallel()
	doc := documenttest.Large()
	_, root := render(t, doc)
	all := textOf(root)
	require.Len(t, named(named(root, "main")[0], "td"), 200*11)
	require.Len(t, named(root, "article"), 500)
	require.Len(t, named(classed(root, "sources")[0], "li"), 500)
	require.Contains(t, all, dense(doc.GetTitle()))
	var texts []string
	for _, row := range doc.Sections[0].Blocks[0].GetTable().GetRows() {
		for _, cell := range row.GetCells() {
			texts = append(texts, cell.GetText()[0].GetText())
		}
	}
	for _, block := range doc.Sections[1].Blocks {
		if block.GetParagraph() != nil {
			texts = append(texts, block.GetParagraph().GetText()[0].GetText())
			continue
		}
		texts = append(texts, block.GetFinding().GetFinding().GetClaim())
	}
	missing := slices.DeleteFunc(texts, func(text string) bool { return strings.Contains(all, dense(text)) })
	require.Empty(t, missing)
}

func TestAVeryLongText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a <b> & \"c\" \u202e", 1<<20/17)
	_, root := render(t, documenttest.Filled(long[:1<<16]))
	require.Contains(t, textOf(root), dense(long[:1<<15]))
	doc := documenttest.Full()
	doc.Sections[0].Blocks[0].GetParagraph().Text[0] = &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: long}}
	_, root = render(t, doc)
	require.Contains(t, textOf(root), dense(long))
}

// TestRendersAtOnce checks that renderings do not see each other, and leave the document
// as it is.
func TestRendersAtOnce(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	want, err := html.Render(doc)
	require.NoError(t, err)
	const renderers = 8
	got := make(chan []byte)
	for range renderers {
		go func() {
			out, _ := html.Render(doc)
			got <- out
		}()
	}
	for range renderers {
		require.Equal(t, string(want), string(<-got))
	}
	require.True(t, proto.Equal(documenttest.Full(), doc))
}
