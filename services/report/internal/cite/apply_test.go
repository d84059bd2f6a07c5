package cite_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
)

// four are sources whose ids, titles and authors sort differently.
func four() map[string]*researchv1.Source {
	return byID(
		&researchv1.Source{Id: "a", Title: "Zinc", Authors: []string{"Nadia Young"}, Published: "2001", Sha256: "aa", FetchTime: read2026()},
		&researchv1.Source{Id: "b", Title: "Yttrium", Authors: []string{"Olga Brand"}, Published: "2002"},
		&researchv1.Source{Id: "c", Title: "Xenon", Authors: []string{"Petra Adams"}, Published: "2003"},
		&researchv1.Source{Id: "d", Title: "Tungsten", Authors: []string{"Rosa Carr"}, Published: "2004"},
	)
}

// everywhere cites in each place where a citation may stand, in reading order.
func everywhere() *reportv1.Document {
	cells := func(cells ...*reportv1.Table_Cell) []*reportv1.Table_Row {
		return []*reportv1.Table_Row{{Cells: cells}}
	}
	span := &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Text: []*reportv1.Inline{citing("s02")}}}}
	nested := paragraph(citing("s04"))
	quote := &reportv1.Quote{SourceId: "s09", Citation: marks("s09")}
	hidden := &reportv1.Quote{SourceId: "hidden", Citation: marks("hidden")}
	doc := document(
		paragraph(citing("s01"), span),
		&reportv1.Block{Kind: &reportv1.Block_Heading{Heading: &reportv1.Heading{Level: 3, Text: []*reportv1.Inline{citing("s03")}}}},
		&reportv1.Block{Kind: &reportv1.Block_List{List: &reportv1.List{Items: []*reportv1.List_Item{{Blocks: []*reportv1.Block{
			{Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{Blocks: []*reportv1.Block{nested}}}},
		}}}}}},
		&reportv1.Block{Kind: &reportv1.Block_Table{Table: &reportv1.Table{
			Columns: []*reportv1.Table_Column{{Heading: []*reportv1.Inline{citing("s05")}}, {}},
			Rows:    cells(&reportv1.Table_Cell{Text: []*reportv1.Inline{citing("s06")}, Heading: true}, &reportv1.Table_Cell{Text: []*reportv1.Inline{citing("s07")}}),
		}}},
		&reportv1.Block{Kind: &reportv1.Block_Finding{Finding: &reportv1.FindingBlock{
			Finding: &reportv1.Finding{Number: 7, Quotes: []*reportv1.Quote{proto.CloneOf(quote), hidden}}, Citation: marks("s08"), Quotes: []*reportv1.Quote{quote},
		}}},
		&reportv1.Block{Kind: &reportv1.Block_Timeline{Timeline: &reportv1.Timeline{Events: []*reportv1.Timeline_Event{{Text: []*reportv1.Inline{citing("s10")}}}}}},
		&reportv1.Block{Kind: &reportv1.Block_Disagreement{Disagreement: &reportv1.DisagreementBlock{
			First: []*reportv1.Inline{citing("s11")}, Second: []*reportv1.Inline{citing("s12", "s01")},
		}}},
	)
	doc.Sections[0].Heading = []*reportv1.Inline{citing("s00")}
	return doc
}

func everySource() map[string]*researchv1.Source {
	out := byID(&researchv1.Source{Id: "hidden", Title: "Hidden"})
	for _, id := range []string{"s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12"} {
		out[id] = &researchv1.Source{Id: id, Title: id}
	}
	return out
}

func TestSourcesAreNumberedInReadingOrderWhereverTheyAreCited(t *testing.T) {
	t.Parallel()
	doc := everywhere()
	require.NoError(t, cite.Apply(doc, everySource(), cite.Numbered))
	var order []string
	for _, r := range doc.GetReferences() {
		order = append(order, r.GetWork().GetId())
	}
	require.Equal(t, []string{"s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12"}, order)
	require.Equal(t, "[4]", doc.GetReferences()[3].GetLabel())
	require.Equal(t, "source-4", doc.GetReferences()[3].GetAnchor())

	blocks := doc.GetSections()[0].GetBlocks()
	last := blocks[6].GetDisagreement().GetSecond()[0].GetCitation()
	require.Equal(t, "[2, 13]", render(last), "marks come in the order of the list")
	require.Equal(t, []string{"source-2", "source-13"}, []string{last.GetMarks()[0].GetAnchor(), last.GetMarks()[1].GetAnchor()})
}

func TestReferencesNameTheFindingsThatCiteThem(t *testing.T) {
	t.Parallel()
	doc := everywhere()
	require.NoError(t, cite.Apply(doc, everySource(), cite.APA))
	for _, r := range doc.GetReferences() {
		if id := r.GetWork().GetId(); id == "s08" || id == "s09" {
			require.Equal(t, []int32{7}, r.GetFindings(), id)
			continue
		}
		require.Empty(t, r.GetFindings(), r.GetWork().GetId())
	}
	finding := doc.GetSections()[0].GetBlocks()[4].GetFinding().GetFinding()
	require.Equal(t, "(“s09,” n.d.)", render(finding.GetQuotes()[0].GetCitation()), "the finding's own quotes are marked, too")
	require.Nil(t, finding.GetQuotes()[1].GetCitation(), "but for those of sources that no reader sees")
}

// render writes a citation as the formats do.
func render(c *reportv1.Citation) string {
	out := c.GetOpening()
	for i, mark := range c.GetMarks() {
		if i > 0 {
			out += c.GetSeparator()
		}
		out += mark.GetLabel()
	}
	return out + c.GetClosing()
}

func TestEachStyleMarksInItsOwnWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		style            cite.Style
		mark, references string
	}{
		{cite.APA, "(Brand, 2002; Young, 2001)", "c b d a"},
		{cite.Chicago, "(Brand 2002; Young 2001)", "c b d a"},
		{cite.IEEE, "[1], [3]", "b c a d"},
		{cite.Vancouver, "(1,3)", "b c a d"},
		{cite.Numbered, "[1, 3]", "b c a d"},
	} {
		t.Run(string(c.style), func(t *testing.T) {
			t.Parallel()
			doc := document(paragraph(citing("b")), paragraph(citing("c")), paragraph(citing("a", "b")), paragraph(citing("d")))
			require.NoError(t, cite.Apply(doc, four(), c.style))
			require.Equal(t, c.mark, render(doc.GetSections()[0].GetBlocks()[2].GetParagraph().GetText()[0].GetCitation()))
			order := ""
			for _, r := range doc.GetReferences() {
				order += " " + r.GetWork().GetId()
			}
			require.Equal(t, " "+c.references, order)
		})
	}
}

func TestMarksOfOneSourceBecomeOneWithTheQuotesOfAll(t *testing.T) {
	t.Parallel()
	citation := marks("a", "b", "a", "a")
	citation.Marks[2].Quotes = []string{"another"}
	doc := document(paragraph(&reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: citation}}))
	require.NoError(t, cite.Apply(doc, four(), cite.Numbered))
	require.Equal(t, "[1, 2]", render(citation))
	require.Equal(t, []string{"quote of a", "another"}, citation.GetMarks()[0].GetQuotes())
}

func TestADocumentTakesAnotherStyleAsIfItNeverHadOne(t *testing.T) {
	t.Parallel()
	for _, first := range cite.Styles() {
		for _, second := range cite.Styles() {
			once, twice := everywhere(), everywhere()
			require.NoError(t, cite.Apply(once, everySource(), second))
			require.NoError(t, cite.Apply(twice, everySource(), first))
			require.NoError(t, cite.Apply(twice, everySource(), second))
			require.True(t, proto.Equal(once, twice), "%s after %s", second, first)
		}
	}
}

func TestAReferenceTellsWhatWasReadAndWhatToBewareOf(t *testing.T) {
	t.Parallel()
	source := four()["a"]
	source.Preprint = true
	source.Notices = []*researchv1.Notice{{Kind: researchv1.Notice_CORRECTION}, {Kind: researchv1.Notice_CONCERN}, {Kind: researchv1.Notice_RETRACTION}}
	_, references := cited(t, cite.Numbered, source)
	require.Equal(t, []string{"retracted", "expression of concern", "corrected", "preprint"}, references[0].GetWarnings())
	require.Equal(t, "aa", references[0].GetSnapshotSha256())
	require.Equal(t, "2026-01-02", references[0].GetWork().GetAccessed())
	require.True(t, references[0].GetWork().GetRetracted())

	source.Kind = "preprint"
	_, references = cited(t, cite.Numbered, source)
	require.Equal(t, "withdrawn", references[0].GetWarnings()[0], "what was never published cannot be retracted")

	_, references = cited(t, cite.Numbered, four()["b"])
	require.Empty(t, references[0].GetWarnings())
	require.Nil(t, references[0].GetFetchTime())
	require.Empty(t, references[0].GetWork().GetAccessed())
}

func TestABodyIsNamedOnce(t *testing.T) {
	t.Parallel()
	for style, want := range map[cite.Style]string{
		cite.APA:       "Tann, J., & BBC News. (n.d.). *Lakes*.",
		cite.IEEE:      "J. Tann and BBC News. “Lakes.”",
		cite.Vancouver: "Tann J, BBC News. Lakes.",
		cite.Chicago:   "Tann, Jo, and BBC News. n.d. “Lakes.”",
		cite.Numbered:  "*Lakes*. Jo Tann, BBC News.",
	} {
		_, references := cited(t, style, &researchv1.Source{Id: "s", Kind: "news", Title: "Lakes", Authors: []string{"Jo Tann", "BBC News"}, Container: "BBC News", Publisher: "bbc news"})
		require.Equal(t, []string{want}, written(references), style)
	}
}

func TestTheSampleDocumentIsCited(t *testing.T) {
	t.Parallel()
	sources := byID(&researchv1.Source{Id: "s1", Title: "Atlas of Lakes", Authors: []string{"Marie Curie"}, Published: "1911"}, &researchv1.Source{Id: "s2", FileName: "survey.md"})
	for style, want := range map[cite.Style]string{
		cite.APA: "(Curie, 1911; “survey.md,” n.d.)", cite.IEEE: "[1], [2]", cite.Vancouver: "(1,2)", cite.Chicago: "(Curie 1911; “survey.md,” n.d.)", cite.Numbered: "[1, 2]",
	} {
		doc := documenttest.Full()
		require.NoError(t, cite.Apply(doc, sources, style))
		require.Equal(t, want, render(doc.GetSections()[0].GetBlocks()[0].GetParagraph().GetText()[1].GetCitation()), style)
		require.Len(t, doc.GetReferences(), 2)
		require.Equal(t, []int32{1, 2}, doc.GetReferences()[0].GetFindings())
	}
}

func TestWhatCannotBeCitedIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	doc := document(paragraph(citing("a", "nobody")))
	before := proto.CloneOf(doc)
	require.ErrorIs(t, cite.Apply(doc, four(), cite.APA), cite.ErrSource)
	require.ErrorIs(t, cite.Apply(doc, four(), "MLA"), cite.ErrStyle)
	require.True(t, proto.Equal(before, doc))
}

func TestADocumentWithoutCitationsHasNoReferences(t *testing.T) {
	t.Parallel()
	for _, style := range cite.Styles() {
		doc := document(paragraph(text("Nothing."), citing()))
		require.NoError(t, cite.Apply(doc, nil, style))
		require.Empty(t, doc.GetReferences())
	}
}
