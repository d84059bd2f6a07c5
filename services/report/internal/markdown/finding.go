package markdown

import (
	"fmt"
	"strings"
	"time"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/chart"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

// attribution begins the line that says where a quote is from.
const attribution = "> — "

// finding writes a finding, or a claim that was given, and its quotes.
func finding(b *reportv1.FindingBlock) string {
	f := b.GetFinding()
	title := "Finding"
	if b.GetGiven() {
		title = "Claim"
	}
	title = fmt.Sprintf("%s %d", title, f.GetNumber())
	if f.GetDate() != "" {
		title += ", " + f.GetDate()
	}
	blocks := []string{
		heading(3, words(title+": "+readable.Outcome(f))),
		paragraph(words(f.GetClaim() + " " + citation(b.GetCitation()))),
	}
	if about := readable.About(f); about != "" {
		blocks = append(blocks, paragraph(emphatic(words(about))))
	}
	for _, q := range b.GetQuotes() {
		blocks = append(blocks, quote(q))
	}
	return join(blocks)
}

// quote writes a quote: a block quote of two paragraphs.
func quote(q *reportv1.Quote) string {
	source := q.GetSourceTitle()
	if q.GetPage() > 0 {
		source += fmt.Sprintf(", page %d", q.GetPage())
	}
	if note := readable.Note(q); note != "" {
		source += " (" + note + ")"
	}
	from := strings.TrimSpace(citation(q.GetCitation()) + " " + source)
	return "> " + oneLine(words(q.GetText())) + "\n>\n" + attribution + oneLine(words(from))
}

// timeline writes what happened when as a list that begins with the dates.
func timeline(t *reportv1.Timeline) string {
	var dated, undated []string
	for _, e := range t.GetEvents() {
		if e.GetDate() == "" {
			undated = append(undated, oneLine(e.GetText()...))
			continue
		}
		dated = append(dated, oneLine(append([]*reportv1.Inline{strong(words(e.GetDate())), words(": ")}, e.GetText()...)...))
	}
	blocks := []string{bullets(dated)}
	if len(undated) > 0 {
		blocks = append(blocks, "Without a date:", bullets(undated))
	}
	return join(blocks)
}

// disagreement writes two findings that disagree.
func disagreement(d *reportv1.DisagreementBlock) string {
	return join([]string{
		paragraph(words("Sources disagree: " + d.GetReason())),
		bullets([]string{oneLine(d.GetFirst()...), oneLine(d.GetSecond()...)}),
	})
}

// drawn writes what a chart shows, in words and as a table.
func drawn(c *reportv1.Chart) string {
	t := &reportv1.Table{Columns: []*reportv1.Table_Column{{}}}
	series, rows := chart.Values(c)
	for _, name := range series {
		if name == "" {
			name = "Value"
		}
		t.Columns = append(t.Columns, &reportv1.Table_Column{Heading: []*reportv1.Inline{words(name)}, Align: reportv1.Table_END})
	}
	for _, r := range rows {
		out := &reportv1.Table_Row{}
		for i, value := range r {
			out.Cells = append(out.Cells, &reportv1.Table_Cell{Text: []*reportv1.Inline{words(value)}, Heading: i == 0})
		}
		t.Rows = append(t.Rows, out)
	}
	blocks := []string{paragraph(strong(words(c.GetTitle()))), paragraph(words(c.GetDescription()))}
	if len(rows) > 0 && len(series) > 0 {
		blocks = append(blocks, table(t))
	}
	return join(blocks)
}

// references writes the sources as a list that begins with their labels.
func (w writer) references() string {
	var items []string
	for _, r := range w.doc.GetReferences() {
		items = append(items, oneLine(reference(r)...))
	}
	return bullets(items)
}

// reference is one source; what is not known is left out.
func reference(r *reportv1.Reference) []*reportv1.Inline {
	var parts []*reportv1.Inline
	if r.GetLabel() != "" {
		parts = append(parts, words(r.GetLabel()+" "))
	}
	parts = append(parts, r.GetText()...)
	if address := readable.Address(r); address != "" {
		parts = append(parts, words(" "), &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: address, Text: []*reportv1.Inline{words(address)}}}})
	}
	for _, warning := range r.GetWarnings() {
		parts = append(parts, words(" "), strong(words("("+warning+")")))
	}
	if r.GetFetchTime() != nil {
		parts = append(parts, words(" Read "+r.GetFetchTime().AsTime().Format(time.DateOnly)+"."))
	}
	if r.GetSnapshotSha256() != "" {
		parts = append(parts, words(" SHA-256 "), &reportv1.Inline{Kind: &reportv1.Inline_Code{Code: r.GetSnapshotSha256()}}, words("."))
	}
	return parts
}

// facts writes names with values as a list.
func facts(f *reportv1.Facts) string {
	var items []string
	for _, fact := range f.GetFacts() {
		items = append(items, oneLine(words(fact.GetName()+": "+fact.GetValue())))
	}
	return bullets(items)
}

// join puts blank lines between blocks and leaves out empty ones.
func join(blocks []string) string {
	var out []string
	for _, block := range blocks {
		if block != "" {
			out = append(out, block)
		}
	}
	return strings.Join(out, "\n\n")
}
