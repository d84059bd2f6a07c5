package markdown_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	xhtml "golang.org/x/net/html"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// readers are those that Markdown is written for: CommonMark with tables, and all that
// GitHub makes of text. Raw HTML is let through, so that it shows.
func readers() map[string]goldmark.Markdown {
	unsafe := goldmark.WithRendererOptions(html.WithUnsafe())
	return map[string]goldmark.Markdown{
		"CommonMark": goldmark.New(unsafe, goldmark.WithExtensions(extension.Table, extension.Strikethrough)),
		"GitHub":     goldmark.New(unsafe, goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList)),
	}
}

// read reads Markdown back as a tree of HTML.
func read(t *testing.T, reader goldmark.Markdown, markdown string) *xhtml.Node {
	t.Helper()
	var page bytes.Buffer
	require.NoError(t, reader.Convert([]byte(markdown), &page))
	root, err := xhtml.Parse(&page)
	require.NoError(t, err)
	return root
}

// textOf returns the text in a tree without its white space, which Markdown may change.
func textOf(root *xhtml.Node) string {
	var out strings.Builder
	for n := range root.Descendants() {
		if n.Type == xhtml.TextNode {
			out.WriteString(n.Data)
		}
	}
	return dense(out.String())
}

// dense takes the white space out of text.
func dense(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// elements returns the elements of a tree with where their links lead, but for styles:
// one is left out where a reader would take its stars for text.
func elements(root *xhtml.Node) []string {
	var out []string
	for n := range root.Descendants() {
		if n.Type != xhtml.ElementNode || n.Data == "em" || n.Data == "strong" || n.Data == "del" {
			continue
		}
		name := n.Data
		for _, a := range n.Attr {
			if a.Key != "title" {
				name += " " + a.Key
			}
			if a.Key == "href" || a.Key == "src" {
				name += "=" + a.Val
			}
		}
		out = append(out, name)
	}
	return out
}

// said returns what a reader reads of running text.
func said(parts []*reportv1.Inline) string {
	var out strings.Builder
	for _, part := range parts {
		out.WriteString(part.GetText() + part.GetCode() + said(part.GetSpan().GetText()))
	}
	return dense(out.String())
}
