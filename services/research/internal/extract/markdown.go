package extract

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.yaml.in/yaml/v3"
)

// readMarkdown reads CommonMark with GitHub's tables, strikethrough and task
// lists and with footnotes. Blocks lose their markers (of headings, lists,
// quotations), so that they read as prose. Inside a paragraph the text stays as
// it was written, marks of emphasis and links included: what is quoted later
// stands in the file verbatim, but for line breaks.
func readMarkdown(b *builder, text string) (Document, error) {
	about, body := frontMatter(cleanText(text))
	source := []byte(body)
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote)).Parser()
	m := markdown{b: b, source: source}
	m.blocks(parser.Parse(gmtext.NewReader(source)))
	doc, err := b.document("")
	return about.describe(doc), err
}

// frontMatter splits off the YAML block that a file may begin with and returns
// what it says.
func frontMatter(text string) (metadata, string) {
	rest, found := strings.CutPrefix(text, "---\n")
	if !found {
		return metadata{}, text
	}
	matter, body, found := strings.Cut(rest, "\n---\n")
	if first, _, _ := strings.Cut(matter, "\n"); !found || !strings.Contains(first, ":") {
		return metadata{}, text // a thematic break
	}
	fields := map[string]any{}
	if yaml.Unmarshal([]byte(matter), &fields) != nil {
		return metadata{}, body
	}
	value := func(name string) string { return strings.Join(yamlWords(fields[name]), "; ") }
	m := metadata{authors: authors(append(yamlWords(fields["author"]), yamlWords(fields["authors"])...)...)}
	m.setTitle(value("title"))
	m.setPublished(value("date"))
	m.setLicense(value("license"))
	for _, kind := range []string{"doi", "isbn", "arxiv"} {
		m.identify(kind, value(kind))
	}
	return m, body
}

// yamlWords returns the words of a value: those of a list one by one, and of what
// has a name its name.
func yamlWords(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case time.Time:
		return []string{v.Format(time.DateOnly)}
	case []any:
		var words []string
		for _, one := range v {
			words = append(words, yamlWords(one)...)
		}
		return words
	case map[string]any:
		return yamlWords(v["name"])
	}
	return []string{fmt.Sprint(v)}
}

// markdown walks over a syntax tree.
type markdown struct {
	b      *builder
	source []byte
}

// blocks adds the blocks inside parent.
func (m *markdown) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil && !m.b.failed(); n = n.NextSibling() {
		m.block(n)
	}
}

// block adds one block.
func (m *markdown) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		m.b.heading(n.Level, m.inline(n))
	case *ast.Paragraph, *ast.TextBlock:
		m.b.lines(m.prose(n))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		m.b.lines(string(n.Lines().Value(m.source)))
	case *ast.HTMLBlock:
		markup := string(n.Lines().Value(m.source))
		if n.HasClosure() {
			markup += string(n.ClosureLine.Value(m.source))
		}
		m.b.paragraph(htmlWords(markup))
	case *ast.List:
		m.b.lines(strings.Join(m.items(n, ""), "\n"))
	case *extast.Table:
		m.b.table(m.table(n))
	case *ast.ThematicBreak:
	default:
		m.blocks(n) // quotations, footnotes
	}
}

// items returns the lines of a list; those of inner lists are indented.
func (m *markdown) items(list *ast.List, indent string) []string {
	var lines []string
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		marker := "- "
		if list.IsOrdered() {
			marker = strconv.Itoa(number) + ". "
			number++
		}
		lead := indent + marker
		for n := item.FirstChild(); n != nil; n = n.NextSibling() {
			if inner, ok := n.(*ast.List); ok {
				lines = append(lines, m.items(inner, indent+"  ")...)
				continue
			}
			words := strings.TrimSpace(m.inItem(n))
			if words != "" {
				lines = append(lines, lead+words)
				lead = indent + "  "
			}
		}
	}
	return lines
}

// inItem returns a block inside a list item on one line, code excepted.
func (m *markdown) inItem(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return string(n.Lines().Value(m.source))
	case *ast.Paragraph, *ast.TextBlock:
		return strings.ReplaceAll(m.prose(n), "\n", " ")
	case *ast.Heading:
		return m.inline(n)
	case *extast.Table:
		return strings.Join(m.table(n).markdown(), "\n")
	}
	var parts []string
	for c := n.FirstChild(); c != nil && n.Type() == ast.TypeBlock; c = c.NextSibling() {
		parts = append(parts, m.inItem(c))
	}
	return strings.Join(parts, " ")
}

// table returns a table.
func (m *markdown) table(n *extast.Table) *table {
	var t table
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, m.inline(c))
		}
		t.add(cells)
	}
	return &t
}

// prose returns the text of a paragraph as it was written, its lines joined by
// spaces. One with HTML, pictures or the like in it is reduced to its words: HTML
// can hide what no reader of the page would see.
func (m *markdown) prose(n ast.Node) string {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			if c.HardLineBreak() {
				return m.inline(n)
			}
		case *ast.CodeSpan, *ast.Emphasis, *ast.Link, *ast.AutoLink, *extast.Strikethrough:
		default:
			return m.inline(n)
		}
	}
	var lines []string
	for _, segment := range n.Lines().Sliced(0, n.Lines().Len()) {
		lines = append(lines, strings.TrimSpace(string(segment.Value(m.source))))
	}
	return strings.Join(lines, " ")
}

// inline returns the words inside a block or inside inline markup. A soft line
// break is a space; a hard one stays.
func (m *markdown) inline(parent ast.Node) string {
	var s strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			s.WriteString(unescape(n.Segment.Value(m.source), n.IsRaw()))
			switch {
			case n.HardLineBreak():
				s.WriteByte('\n')
			case n.SoftLineBreak():
				s.WriteByte(' ')
			}
		case *ast.String:
			s.Write(n.Value)
		case *ast.AutoLink:
			s.Write(n.Label(m.source))
		case *ast.RawHTML:
			if strings.HasPrefix(strings.ToLower(string(n.Segments.Value(m.source))), "<br") {
				s.WriteByte(' ')
			}
		case *ast.Image:
			words := strings.TrimSpace(m.inline(n))
			if title := unescape(n.Title, false); title != "" && title != words { // a caption, as many programs write it
				words = strings.TrimSpace(words + " (" + title + ")")
			}
			s.WriteString(words)
		case *extast.FootnoteLink, *extast.FootnoteBacklink, *extast.TaskCheckBox:
		default:
			s.WriteString(m.inline(n)) // emphasis, links, code, the words for a picture
		}
	}
	return s.String()
}

// unescape resolves backslashes and entities, which goldmark leaves to the
// renderer.
func unescape(value []byte, raw bool) string {
	if raw {
		return string(value)
	}
	value = util.UnescapePunctuations(value)
	value = util.ResolveNumericReferences(value)
	return string(util.ResolveEntityNames(value))
}
