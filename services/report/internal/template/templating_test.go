package template_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// execute runs a template on sample material.
func execute(t *testing.T, source, kind string) []*reportv1.Section {
	t.Helper()
	read, err := template.Parse(source)
	require.NoError(t, err)
	sections, err := read.Execute(t.Context(), sampled(kind))
	require.NoError(t, err)
	return sections
}

// outline writes running text and blocks in a short form: marks as [source source], a
// verdict as (VERDICT), styles by their first letters, blocks one to a line.
func outline(blocks []*reportv1.Block) string {
	var lines []string
	for _, b := range blocks {
		switch k := b.GetKind().(type) {
		case *reportv1.Block_Paragraph:
			lines = append(lines, running(k.Paragraph.GetText()))
		case *reportv1.Block_Heading:
			lines = append(lines, strings.Repeat("#", int(k.Heading.GetLevel()))+" "+running(k.Heading.GetText()))
		case *reportv1.Block_List:
			for _, item := range k.List.GetItems() {
				lines = append(lines, "- "+outline(item.GetBlocks()))
			}
		case *reportv1.Block_BlockQuote:
			lines = append(lines, "> "+outline(k.BlockQuote.GetBlocks()))
		case *reportv1.Block_CodeBlock:
			lines = append(lines, "code "+k.CodeBlock.GetText())
		case *reportv1.Block_Table:
			for _, row := range k.Table.GetRows() {
				line := "|"
				for _, cell := range row.GetCells() {
					line += running(cell.GetText()) + "|"
				}
				lines = append(lines, line)
			}
		case *reportv1.Block_Finding:
			lines = append(lines, k.Finding.GetAnchor())
		default:
			lines = append(lines, strings.ToLower(strings.TrimPrefix(string(b.ProtoReflect().WhichOneof(b.ProtoReflect().Descriptor().Oneofs().Get(0)).Name()), "Block_")))
		}
	}
	return strings.Join(lines, "\n")
}

func running(in []*reportv1.Inline) string {
	var out strings.Builder
	for _, i := range in {
		switch k := i.GetKind().(type) {
		case *reportv1.Inline_Text:
			out.WriteString(k.Text)
		case *reportv1.Inline_Span:
			out.WriteString(k.Span.GetStyle().String()[:1] + "<" + running(k.Span.GetText()) + ">" + k.Span.GetHref())
		case *reportv1.Inline_Code:
			out.WriteString("`" + k.Code + "`")
		case *reportv1.Inline_Citation:
			var sources []string
			for _, mark := range k.Citation.GetMarks() {
				sources = append(sources, mark.GetSourceId())
			}
			out.WriteString("[" + strings.Join(sources, " ") + "]")
		case *reportv1.Inline_Verdict:
			out.WriteString("(" + k.Verdict.String() + ")")
		case *reportv1.Inline_Finding:
			out.WriteString("#")
		}
	}
	return out.String()
}

func TestExecute(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"text is text":                               {"Hello *there*.", "Hello E<there>."},
		"a value is printed":                         {"{{ question }}", "How deep are the lakes?"},
		"numbers are printed plainly":                {"{{ 1 + 2 }} {{ 0.5 }} {{ true }} {{ 1e20 }}", "3 0.5 true 100000000000000000000"},
		"a value is no markup":                       {`{{ "# *a* <b> [c](https://d.e) | ~~f~~" }}`, "# *a* <b> [c](https://d.e) | ~~f~~"},
		"a value begins no list":                     {`{{ 1 }}. one`, "1. one"},
		"markup goes around values":                  {`**{{ "a*b" }}**`, "S<a*b>"},
		"a value in code is text":                    {"`{{ question }}`", "`How deep are the lakes?`"},
		"a value may be in an address":               {`[x](https://a.b/{{ "c d" }})`, "S<x>https://a.b/c%20d"},
		"a value makes no address of its own":        {`[x]({{ "javascript:alert(1)" }})`, "x"},
		"a finding shows what it rests on":           {"{{ findings[0] }}", "Lake Alder is 642 m deep.[atlas survey]"},
		"a weak finding shows its verdict":           {"{{ findings[1] }}", "Lake Alder is 741 m deep.[survey](PARTIAL)"},
		"a statement rests on its findings' quotes":  {"{{ summary[0] }}", "Lake Alder is the deeper of the two.[atlas survey]"},
		"a quote shows its source":                   {"{{ findings[0].quotes[1] }}", "Lake Alder is 642 m deep.[survey]"},
		"no marks in links":                          {"[{{ findings[0] }}](https://a.b)", "S<Lake Alder is 642 m deep.>https://a.b"},
		"a loop repeats":                             {"{% for f in take(findings, 2) %}\n- {{ index }} {{ f.claim }}\n{% end %}", "- 1 Lake Alder is 642 m deep.\n- 2 Lake Alder is 741 m deep."},
		"a loop in a line":                           {"{% for f in take(findings, 2) %}{{ index }} {% end %}", "1 2"},
		"loops have their own index":                 {"{% for a in take(findings, 2) %}{% for b in take(findings, 2) %}{{ index }}{% end %}{{ index }};{% end %}", "121;122;"},
		"an inner name hides an outer one":           {`{% for title in ["a"] %}{{ title }}{% end %}{{ title }}`, "aHow deep are the lakes"},
		"the keys of a map come in order":            {`{% for k in {"b": 1, "a": 2} %}{{ k }}{% end %}`, "ab"},
		"rows of a table":                            {"| a | b |\n| - | - |\n{% for f in take(findings, 2) %}\n| {{ f.number }} | {{ f.theme + \"|\" }} |\n{% end %}", "|1|Depth||\n|2|Depth||"},
		"the first branch that holds":                {"{% if false %}a{% elif true %}b{% elif true %}c{% else %}d{% end %}", "b"},
		"the last branch otherwise":                  {"{% if false %}a{% else %}d{% end %}", "d"},
		"no branch":                                  {"x{% if false %}a{% end %}", "x"},
		"comments are not shown":                     {"a{# {{ b }} #}c", "ac"},
		"signs in texts end nothing":                 {`{{ "}}" + '%}' + {"a": {"b": "c"}}["a"]["b"] }}`, "}}%}c"},
		"braces can be printed":                      {`{{ "{{" }}`, "{{"},
		"empty paragraphs are left out":              {"{{ \"\" }}\n\na\n\n**{{ \"\" }}**", "a"},
		"lines end in either way":                    {"{% if true %}\r\na\r\n{% end %}\r\n", "a"},
		"functions":                                  {`{{ plural(1, "a", "b") }} {{ plural(2, "a", "b") }} {{ join(["a", "b"], "-") }} {{ upper("a") }}{{ lower("B") }} {{ verdict(CONTRADICTED) }}`, "1 a 2 b a-b Ab contradicted"},
		"top takes what matters most":                {`{{ join(top(findings, 2).map(f, f.claim), " ") }} {{ take(findings, 99).size() }} {{ take(findings, -1).size() }}`, "Lake Alder is 642 m deep. Lake Alder is 741 m deep. 4 0"},
		"verdicts have names":                        {"{{ findings.filter(f, f.support == PARTIAL).size() }}", "1"},
		"a finding block":                            {"{% finding findings[0] %}", "finding-1"},
		"a finding shown twice has its own anchor":   {"{% finding findings[0] %}\n{% finding findings[0] %}", "finding-1\nfinding-1-2"},
		"findings of a list":                         {"{% findings of=findings.filter(f, f.theme == \"Life\") %}", "finding-4"},
		"a limit keeps what the rest speaks of":      {"{% findings limit=1 %}", "finding-1\nfinding-2\nfinding-3\nfinding-4"},
		"a note":                                     {"{% note title %}", "How deep are the lakes"},
		"an empty note is none":                      {"{% note \"\" %}\na", "a"},
		"a chart":                                    {"{% chart \"agreement\" %}", "chart"},
		"a chart without data is none":               {"a\n{% chart \"timeline\" %}", "a"},
		"a block ends a list":                        {"- a\n{% finding findings[0] %}\n- b", "- a\nfinding-1\n- b"},
		"headings below the second level stay":       {"### a\n\nb", "### a\nb"},
		"headings with nothing below are left out":   {"a\n\n### b\n\n#### c\n\n### d\n\ne", "a\n### d\ne"},
		"headings in quotations are of a lower rank": {"> # a\n> b", "> ### a\nb"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, outline(execute(t, tc.source, "")[0].GetBlocks()))
		})
	}
}

func TestExecute_Sections(t *testing.T) {
	t.Parallel()
	const appended = "What this research could not answer (LIMITS)"
	tests := map[string]struct {
		source, kind string
		want         []string
	}{
		"a heading of either level begins one":            {"# A\na\n## B\nb", "", []string{"A", "B", appended}},
		"an empty one is left out":                        {"# A\n## B\nb\n# C", "", []string{"B", appended}},
		"a heading may be printed":                        {"# {{ title }}\na", "", []string{"How deep are the lakes", appended}},
		"a heading holds no marks":                        {"# {{ findings[0] }}\na", "", []string{"Lake Alder is 642 m deep.", appended, "Sources (REFERENCES)"}},
		"a heading that comes out empty is none":          {"# A\na\n# {{ \"\" }}\nb", "", []string{"A", appended}},
		"it has the role of the first block":              {"# A\n{% timeline %}\nb\n# B\nb\n\n{% timeline %}", "TIMELINE", []string{"A (TIMELINE)", "B", appended, "Sources (REFERENCES)"}},
		"notes and charts may come before":                {"# A\n{% note title %}\n{% chart \"agreement\" %}\n{% findings %}", "", []string{"A (FINDINGS)", appended, "Sources (REFERENCES)"}},
		"findings of a fact check are claims":             {"# A\n{% findings %}", "FACT_CHECK", []string{"A (CLAIMS)", appended, "Sources (REFERENCES)"}},
		"limits that a condition leaves out are appended": {"# A\na{% if false %}\n{% limits %}\n{% end %}", "", []string{"A", appended}},
		"limits and references are placed once":           {"# A\n{% limits %}\n{% limits %}\n# B\n{% references %}\n{{ findings[0] }}\n# C\n{% references %}", "", []string{"A (LIMITS)", "B (REFERENCES)"}},
		"references without marks are left out":           {"# A\na\n# B\n{% references %}", "", []string{"A", appended}},
		"what is not there is left out":                   {"# A\n{% timeline %}\n# B\n{% comparison %}\n# C\n{% provenance %}", "", []string{"C (PROVENANCE)", appended}},
		"a template may be empty":                         {"", "", []string{appended}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sections := execute(t, tc.source, tc.kind)
			require.Equal(t, tc.want, headings(sections))
			require.Equal(t, "section-1", sections[0].GetAnchor())
		})
	}
}

func TestExecute_TextBeforeTheFirstHeadingIsASection(t *testing.T) {
	t.Parallel()
	sections := execute(t, "a\n\n# B\nb", "")
	require.Empty(t, sections[0].GetHeading())
	require.Equal(t, "a", outline(sections[0].GetBlocks()))
}

func TestExecute_Limits(t *testing.T) {
	t.Parallel()
	const failed = "- The file soundings.pdf could not be read: it is encrypted."
	const weak = "- 1 finding is not fully supported by the quotes given; each is marked."
	tests := map[string]struct {
		source, kind string
		limits       []string
		want         string
	}{
		"what could not be done":                 {"{% limits %}", "", []string{failed[2:]}, failed},
		"and how much of what is shown is weak":  {"{% limits %}\n{{ findings[1] }}", "", []string{failed[2:]}, failed + "\n" + weak},
		"verdicts of a fact check are no limits": {"{% limits %}\n{{ findings[1] }}", "FACT_CHECK", []string{failed[2:]}, failed},
		"nothing is told, too":                   {"{% limits %}", "", nil, "- No source failed and nothing was cut short. Sources that were not searched may still say more."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := template.Parse(tc.source)
			require.NoError(t, err)
			material := sampled(tc.kind)
			material.Limits = tc.limits
			sections, err := read.Execute(t.Context(), material)
			require.NoError(t, err)
			require.Equal(t, tc.want, outline(sections[0].GetBlocks()[:1]))
		})
	}
}

func TestExecute_Blocks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, kind, want string }{
		"a summary that was written": {"{% summary limit=1 %}", "", "Lake Alder is the deeper of the two.[atlas survey] Its fish are better known.[notes]"},
		"with fewer quotes":          {"{% summary quotes=1 %}", "", "Lake Alder is the deeper of the two.[atlas] Its fish are better known.[notes]"},
		"a comparison":               {"{% comparison %}", "COMPARISON", "|Depth|Lake Alder is 642 m deep.[atlas survey]|Lake Birch is 406 m deep.[atlas]|\n||Lake Alder is 741 m deep.[survey](PARTIAL)||\n|Life||Nobody has ever counted the fish of Lake Birch.[notes]|"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, outline(execute(t, tc.source, tc.kind)[0].GetBlocks()))
		})
	}
}

func TestExecute_ASummaryThatNobodyWrote(t *testing.T) {
	t.Parallel()
	read, err := template.Parse("{% summary limit=2 %}")
	require.NoError(t, err)
	material := sampled("")
	material.Summary = nil
	material.Findings[0].Support, material.Findings[3].Salience = analysisv1.Support_CONTRADICTED, 0.9
	sections, err := read.Execute(t.Context(), material)
	require.NoError(t, err)
	require.Equal(t, "- Nobody has ever counted the fish of Lake Birch.[notes]\n- Lake Alder is 741 m deep.[survey](PARTIAL)", outline(sections[0].GetBlocks()))
}

func TestExecute_DisagreementsPointToWhatIsShown(t *testing.T) {
	t.Parallel()
	pair := execute(t, "{% disagreements %}\n{% finding findings[1] %}", "")[0].GetBlocks()[0].GetDisagreement()
	require.Equal(t, "One says 642 m, the other 741 m.", pair.GetReason())
	require.Equal(t, "Lake Alder is 642 m deep.[atlas survey]", running(pair.GetFirst()))
	require.Equal(t, "Lake Alder is 741 m deep.[survey](PARTIAL)#", running(pair.GetSecond()))
}

func TestExecute_AFindingWithItsQuotes(t *testing.T) {
	t.Parallel()
	block := execute(t, "{% finding findings[0] quotes=1 %}", "FACT_CHECK")[0].GetBlocks()[0].GetFinding()
	require.True(t, block.GetGiven())
	require.Equal(t, int32(1), block.GetFinding().GetNumber())
	require.Len(t, block.GetCitation().GetMarks(), 1)
	require.Equal(t, []string{"Lake Alder is 642 m deep."}, block.GetCitation().GetMarks()[0].GetQuotes())
	require.Len(t, block.GetQuotes(), 1)
	require.Equal(t, "atlas", block.GetQuotes()[0].GetCitation().GetMarks()[0].GetSourceId())
}
