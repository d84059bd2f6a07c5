package docx_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/docx"
)

func TestEveryBlockIsWrittenInItsStyle(t *testing.T) {
	t.Parallel()
	f := render(t, documenttest.Full())
	for style, want := range map[string][]string{
		"Title":          {"How deep are the lakes?"},
		"Subtitle":       {"How deep are the lakes of the world?"},
		"Notice":         {"This report is incomplete. What is missing is listed under its limits."},
		"Heading1":       {"Summary", "Side by side", "What happened when", "Depth", "Where sources disagree", "Notes of the template", "What this research could not answer", "Sources", "How this report was made"},
		"Heading2":       {"A heading inside"},
		"Normal":         {"Baikal is the deepest lake.\u00a0[1, 2] Superior is wide | flat.\u00a0[2]\u00a0(partly supported)", "Plain, strong, both, struck, a < b, a link\nafter a break."},
		"Finding":        {"1\u2002Lake Baikal is 1,642 m deep.", "2\u2002Lake Baikal is 1,642 m deep."},
		"FindingDetails": {"Supported\u00a0[1, 2] · 17 May 2021 · 2 sources say so.", "Partly supported\u00a0[1, 2] · 17 May 2021 · 2 sources say so. · Words of the claim are not in the cited text."},
		"Quote":          {"Lake Baikal is 1,642 m deep.", "It is 1,642 metres deep.", "Lake Baikal is 1,642 m deep.", "It is 1,642 metres deep."},
		"QuoteSource":    {"— Atlas of Lakes, page 7\u00a0[1]", "— survey.md\u00a0[2]", "— Atlas of Lakes, page 7\u00a0[1] · partly supported", "— survey.md\u00a0[2]"},
		"Disagreement":   {"One says 1,642 m, the other 1,741 m."},
		"ListBullet":     {"It was named.\u00a0[2]", "Lake Baikal is 1,642 m deep.\u00a0[1]\u00a0finding 1", "Lake Baikal is 1,741 m deep.\u00a0[2]\u00a0finding 2", "Some places that were asked did not answer."},
		"ListNumber":     {"First.", "Second."},
		"Note":           {"Without a date:", "Drawn from 2 works."},
		"BlockText":      {"Set off."},
		"Code":           {"if a < b {\n\treturn\n}"},
		"Caption":        {"Sources by year"},
		"TableHeading":   {"", "Baikal", "Superior | wide", "Depth", "Shape", "1990", "Engine", "Started"},
		"TableText":      {"1,642 m\u00a0[1]", "406 m", "", "wide | flat\u00a0[2]\u00a0(partly supported)", "The lake was sounded.\u00a0[1]", "extractive", "2026-01-02 03:04:05 UTC"},
		"Reference":      {"[1]\tCurie, M. Atlas of Lakes. https://example.org/atlas?a=1&b=2", "[2]\tCurie, M. survey.md."},
		"TOC1":           {"Summary", "Side by side", "What happened when", "Depth", "Where sources disagree", "Notes of the template", "What this research could not answer", "Sources", "How this report was made"},
		"TOC2":           {"A heading inside"},
	} {
		require.Equal(t, want, f.of(style), style)
	}
	require.Contains(t, f.of("ReferenceDetails")[1], "preprint. Read 2026-01-02. Cited by finding 1, finding 2. SHA-256 9f86d081")
	require.Equal(t, []string{"https://example.org/?a=1&b=2", "https://example.org/atlas?a=1&b=2"}, f.links)
	require.Subset(t, f.anchors, []string{"source_1", "source_2", "finding_1", "finding_2"})
	require.Contains(t, f.said, "2 sources: 1 of 2019 and 1 of 2021. 2019: 1; 2020: 0; 2021: 1.")
	require.Contains(t, f.said, "a title")
	require.Contains(t, f.said, "Lake Baikal is 1,642 m deep.", "a mark shows its quotes")
	require.ElementsMatch(t, []string{` TOC \o "1-2" \h \z `, " PAGE ", " NUMPAGES "}, f.instructions)
	require.Equal(t, 1, f.count["tblHeader"])
	for _, name := range []string{"word/media/chart1.png", "word/media/chart1.svg", "word/numbering.xml", "docProps/core.xml"} {
		require.Contains(t, f.parts, name)
	}
	require.Contains(t, string(f.parts["word/header.xml"]), "How deep are the lakes?")
	require.Contains(t, string(f.parts["docProps/core.xml"]), "<dc:title>How deep are the lakes?</dc:title>")
	require.Contains(t, string(f.parts["docProps/core.xml"]), ">2026-01-02T03:04:05Z</dcterms:created>")
}

func TestTheSameDocumentGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	want, err := docx.Render(doc)
	require.NoError(t, err)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got, err := docx.Render(doc)
			if err != nil || string(got) != string(want) {
				t.Errorf("another file: %v", err)
			}
		})
	}
	group.Wait()
	require.True(t, proto.Equal(documenttest.Full(), doc), "the document stays as it is")
}

func TestWhatIsMissingIsNoError(t *testing.T) {
	t.Parallel()
	finding := &reportv1.Block{Kind: &reportv1.Block_Finding{Finding: &reportv1.FindingBlock{}}}
	for name, doc := range map[string]*reportv1.Document{
		"no document": nil,
		"nothing":     {},
		"empty":       {Empty: true, Notice: "There is no evidence."},
		"empty parts": {Sections: []*reportv1.Section{{}, {Blocks: []*reportv1.Block{
			{},
			{Kind: &reportv1.Block_Paragraph{}},
			{Kind: &reportv1.Block_List{List: &reportv1.List{Items: []*reportv1.List_Item{{}}}}},
			{Kind: &reportv1.Block_Table{Table: &reportv1.Table{}}},
			{Kind: &reportv1.Block_Table{Table: &reportv1.Table{Rows: []*reportv1.Table_Row{{}, {Cells: []*reportv1.Table_Cell{{}}}}}}},
			{Kind: &reportv1.Block_Timeline{Timeline: &reportv1.Timeline{Events: []*reportv1.Timeline_Event{{}}}}},
			{Kind: &reportv1.Block_Facts{}},
			{Kind: &reportv1.Block_Chart{}},
			{Kind: &reportv1.Block_Disagreement{}},
			{Kind: &reportv1.Block_CodeBlock{}},
			finding,
		}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			render(t, doc)
		})
	}
}

func TestAClaimThatNothingWasFoundOnHasNoVerdict(t *testing.T) {
	t.Parallel()
	doc := reportOf(&reportv1.Finding{Number: 4, Claim: "Nobody swims there.", Support: analysisv1.Support_UNSUPPORTED, Reason: "No source speaks of it."})
	require.Equal(t, []string{"Nothing found · No source speaks of it."}, render(t, doc).of("FindingDetails"))
}

func TestSlidesBeginPagesAndHaveNoContents(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	doc.Layout = reportv1.Document_SLIDES
	f := render(t, doc)
	require.Empty(t, f.of("TOC1"))
	require.Equal(t, len(doc.GetSections()), f.count["pageBreakBefore"], "the last rule of a section begins no page of its own")
	require.Contains(t, string(f.parts["word/document.xml"]), `w:orient="landscape"`)
	doc.GetSections()[5].Blocks = append(doc.GetSections()[5].GetBlocks(), text("After the rule."))
	require.Equal(t, len(doc.GetSections())+1, render(t, doc).count["pageBreakBefore"])
}

func TestNumberedListsBeginWhereTheySay(t *testing.T) {
	t.Parallel()
	list := func(start int32, items ...*reportv1.List_Item) *reportv1.Block {
		return &reportv1.Block{Kind: &reportv1.Block_List{List: &reportv1.List{Ordered: true, Start: start, Items: items}}}
	}
	item := func(blocks ...*reportv1.Block) *reportv1.List_Item { return &reportv1.List_Item{Blocks: blocks} }
	f := render(t, documentOf(
		list(7, item(text("seven"), text("more of seven"), list(0, item(text("nought")))), item(list(1, item(text("inside"))))),
		list(999999999, item(text("far"))),
	))
	numbering := string(f.parts["word/numbering.xml"])
	require.Contains(t, numbering, `<w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/>`)
	require.Contains(t, numbering, `<w:lvlOverride w:ilvl="1"><w:startOverride w:val="0"/>`)
	require.Equal(t, []string{"seven", "nought", "", "inside", "999999999. far"}, f.of("ListNumber"))
	require.Equal(t, []string{"more of seven"}, f.of("Normal"))
}

func TestDeepListsAndQuotationsStayOnThePage(t *testing.T) {
	t.Parallel()
	block := text("deep")
	for range 40 {
		block = &reportv1.Block{Kind: &reportv1.Block_BlockQuote{BlockQuote: &reportv1.BlockQuote{Blocks: []*reportv1.Block{
			{Kind: &reportv1.Block_List{List: &reportv1.List{Items: []*reportv1.List_Item{{Blocks: []*reportv1.Block{text("item"), block}}}}}},
		}}}}
	}
	f := render(t, documentOf(block))
	require.Contains(t, f.paragraphs, "deep")
	require.NotContains(t, string(f.parts["word/document.xml"]), `<w:ilvl w:val="9"/>`)
	require.NotRegexp(t, `w:left="[4-9]\d\d\d"`, string(f.parts["word/document.xml"]))
}

func TestAFindingThatIsShownTwiceIsMarkedOnce(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	doc.Sections = append(doc.GetSections(), doc.GetSections()[3], doc.GetSections()[7])
	f := render(t, doc)
	require.Len(t, f.of("Finding"), 4)
}

func TestMarksOfReferencesThatAreNotListedAreText(t *testing.T) {
	t.Parallel()
	doc := documenttest.Full()
	doc.Sections = doc.GetSections()[:1]
	f := render(t, doc)
	require.Empty(t, f.anchors)
	require.Contains(t, f.of("Normal")[0], "[1, 2]")
}

// documentOf returns a document of some blocks.
func documentOf(blocks ...*reportv1.Block) *reportv1.Document {
	return &reportv1.Document{Title: "Title", Language: "en", Sections: []*reportv1.Section{{Blocks: blocks}}}
}

func text(s string) *reportv1.Block {
	return &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: inline(s)}}}
}

func inline(s string) []*reportv1.Inline {
	return []*reportv1.Inline{{Kind: &reportv1.Inline_Text{Text: s}}}
}
