package html_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	xhtml "golang.org/x/net/html"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/html"
)

// render writes a document as HTML and reads it back.
func render(t *testing.T, doc *reportv1.Document) (string, *xhtml.Node) {
	t.Helper()
	out, err := html.Render(doc)
	require.NoError(t, err)
	root, err := xhtml.Parse(bytes.NewReader(out))
	require.NoError(t, err)
	return string(out), root
}

// named returns the elements with a name.
func named(root *xhtml.Node, name string) []*xhtml.Node {
	var out []*xhtml.Node
	for n := range root.Descendants() {
		if n.Type == xhtml.ElementNode && n.Data == name {
			out = append(out, n)
		}
	}
	return out
}

// attribute returns an attribute of an element, empty if it has none.
func attribute(n *xhtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// classed returns the elements of a class.
func classed(root *xhtml.Node, class string) []*xhtml.Node {
	var out []*xhtml.Node
	for n := range root.Descendants() {
		if slices.Contains(strings.Fields(attribute(n, "class")), class) {
			out = append(out, n)
		}
	}
	return out
}

// textOf returns the text in a tree without its white space. The style is none, and
// drawings shorten what their description says whole.
func textOf(root *xhtml.Node) string {
	var out strings.Builder
	for n := range root.Descendants() {
		if n.Type == xhtml.TextNode && n.Parent.Data != "style" && n.Parent.Data != "text" {
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

// skeleton returns the elements of a tree with their attributes, and where links lead.
// Drawings, whose shapes follow the length of labels, count as one.
func skeleton(root *xhtml.Node) []string {
	var out []string
	for n := range root.Descendants() {
		if n.Type != xhtml.ElementNode || within(n, "svg") {
			continue
		}
		name := n.Data
		for _, a := range n.Attr {
			if a.Key != "class" { // long titles have one
				name += " " + a.Key
			}
			if a.Key == "href" || a.Key == "id" || a.Key == "src" {
				name += "=" + a.Val
			}
		}
		out = append(out, name)
	}
	return out
}

// within reports whether an element is in one with a name.
func within(n *xhtml.Node, name string) bool {
	for p := range n.Ancestors() {
		if p.Data == name {
			return true
		}
	}
	return false
}
