package extract

import (
	"strings"

	"golang.org/x/net/html"
)

// The searches for the main text join the lines of code. So the breaks and
// indents of code are written as characters for private use while they work.
const (
	lineMark   = "\uE000"
	indentMark = "\uE001"
)

// markLines marks the line breaks and indents of a page's code.
func markLines(page *html.Node) {
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "pre" {
			continue
		}
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				d.Data = markedLines(d.Data)
			}
		}
	}
}

// markedLines returns text with its line breaks and indents marked.
func markedLines(text string) string {
	var out strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\t", "    ")) {
		code := strings.TrimLeft(line, " ")
		out.WriteString(strings.Repeat(indentMark, len(line)-len(code)))
		body, broken := strings.CutSuffix(code, "\n")
		out.WriteString(body)
		if broken {
			out.WriteString(lineMark)
		}
	}
	return out.String()
}

// unmarkedLines puts line breaks and indents where their marks are.
func unmarkedLines(text string) string {
	if !strings.Contains(text, lineMark) && !strings.Contains(text, indentMark) {
		return text
	}
	return strings.NewReplacer(lineMark+" ", "\n", lineMark, "\n", indentMark, " ").Replace(text)
}
