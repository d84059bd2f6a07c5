package cite

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// Apply fills the marks of a document in a style and lists the references that they
// point to. Of the marks, the source's id and the quotes are read; everything else is
// written, so a document may be given another style by applying that. Sources are given
// by their ids; those that no mark names are not listed.
//
// Styles with numbers list in the order of first appearance, the others by name. Marks
// of one source within one citation become one, with the quotes of all.
//
// It fails with ErrStyle or ErrSource, and then changes nothing.
func Apply(doc *reportv1.Document, sources map[string]*researchv1.Source, style Style) error {
	rules, err := manualOf(style)
	if err != nil {
		return fmt.Errorf("cite: %w", err)
	}
	// Everything that can fail comes before anything that changes the document.
	entries, err := collect(doc, sources)
	if err != nil {
		return fmt.Errorf("cite: %w", err)
	}
	if rules.byName != nil {
		rules.byName.arrange(entries, doc.GetLanguage())
	}
	// Only now is it known what stands where, and so what the marks say.
	doc.References = nil
	listed := make(map[string]*entry, len(entries))
	for i, e := range entries {
		e.place, e.anchor = i, "source-"+strconv.Itoa(i+1)
		if rules.label != nil {
			e.cited = strconv.Itoa(i + 1)
		}
		listed[e.work.GetId()] = e
		doc.References = append(doc.References, rules.reference(e))
	}
	rules.fill(doc, listed)
	return nil
}

// collect returns what a document cites, in the order of first appearance.
func collect(doc *reportv1.Document, sources map[string]*researchv1.Source) ([]*entry, error) {
	var entries []*entry
	var unknown error
	known := map[string]*entry{}
	// The finding that a citation belongs to; those in running text belong to none.
	finding := map[*reportv1.Citation]int32{}
	visitor{
		finding: func(block *reportv1.FindingBlock) {
			number := block.GetFinding().GetNumber()
			finding[block.GetCitation()] = number
			for _, quote := range block.GetQuotes() {
				finding[quote.GetCitation()] = number
			}
		},
		citation: func(citation *reportv1.Citation) {
			for _, mark := range citation.GetMarks() {
				e := known[mark.GetSourceId()]
				if e == nil {
					source := sources[mark.GetSourceId()]
					if source == nil {
						unknown = cmp.Or(unknown, fmt.Errorf("%w %q", ErrSource, mark.GetSourceId()))
						continue
					}
					e = newEntry(source)
					e.work.Id = mark.GetSourceId() // what marks call it, whatever it says itself
					known[mark.GetSourceId()] = e
					entries = append(entries, e)
				}
				if number := finding[citation]; number > 0 && !slices.Contains(e.findings, number) {
					e.findings = append(e.findings, number)
				}
			}
		},
	}.document(doc)
	return entries, unknown
}

// reference lists an entry.
func (m manual) reference(e *entry) *reportv1.Reference {
	var text line
	m.write(&text, e)
	slices.Sort(e.findings)
	out := &reportv1.Reference{
		Anchor: e.anchor, Text: text.parts, Warnings: warnings(e.source),
		SnapshotSha256: e.source.GetSha256(), FetchTime: e.source.GetFetchTime(),
		Findings: e.findings, Work: e.work,
	}
	if m.label != nil {
		out.Label = m.label(e.place + 1)
	}
	return out
}

// fill writes the marks of a document.
func (m manual) fill(doc *reportv1.Document, listed map[string]*entry) {
	visitor{
		citation: func(citation *reportv1.Citation) { m.fillCitation(citation, listed) },
		finding: func(block *reportv1.FindingBlock) {
			// Those that are not shown may be of sources that are not listed.
			for _, quote := range block.GetFinding().GetQuotes() {
				quote.Citation = m.whereListed(quote.GetCitation(), listed)
			}
		},
	}.document(doc)
}

// whereListed fills the marks whose sources are listed; nil if there are none.
func (m manual) whereListed(citation *reportv1.Citation, listed map[string]*entry) *reportv1.Citation {
	for _, mark := range citation.GetMarks() {
		if listed[mark.GetSourceId()] == nil {
			return nil
		}
	}
	if len(citation.GetMarks()) > 0 {
		m.fillCitation(citation, listed)
	}
	return citation
}

// fillCitation writes one citation; its marks come in the order of the list, as every
// one of the manuals wants it.
func (m manual) fillCitation(citation *reportv1.Citation, listed map[string]*entry) {
	var marks []*reportv1.Citation_Mark
	at := map[string]*reportv1.Citation_Mark{}
	for _, mark := range citation.GetMarks() {
		first := at[mark.GetSourceId()]
		if first == nil {
			e := listed[mark.GetSourceId()]
			mark.Anchor, mark.Label = e.anchor, e.cited
			at[mark.GetSourceId()] = mark
			marks = append(marks, mark)
			continue
		}
		for _, quote := range mark.GetQuotes() {
			if !slices.Contains(first.Quotes, quote) {
				first.Quotes = append(first.Quotes, quote)
			}
		}
	}
	slices.SortStableFunc(marks, func(a, b *reportv1.Citation_Mark) int {
		return cmp.Compare(listed[a.GetSourceId()].place, listed[b.GetSourceId()].place)
	})
	citation.Marks = marks
	citation.Opening, citation.Separator, citation.Closing = m.opening, m.separator, m.closing
}

// warnings says what a reader must know about a source, the worst first.
func warnings(source *researchv1.Source) []string {
	retracted := "retracted"
	if source.GetKind() == kindPreprint {
		retracted = "withdrawn" // what was never published cannot be retracted
	}
	var found []string
	for _, known := range []struct {
		kind researchv1.Notice_Kind
		text string
	}{
		{researchv1.Notice_RETRACTION, retracted},
		{researchv1.Notice_CONCERN, "expression of concern"},
		{researchv1.Notice_CORRECTION, "corrected"},
	} {
		if noticed(source, known.kind) {
			found = append(found, known.text)
		}
	}
	if source.GetPreprint() {
		found = append(found, "preprint")
	}
	return found
}

// noticed reports whether a notice of a kind was published about a source.
func noticed(source *researchv1.Source, kind researchv1.Notice_Kind) bool {
	return slices.ContainsFunc(source.GetNotices(), func(n *researchv1.Notice) bool { return n.GetKind() == kind })
}
