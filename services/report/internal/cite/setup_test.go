package cite_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// marks is a group of marks as the composer leaves it.
func marks(ids ...string) *reportv1.Citation {
	citation := &reportv1.Citation{}
	for _, id := range ids {
		citation.Marks = append(citation.Marks, &reportv1.Citation_Mark{SourceId: id, Quotes: []string{"quote of " + id}})
	}
	return citation
}

func citing(ids ...string) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: marks(ids...)}}
}

func text(s string) *reportv1.Inline { return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}} }

func paragraph(inlines ...*reportv1.Inline) *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: inlines}}}
}

func document(blocks ...*reportv1.Block) *reportv1.Document {
	return &reportv1.Document{Language: "en", Sections: []*reportv1.Section{{Anchor: "section-1", Blocks: blocks}}}
}

// byID keys sources by their ids.
func byID(sources ...*researchv1.Source) map[string]*researchv1.Source {
	out := map[string]*researchv1.Source{}
	for _, s := range sources {
		out[s.GetId()] = s
	}
	return out
}

// cited returns the marks and the references of a document that cites each source in a
// paragraph of its own.
func cited(t *testing.T, style cite.Style, sources ...*researchv1.Source) (labels []string, references []*reportv1.Reference) {
	t.Helper()
	var blocks []*reportv1.Block
	for _, s := range sources {
		blocks = append(blocks, paragraph(text("So it is."), citing(s.GetId())))
	}
	doc := document(blocks...)
	require.NoError(t, cite.Apply(doc, byID(sources...), style))
	for _, block := range blocks {
		labels = append(labels, block.GetParagraph().GetText()[1].GetCitation().GetMarks()[0].GetLabel())
	}
	return labels, doc.GetReferences()
}

// written returns the text of references with `*` around emphasis.
func written(references []*reportv1.Reference) []string {
	var out []string
	for _, r := range references {
		out = append(out, flat(r.GetText(), "*"))
	}
	return out
}

func flat(inlines []*reportv1.Inline, emphasis string) string {
	var b strings.Builder
	for _, inline := range inlines {
		around := ""
		if inline.GetSpan().GetStyle() == reportv1.Span_EMPHASIS {
			around = emphasis
		}
		b.WriteString(inline.GetText() + around + flat(inline.GetSpan().GetText(), emphasis) + around)
	}
	return b.String()
}

func read2026() *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
}
