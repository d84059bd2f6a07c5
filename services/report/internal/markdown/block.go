package markdown

import (
	"fmt"
	"regexp"
	"strings"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// writer writes the blocks of one document.
type writer struct{ doc *reportv1.Document }

// blocks writes blocks with blank lines between them. A list right after a list has
// another sign, or they would be one; after says whether the first comes after one.
func (w writer) blocks(blocks []*reportv1.Block, after bool) []string {
	var out []string
	other := false // whether the list right before has the other sign
	for _, block := range blocks {
		sign := block.GetList() != nil && after && !other
		if text := w.block(block, sign); text != "" {
			out = append(out, text)
			after, other = endsInList(block), sign
		}
	}
	return out
}

// endsInList reports whether a block is a list or ends in one.
func endsInList(block *reportv1.Block) bool {
	switch block.GetKind().(type) {
	case *reportv1.Block_List, *reportv1.Block_Timeline, *reportv1.Block_Disagreement, *reportv1.Block_ReferenceList, *reportv1.Block_Facts:
		return true
	}
	return false
}

// block writes one block; other says that a list has the other sign.
func (w writer) block(block *reportv1.Block, other bool) string {
	switch kind := block.GetKind().(type) {
	case *reportv1.Block_Paragraph:
		if kind.Paragraph.GetStyle() == reportv1.Paragraph_NOTE {
			return paragraph(emphatic(kind.Paragraph.GetText()...))
		}
		return paragraph(kind.Paragraph.GetText()...)
	case *reportv1.Block_Heading:
		return heading(int(kind.Heading.GetLevel()), kind.Heading.GetText()...)
	case *reportv1.Block_List:
		return w.list(kind.List, other)
	case *reportv1.Block_BlockQuote:
		return w.blockQuote(kind.BlockQuote)
	case *reportv1.Block_CodeBlock:
		return codeBlock(kind.CodeBlock)
	case *reportv1.Block_Table:
		return table(kind.Table)
	case *reportv1.Block_Rule:
		return "***"
	case *reportv1.Block_Finding:
		return finding(kind.Finding)
	case *reportv1.Block_Timeline:
		return timeline(kind.Timeline)
	case *reportv1.Block_Disagreement:
		return disagreement(kind.Disagreement)
	case *reportv1.Block_Chart:
		return drawn(kind.Chart)
	case *reportv1.Block_ReferenceList:
		return w.references()
	case *reportv1.Block_Facts:
		return facts(kind.Facts)
	}
	return ""
}

// closing is what would be taken for the end of a heading.
var closing = regexp.MustCompile(` #+$`)

// heading writes a heading.
func heading(level int, parts ...*reportv1.Inline) string {
	text := oneLine(parts...)
	if text == "" {
		return ""
	}
	if closing.MatchString(text) {
		text = strings.TrimSuffix(text, "#") + `\#`
	}
	return strings.Repeat("#", min(max(level, 1), 6)) + " " + text
}

// bullets writes lines as a list.
func bullets(items []string) string {
	for i, item := range items {
		items[i] = strings.TrimSpace("- " + strings.ReplaceAll(item, "\n", "\n  "))
	}
	return strings.Join(items, "\n")
}

// interrupting is a list that can begin right below a paragraph.
var interrupting = regexp.MustCompile(`^(?:[-+]|1[.)]) \S`)

// list writes a list. Its items stand below each other without a space if they are
// tight and so short that this reads back.
func (w writer) list(l *reportv1.List, other bool) string {
	const most = 999_999_999 // CommonMark reads nine digits
	var out strings.Builder
	for i, item := range l.GetItems() {
		marker := map[bool]string{false: "-", true: "+"}[other]
		if l.GetOrdered() {
			number := min(max(int(l.GetStart()), 0), most-len(l.GetItems())) + i
			marker = fmt.Sprintf("%d%s", number, map[bool]string{false: ".", true: ")"}[other])
		}
		text := w.item(item, l.GetTight())
		out.WriteString(strings.TrimSpace(marker + " " + indent(text, strings.Repeat(" ", len(marker)+1))))
		// An item that holds nothing would end with the blank line after it.
		if i < len(l.GetItems())-1 {
			out.WriteString(map[bool]string{false: "\n\n", true: "\n"}[l.GetTight() || text == ""])
		}
	}
	return out.String()
}

// item writes the blocks of an item.
func (w writer) item(item *reportv1.List_Item, tight bool) string {
	// A list that begins an item has another sign than the item: `- - -` is a rule.
	blocks := w.blocks(item.GetBlocks(), true)
	if tight && len(blocks) == 2 && item.GetBlocks()[0].GetParagraph() != nil && interrupting.MatchString(blocks[1]) {
		return strings.Join(blocks, "\n")
	}
	return strings.Join(blocks, "\n\n")
}

// indent puts a prefix before the lines of text but the first; blank ones stay so.
func indent(text, prefix string) string {
	return blankEnd.ReplaceAllString(strings.ReplaceAll(text, "\n", "\n"+prefix), "")
}

// blankEnd are spaces at the end of a line that has nothing else.
var blankEnd = regexp.MustCompile(`(?m)^ +$`)

// blockQuote writes what a template sets off. A dash that begins a paragraph in it is
// written as an entity: the quotes of findings are told by theirs.
func (w writer) blockQuote(q *reportv1.BlockQuote) string {
	var blocks []string
	for _, block := range w.blocks(q.GetBlocks(), false) {
		if rest, found := strings.CutPrefix(block, "—"); found {
			block = "&mdash;" + rest
		}
		blocks = append(blocks, block)
	}
	if len(blocks) == 0 {
		return ""
	}
	return quoted(strings.Join(blocks, "\n\n"))
}

// quoted puts the sign of a quotation before each line.
func quoted(text string) string {
	return strings.TrimSpace(strings.ReplaceAll("> "+strings.ReplaceAll(text, "\n", "\n> "), "> \n", ">\n"))
}

// codeBlock writes text as it stands, between more signs than are in it.
func codeBlock(c *reportv1.CodeBlock) string {
	info := strings.TrimSpace(escape(plain(c.GetInfo())))
	sign := "`"
	if strings.Contains(info, sign) {
		sign = "~"
	}
	code := strings.TrimSuffix(newlines.Replace(c.GetText()), "\n")
	fence := strings.Repeat(sign, 3)
	for strings.Contains(code, fence) {
		fence += sign
	}
	return fence + info + "\n" + code + "\n" + fence
}

// newlines makes the line breaks of all systems the same.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// table writes a table of GitHub's kind, whose cells are one line each.
func table(t *reportv1.Table) string {
	if len(t.GetColumns()) == 0 {
		return ""
	}
	var head, rules []string
	for _, column := range t.GetColumns() {
		head = append(head, cell(column.GetHeading()...))
		rules = append(rules, map[reportv1.Table_Align]string{
			reportv1.Table_ALIGN_UNSPECIFIED: "---", reportv1.Table_CENTER: ":-:", reportv1.Table_END: "--:",
		}[t.GetColumns()[len(rules)].GetAlign()])
	}
	lines := []string{row(head), row(rules)}
	for _, r := range t.GetRows() {
		cells := make([]string, len(head))
		for i := range cells {
			if i >= len(r.GetCells()) {
				continue
			}
			c := r.GetCells()[i]
			if cells[i] = cell(c.GetText()...); c.GetHeading() && cells[i] != "" {
				cells[i] = cell(strong(c.GetText()...))
			}
		}
		lines = append(lines, row(cells))
	}
	return strings.Join(lines, "\n")
}

// row writes a line of a table.
func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

// cell writes running text so that it does not end its cell, in which no block begins.
func cell(parts ...*reportv1.Inline) string {
	p := &prose{}
	p.write(parts)
	p.flush()
	return strings.ReplaceAll(strings.TrimSpace(p.out.String()), "|", `\|`)
}
