package docx_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// data returns the path of test data, and skips the test where there is none.
func data(t testing.TB, elements ...string) string {
	t.Helper()
	root := os.Getenv("RP_DATA")
	if root == "" {
		t.Skip("RP_DATA is not set: there is no data to test with")
	}
	return filepath.Join(append([]string{root}, elements...)...)
}

// article is a text with questions about it.
type article struct{ question, text string }

// articles reads the texts of a language.
func articles(t testing.TB, language string) []article {
	t.Helper()
	file, err := os.Open(data(t, "xquad", "xquad."+language+".json.gz"))
	require.NoError(t, err)
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	var read struct {
		Data []struct {
			Paragraphs []struct {
				Context string
				Qas     []struct{ Question string }
			}
		}
	}
	require.NoError(t, json.NewDecoder(unpacked).Decode(&read))
	var out []article
	for _, d := range read.Data {
		for _, p := range d.Paragraphs {
			out = append(out, article{p.Qas[0].Question, strings.TrimSpace(p.Context)})
		}
	}
	return out
}

// reportOn makes a report out of texts: a summary, findings with quotes, a table, a time
// line, a chart, and a reference for each.
func reportOn(language string, about []article) *reportv1.Document {
	var references []*reportv1.Reference
	findings := &reportv1.Section{Anchor: "section-3", Heading: inline(about[0].question), Role: reportv1.Section_FINDINGS}
	summary := &reportv1.Section{Anchor: "section-1", Heading: inline(about[1].question), Role: reportv1.Section_SUMMARY}
	table := &reportv1.Table{Columns: []*reportv1.Table_Column{{}, {Heading: inline(about[2].question)}, {Heading: inline("IBM 2021"), Align: reportv1.Table_END}}}
	line := &reportv1.Timeline{}
	drawn := &reportv1.Chart{Anchor: "chart-1", Title: about[3].question, Description: about[3].text, Form: reportv1.Chart_STACKED_BARS, Series: []*reportv1.Chart_Series{{Name: "A"}, {Name: "B"}}}
	for i, a := range about {
		n := i + 1
		citation := &reportv1.Citation{Opening: "[", Closing: "]", Separator: ", ", Marks: []*reportv1.Citation_Mark{{Anchor: fmt.Sprint("source-", n), Label: fmt.Sprint(n), Quotes: []string{a.text}}}}
		mark := &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: citation}}
		references = append(references, &reportv1.Reference{
			Anchor: fmt.Sprint("source-", n), Label: fmt.Sprintf("[%d]", n), Text: inline(a.question), Findings: []int32{int32(n)}, FetchTime: &timestamppb.Timestamp{Seconds: 1767322800},
			Work: &reportv1.Work{Url: fmt.Sprintf("https://example.org/%d?q=%s", n, a.question)},
		})
		summary.Blocks = append(summary.Blocks, &reportv1.Block{Kind: &reportv1.Block_Paragraph{Paragraph: &reportv1.Paragraph{Text: append(inline(a.text), mark)}}})
		findings.Blocks = append(findings.Blocks, &reportv1.Block{Kind: &reportv1.Block_Finding{Finding: &reportv1.FindingBlock{
			Anchor: fmt.Sprint("finding-", n), Citation: citation,
			Finding: &reportv1.Finding{Number: int32(n), Claim: a.question, Support: analysisv1.Support(i%4 + 1), Tally: "2 sources say so."},
			Quotes:  []*reportv1.Quote{{Text: a.text, SourceTitle: a.question, Page: 3, Support: analysisv1.Support(i%4 + 1), Citation: citation}},
		}}})
		table.Rows = append(table.Rows, &reportv1.Table_Row{Cells: []*reportv1.Table_Cell{{Text: inline(a.question), Heading: true}, {Text: append(inline(a.text), mark)}, {Text: inline(fmt.Sprint(n * 1000))}}})
		line.Events = append(line.Events, &reportv1.Timeline_Event{Date: fmt.Sprint(1900 + n), Text: append(inline(a.question), mark)})
		drawn.Categories = append(drawn.Categories, a.question)
		drawn.Series[0].Values, drawn.Series[1].Values = append(drawn.Series[0].Values, float64(n)), append(drawn.Series[1].Values, float64(3))
	}
	list := &reportv1.List{Ordered: true, Start: 1}
	for _, a := range about {
		list.Items = append(list.Items, &reportv1.List_Item{Blocks: []*reportv1.Block{text(a.question)}})
	}
	section := func(anchor string, heading string, blocks ...*reportv1.Block) *reportv1.Section {
		return &reportv1.Section{Anchor: anchor, Heading: inline(heading), Blocks: blocks}
	}
	return &reportv1.Document{
		Title: about[0].question, Question: about[1].question, Language: language, Notice: about[2].question, References: references,
		Sections: []*reportv1.Section{
			summary,
			section("section-2", about[2].question, &reportv1.Block{Kind: &reportv1.Block_Table{Table: table}}, &reportv1.Block{Kind: &reportv1.Block_Timeline{Timeline: line}}),
			findings,
			section("section-4", about[4].question, &reportv1.Block{Kind: &reportv1.Block_List{List: list}}, &reportv1.Block{Kind: &reportv1.Block_Chart{Chart: drawn}}),
			section("section-5", "Sources", &reportv1.Block{Kind: &reportv1.Block_ReferenceList{ReferenceList: &reportv1.ReferenceList{}}}),
		},
	}
}
