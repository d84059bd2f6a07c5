package prose

import (
	"bytes"
	"context"
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// guard keeps one reading within its bounds. It stands between the reader of Markdown
// and each of its parts, which are called for every line, container and mark, and
// leaves by panic(stopped) when a bound is met.
type guard struct {
	ctx        context.Context // of this reading: the parts are handed none
	paragraph  ast.Node        // whose delimiters are counted
	delimiters int
	cells      int
}

// stopped is what the guard panics with.
type stopped struct{ err error }

// parser returns a parser of the dialect whose parts are guarded.
func (g *guard) parser() parser.Parser {
	list, item, quote := parser.NewListParser(), parser.NewListItemParser(), parser.NewBlockquoteParser()
	return parser.NewParser(
		parser.WithBlockParsers( // all but the one of HTML
			util.Prioritized(guardedBlock{parser.NewSetextHeadingParser(), g}, 100),
			util.Prioritized(guardedBlock{parser.NewThematicBreakParser(), g}, 200),
			util.Prioritized(guardedBlock{list, g}, 300),
			util.Prioritized(guardedBlock{item, g}, 400),
			util.Prioritized(guardedBlock{parser.NewCodeBlockParser(), g}, 500),
			util.Prioritized(guardedBlock{parser.NewATXHeadingParser(), g}, 600),
			util.Prioritized(guardedBlock{parser.NewFencedCodeBlockParser(), g}, 700),
			util.Prioritized(guardedBlock{quote, g}, 800),
			util.Prioritized(guardedBlock{parser.NewParagraphParser(), g}, 1000),
		),
		parser.WithInlineParsers( // all but the one of HTML
			util.Prioritized(guardedInline{parser.NewCodeSpanParser(), g, false}, 100),
			util.Prioritized(guardedLink{guardedInline{parser.NewLinkParser(), g, false}}, 200),
			util.Prioritized(guardedInline{parser.NewAutoLinkParser(), g, false}, 300),
			util.Prioritized(guardedInline{parser.NewEmphasisParser(), g, true}, 500),
			util.Prioritized(guardedInline{extension.NewStrikethroughParser(), g, true}, 500),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(guardedDefinitions{parser.LinkReferenceParagraphTransformer, g}, 100),
			util.Prioritized(guardedTable{extension.NewTableParagraphTransformer(), g}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
}

// check stops the reading when its time is over.
func (g *guard) check(at int) {
	if err := g.ctx.Err(); err != nil {
		panic(stopped{&Error{at, err}})
	}
}

// refuse stops the reading.
func (g *guard) refuse(at int, why string, limit int) {
	panic(stopped{&Error{at, fmt.Errorf("%w: %s than %d", ErrTooComplex, why, limit)}})
}

// place returns where a part of the reader is.
func place(reader text.Reader) int {
	_, segment := reader.Position()
	return segment.Start
}

// guardedBlock is a part that reads a kind of block.
type guardedBlock struct {
	parser.BlockParser
	*guard
}

// Open implements parser.BlockParser.
func (b guardedBlock) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	b.check(place(reader))
	node, state := b.BlockParser.Open(parent, reader, pc)
	if node != nil && parent != nil {
		depth := 0
		for n := parent; n != nil; n = n.Parent() {
			if k := n.Kind(); k == ast.KindList || k == ast.KindBlockquote {
				depth++
			}
		}
		if depth > MaxDepth {
			b.refuse(place(reader), "blocks are nested deeper", MaxDepth)
		}
	}
	return node, state
}

// Continue implements parser.BlockParser.
func (b guardedBlock) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	b.check(place(reader))
	return b.BlockParser.Continue(node, reader, pc)
}

// guardedInline is a part that reads a kind of running text.
type guardedInline struct {
	parser.InlineParser
	*guard
	delimits bool
}

// Parse implements parser.InlineParser.
func (i guardedInline) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	i.check(place(block))
	if i.delimits {
		if i.paragraph != parent {
			i.paragraph, i.delimiters = parent, 0
		}
		if i.delimiters++; i.delimiters > MaxDelimiters {
			i.refuse(place(block), "a paragraph has more marks of emphasis", MaxDelimiters)
		}
	}
	return i.InlineParser.Parse(parent, block, pc)
}

// guardedLink is the part that reads links. It learns where a block ends, too.
type guardedLink struct{ guardedInline }

// CloseBlock implements parser.CloseBlocker.
func (l guardedLink) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if closer, ok := l.InlineParser.(parser.CloseBlocker); ok {
		closer.CloseBlock(parent, block, pc)
	}
}

// guardedDefinitions is the part that takes the definitions of links out of paragraphs.
// It reads the rest of the paragraph again after each.
type guardedDefinitions struct {
	parser.ParagraphTransformer
	*guard
}

// Transform implements parser.ParagraphTransformer.
func (d guardedDefinitions) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	d.check(node.Pos())
	lines, opening := node.Lines(), 0
	for i := range lines.Len() {
		segment := lines.At(i)
		if bytes.HasPrefix(bytes.TrimLeft(segment.Value(reader.Source()), " "), []byte("[")) {
			opening++
		}
	}
	if opening > MaxDefinitions {
		d.refuse(node.Pos(), "a paragraph has more definitions of links", MaxDefinitions)
	}
	d.ParagraphTransformer.Transform(node, reader, pc)
}

// guardedTable is the part that makes tables of paragraphs. It gives each row a cell for
// each column, so that few bytes can make many cells.
type guardedTable struct {
	parser.ParagraphTransformer
	*guard
}

// Transform implements parser.ParagraphTransformer.
func (t guardedTable) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	t.check(node.Pos())
	lines := node.Lines()
	for i := range lines.Len() {
		segment := lines.At(i)
		line := segment.Value(reader.Source())
		if len(bytes.Trim(line, "-|: \t\n")) > 0 {
			continue // no line that makes the paragraph a table
		}
		cells := (bytes.Count(line, []byte("|")) + 1) * lines.Len()
		if t.cells += cells; t.cells > MaxCells {
			t.refuse(segment.Start, "tables have more cells", MaxCells)
		}
		break
	}
	t.ParagraphTransformer.Transform(node, reader, pc)
}
