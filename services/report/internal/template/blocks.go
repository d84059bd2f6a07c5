package template

import (
	"cmp"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// paragraph makes a paragraph of running text.
func paragraph(in []*reportv1.Inline) *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: in}}}
}

// bullets makes a list of texts.
func bullets(texts [][]*reportv1.Inline) *reportv1.Block {
	list := &reportv1.List{Tight: true}
	for _, in := range texts {
		list.Items = append(list.Items, &reportv1.List_Item{Blocks: []*reportv1.Block{paragraph(in)}})
	}
	return &reportv1.Block{Kind: &reportv1.Block_List{List: list}}
}

// summary places the sentences that were written; without any, the most salient
// findings that the check did not reject. The verdicts on given claims are their own
// summary.
func (r *run) summary(given *values) []*reportv1.Block {
	quotes := given.number("quotes")
	var written []*reportv1.Inline
	for i, s := range r.material.GetSummary() {
		if i > 0 {
			written = append(written, text(" "))
		}
		written = append(written, r.statementText(s, quotes)...)
	}
	if len(written) > 0 {
		return []*reportv1.Block{paragraph(written)}
	}
	if r.material.GetKind() == factCheck {
		return nil
	}
	var best []*reportv1.Finding
	for _, f := range r.material.GetFindings() {
		if f.GetSupport() == analysisv1.Support_SUPPORTED || f.GetSupport() == analysisv1.Support_PARTIAL {
			best = append(best, f)
		}
	}
	slices.SortStableFunc(best, func(a, b *reportv1.Finding) int { return cmp.Compare(b.GetSalience(), a.GetSalience()) })
	if limit := given.number("limit"); limit > 0 {
		best = best[:min(limit, len(best))]
	}
	if len(best) == 0 {
		return nil
	}
	var texts [][]*reportv1.Inline
	for _, f := range best {
		texts = append(texts, r.findingText(f, quotes))
	}
	return []*reportv1.Block{bullets(texts)}
}

// findings places findings with their quotes.
func (r *run) findings(given *values) []*reportv1.Block {
	all, chosen := given.findings()
	if !chosen {
		all = r.material.GetFindings()
	}
	limit := given.number("limit")
	var out []*reportv1.Block
	for i, f := range all {
		if limit == 0 || i < limit || r.needed[f.GetNumber()] {
			out = append(out, r.findingBlock(f, given.number("quotes")))
		}
	}
	return out
}

// needed are the findings that no limit leaves out: claims that were to be checked,
// events, both sides of a disagreement, and what the summary is made of.
func needed(m *reportv1.Material) map[int32]bool {
	out := map[int32]bool{}
	if m.GetKind() == factCheck || m.GetKind() == timeline {
		for _, f := range m.GetFindings() {
			out[f.GetNumber()] = true
		}
	}
	for _, s := range m.GetSummary() {
		for _, n := range s.GetFindings() {
			out[n] = true
		}
	}
	for _, d := range m.GetDisagreements() {
		out[d.GetFirst().GetNumber()], out[d.GetSecond().GetNumber()] = true, true
	}
	return out
}

// oneFinding places a finding with its quotes.
func (r *run) oneFinding(given *values) []*reportv1.Block {
	return []*reportv1.Block{r.findingBlock(given.finding(), given.number("quotes"))}
}

// findingBlock makes a block of a finding. Where it stands twice, links point to the
// first.
func (r *run) findingBlock(f *reportv1.Finding, limit int) *reportv1.Block {
	r.mentioned[f.GetNumber()] = true
	anchor := fmt.Sprintf("finding-%d", f.GetNumber())
	if r.shown[f.GetNumber()]++; r.shown[f.GetNumber()] > 1 {
		anchor = fmt.Sprintf("%s-%d", anchor, r.shown[f.GetNumber()])
	}
	shown := first(f.GetQuotes(), limit)
	block := &reportv1.FindingBlock{
		Anchor: anchor, Finding: f, Citation: r.citation(shown), Given: r.material.GetKind() == factCheck,
	}
	for _, q := range shown {
		quote, _ := proto.Clone(q).(*reportv1.Quote)
		quote.Citation = r.citation([]*reportv1.Quote{q})
		block.Quotes = append(block.Quotes, quote)
	}
	return &reportv1.Block{Kind: &reportv1.Block_Finding{Finding: block}}
}

// timeline places what happened when.
func (r *run) timeline(given *values) []*reportv1.Block {
	out := &reportv1.Timeline{}
	for _, e := range r.material.GetEvents() {
		out.Events = append(out.Events, &reportv1.Timeline_Event{Date: e.GetDate(), Text: r.findingText(e.GetFinding(), given.number("quotes"))})
	}
	if len(out.GetEvents()) == 0 {
		return nil
	}
	return []*reportv1.Block{{Kind: &reportv1.Block_Timeline{Timeline: out}}}
}

// comparison places the table of what is compared.
func (r *run) comparison(given *values) []*reportv1.Block {
	if len(r.material.GetComparison()) == 0 {
		return nil
	}
	out := &reportv1.Table{Columns: []*reportv1.Table_Column{{}}}
	for _, subject := range r.material.GetSubjects() {
		out.Columns = append(out.Columns, &reportv1.Table_Column{Heading: []*reportv1.Inline{text(subject)}})
	}
	for _, row := range r.material.GetComparison() {
		cells := make([]*reportv1.Table_Cell, len(out.GetColumns()))
		cells[0] = &reportv1.Table_Cell{Heading: true}
		if row.GetRespect() != "" {
			cells[0].Text = []*reportv1.Inline{text(row.GetRespect())}
		}
		for i := range cells[1:] {
			cells[i+1] = &reportv1.Table_Cell{}
			if i < len(row.GetCells()) {
				cells[i+1].Text = r.statementText(row.GetCells()[i], given.number("quotes"))
			}
		}
		out.Rows = append(out.Rows, &reportv1.Table_Row{Cells: cells})
	}
	return []*reportv1.Block{{Kind: &reportv1.Block_Table{Table: out}}}
}

// disagreements places pairs of findings that disagree.
func (r *run) disagreements(given *values) []*reportv1.Block {
	all := r.material.GetDisagreements()
	if limit := given.number("limit"); limit > 0 {
		all = all[:min(limit, len(all))]
	}
	side := func(f *reportv1.Finding) []*reportv1.Inline {
		return append(r.findingText(f, given.number("quotes")), &reportv1.Inline{Kind: &reportv1.Inline_Finding{Finding: f.GetNumber()}})
	}
	var out []*reportv1.Block
	for _, d := range all {
		block := &reportv1.DisagreementBlock{Reason: d.GetReason(), First: side(d.GetFirst()), Second: side(d.GetSecond())}
		r.pairs = append(r.pairs, block)
		out = append(out, &reportv1.Block{Kind: &reportv1.Block_Disagreement{Disagreement: block}})
	}
	return out
}

// provenance places how the research was made.
func (r *run) provenance(*values) []*reportv1.Block {
	if len(r.material.GetFacts().GetFacts()) == 0 {
		return nil
	}
	return []*reportv1.Block{{Kind: &reportv1.Block_Facts{Facts: r.material.GetFacts()}}}
}

// chart places a chart, if there is anything to draw.
func (r *run) chart(given *values) []*reportv1.Block {
	for _, c := range r.material.GetCharts() {
		if c.GetAnchor() == given.chart {
			r.charts++
			placed, _ := proto.Clone(c).(*reportv1.Chart)
			placed.Anchor = fmt.Sprintf("chart-%d", r.charts)
			return []*reportv1.Block{{Kind: &reportv1.Block_Chart{Chart: placed}}}
		}
	}
	return nil
}

// note places a remark.
func (r *run) note(given *values) []*reportv1.Block {
	in := r.inlines(given.args[""])
	if len(in) == 0 {
		return nil
	}
	return []*reportv1.Block{{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Style: reportv1.Paragraph_NOTE, Text: in}}}}
}
