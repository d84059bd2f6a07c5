package prose_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/prose"
)

// hostile is a value that would be markup anywhere, if it were read as such.
const hostile = "*a* [b](https://c.d) `e` | <script>f</script> ![g](h) ~~i~~ &amp; \\* #\n- j\n\n1. k"

// read reads Markdown in which § stands for the hostile value.
func read(t *testing.T, source string) []*reportv1.Block {
	t.Helper()
	fill := prose.Fill{Values: [][]*reportv1.Inline{{{Kind: &reportv1.Inline_Text{Text: hostile}}}}}
	blocks, err := prose.Read(t.Context(), strings.ReplaceAll(source, "§", prose.Value(0)), fill)
	require.NoError(t, err)
	return blocks
}

// shape writes blocks without the hostile value, which must be whole in them.
func shape(t *testing.T, blocks []*reportv1.Block) string {
	t.Helper()
	out := prototext.MarshalOptions{}.Format(&reportv1.Section{Blocks: blocks})
	quoted := prototext.MarshalOptions{}.Format(&reportv1.CodeBlock{Text: hostile})
	quoted = strings.TrimSuffix(strings.TrimPrefix(strings.Join(strings.Fields(quoted), " "), `text:"`), `"`)
	out = strings.ReplaceAll(strings.Join(strings.Fields(out), " "), quoted, "§")
	return strings.NewReplacer(" ", "", "blocks:", "").Replace(out)
}

func TestRead_ValuesAreText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"in a paragraph":           {"§", `{paragraph:{text:{text:"§"}}}`},
		"beside other text":        {"a§b", `{paragraph:{text:{text:"a§b"}}}`},
		"in a heading":             {"## §", `{heading:{level:2text:{text:"§"}}}`},
		"under a heading's line":   {"§\n===", `{heading:{level:1text:{text:"§"}}}`},
		"in emphasis":              {"*§*", `{paragraph:{text:{span:{style:EMPHASIStext:{text:"§"}}}}}`},
		"between words and stars":  {"**a§b**c", `{paragraph:{text:{span:{style:STRONGtext:{text:"a§b"}}}text:{text:"c"}}}`},
		"struck through":           {"~~§~~", `{paragraph:{text:{span:{style:STRIKEtext:{text:"§"}}}}}`},
		"in code":                  {"`§`", `{paragraph:{text:{code:"§"}}}`},
		"in a block of code":       {"```\n§\n```", `{code_block:{text:"§\n"}}`},
		"in indented code":         {"    §", `{code_block:{text:"§\n"}}`},
		"after a fence":            {"``` a§\n```", `{code_block:{info:"a§"}}`},
		"as the text of a link":    {"[§](https://x.y)", `{paragraph:{text:{span:{href:"https://x.y"text:{text:"§"}}}}}`},
		"as the title of a link":   {`[a](https://x.y "§")`, `{paragraph:{text:{span:{href:"https://x.y"title:"§"text:{text:"a"}}}}}`},
		"as the text of an image":  {"![§](x.png)", `{paragraph:{text:{text:"§"}}}`},
		"as an address":            {"[a](§)", `{paragraph:{text:{text:"a"}}}`},
		"as a marked address":      {"<https://§>", `{paragraph:{text:{text:"https://§"}}}`},
		"where HTML would be":      {"<a §>", `{paragraph:{text:{text:"<a§>"}}}`},
		"before what makes a list": {"§. a", `{paragraph:{text:{text:"§.a"}}}`},
		"as a definition":          {"[a]: §\n\n[a]", `{paragraph:{text:{text:"a"}}}`},
		"after a backslash":        {`\§`, `{paragraph:{text:{text:"\\§"}}}`},
		"in an item":               {"- §", `{list:{tight:trueitems:{{paragraph:{text:{text:"§"}}}}}}`},
		"in a cell":                {"a|b\n-|-\n§|c", `{table:{columns:{heading:{text:"a"}}columns:{heading:{text:"b"}}rows:{cells:{text:{text:"§"}}cells:{text:{text:"c"}}}}}`},
		"in code in a cell":        {"a|b\n-|-\n`§`|c", `{table:{columns:{heading:{text:"a"}}columns:{heading:{text:"b"}}rows:{cells:{text:{code:"§"}}cells:{text:{text:"c"}}}}}`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, shape(t, read(t, tc.source)))
		})
	}
}

func TestRead_Dialect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"a tag is text":                          {"<b>a</b>", `{paragraph:{text:{text:"<b>a</b>"}}}`},
		"a script is text":                       {"<script>\n\na", `{paragraph:{text:{text:"<script>"}}}{paragraph:{text:{text:"a"}}}`},
		"a comment is text":                      {"<!--a-->", `{paragraph:{text:{text:"<!--a-->"}}}`},
		"an image is its alternative text":       {"![a *b*](c)", `{paragraph:{text:{text:"ab"}}}`},
		"an address is no link by itself":        {"https://a.b", `{paragraph:{text:{text:"https://a.b"}}}`},
		"columns are aligned":                    {"a|b|c\n:-:|-:|:-", `{table:{columns:{heading:{text:"a"}align:CENTER}columns:{heading:{text:"b"}align:END}columns:{heading:{text:"c"}}}}`},
		"a list begins where it says":            {"3. a", `{list:{ordered:truestart:3tight:trueitems:{{paragraph:{text:{text:"a"}}}}}}`},
		"what is empty is left out":              {"a\n\n[](https://a.b)\n\n![]()", `{paragraph:{text:{text:"a"}}}`},
		"a reference is no placeholder":          {"&#xFDD0;0&#xFDD1;", `{paragraph:{text:{text:"` + "\uFFFD0\uFFFD" + `"}}}`},
		"an unknown placeholder is nothing":      {"a" + prose.Value(7) + "b", `{paragraph:{text:{text:"ab"}}}`},
		"a placeholder without an end is none":   {"a\uFDD0b", `{paragraph:{text:{text:"a"}}}`},
		"lines break where they are told to":     {"a\\\nb", `{paragraph:{text:{text:"a"}text:{line_break:{}}text:{text:"b"}}}`},
		"lines are joined where they are not":    {"a\nb", `{paragraph:{text:{text:"a\nb"}}}`},
		"styles are kept in links":               {"[*a*](mailto:a@b.c)", `{paragraph:{text:{span:{href:"mailto:a@b.c"text:{span:{style:EMPHASIStext:{text:"a"}}}}}}}`},
		"an address of mail in angle brackets":   {"<a@b.c>", `{paragraph:{text:{span:{href:"mailto:a@b.c"text:{text:"a@b.c"}}}}}`},
		"a break across":                         {"---", `{rule:{}}`},
		"a quotation":                            {"> a", `{block_quote:{{paragraph:{text:{text:"a"}}}}}`},
		"nothing is nothing":                     {"", ``},
		"what is deeper than six is no heading":  {"####### a", `{paragraph:{text:{text:"#######a"}}}`},
		"a character that is none is replaced":   {"a\x00b", "{paragraph:{text:{text:\"a\uFFFDb\"}}}"},
		"characters are written as references":   {"&ouml;&#65;\\*", `{paragraph:{text:{text:"öA*"}}}`},
		"a loose list has paragraphs":            {"- a\n\n- b", `{list:{items:{{paragraph:{text:{text:"a"}}}}items:{{paragraph:{text:{text:"b"}}}}}}`},
		"lists hold lists":                       {"- a\n  - b", `{list:{tight:trueitems:{{paragraph:{text:{text:"a"}}}{list:{tight:trueitems:{{paragraph:{text:{text:"b"}}}}}}}}}`},
		"what follows a fence is kept":           {"``` go x\na\n```", `{code_block:{text:"a\n"info:"gox"}}`},
		"definitions are shown only by links":    {"[a]: https://x.y\n\nb", `{paragraph:{text:{text:"b"}}}`},
		"a link by reference":                    {"[a]\n\n[a]: https://x.y", `{paragraph:{text:{span:{href:"https://x.y"text:{text:"a"}}}}}`},
		"blocks take the places of placeholders": {"a" + prose.Place(0) + "b", `{paragraph:{text:{text:"a"}}}{paragraph:{text:{text:"b"}}}`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, shape(t, read(t, tc.source)))
		})
	}
}

func TestRead_Addresses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://a.b/c?d=e#f":          "https://a.b/c?d=e#f",
		"HTTP://a.b":                   "HTTP://a.b",
		"mailto:a@b.c":                 "mailto:a@b.c",
		"https://a.b/ä":                "https://a.b/%C3%A4",
		"<https://a.b/c d>":            "https://a.b/c%20d",
		"https://a.b/&quot;&lt;":       "https://a.b/%22%3C",
		"javascript:alert(1)":          "",
		"JaVaScRiPt:alert(1)":          "",
		"&#106;avascript:alert(1)":     "",
		"data:text/html,a":             "",
		"vbscript:a":                   "",
		"file:///etc/passwd":           "",
		"//a.b":                        "",
		"/a":                           "",
		"a":                            "",
		"#a":                           "",
		"https:a":                      "",
		"https://":                     "",
		"mailto:":                      "",
		"https://a.b:x/":               "",
		"ftp://a.b":                    "",
		"https&colon;//a.b":            "https://a.b",
		"<java\tscript:alert(1)>":      "",
		"https://a.b@c.d/":             "",
		"javascript://a.b/%0aalert(1)": "",
	}
	for source, want := range tests {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			blocks := read(t, "[x]("+source+")")
			require.Len(t, blocks, 1)
			require.Equal(t, want, blocks[0].GetParagraph().GetText()[0].GetSpan().GetHref())
		})
	}
}

func TestRead_MarksAreNotInLinks(t *testing.T) {
	t.Parallel()
	value := []*reportv1.Inline{
		{Kind: &reportv1.Inline_Text{Text: "a"}},
		{Kind: &reportv1.Inline_Citation{Citation: &reportv1.Citation{Marks: []*reportv1.Citation_Mark{{SourceId: "s"}}}}},
		{Kind: &reportv1.Inline_Text{Text: "b"}},
	}
	blocks, err := prose.Read(t.Context(), "["+prose.Value(0)+"](https://x.y) "+prose.Value(0), prose.Fill{Values: [][]*reportv1.Inline{value}})
	require.NoError(t, err)
	text := blocks[0].GetParagraph().GetText()
	require.Equal(t, "ab", text[0].GetSpan().GetText()[0].GetText())
	require.Len(t, text, 4, "a link, a space with a, the mark, b")
	require.NotNil(t, text[2].GetCitation())
	require.Equal(t, "a", value[0].GetText(), "the value is not changed")
}

func TestRead_BlocksHaveNoPlaceInText(t *testing.T) {
	t.Parallel()
	fill := prose.Fill{Places: [][]*reportv1.Block{nil, {{Kind: &reportv1.Block_Rule{Rule: &reportv1.Rule{}}}}}}
	for name, source := range map[string]string{
		"in code":      "```" + prose.Place(1) + "```",
		"in a heading": "# " + strings.TrimSpace(prose.Place(1)),
		"in a line":    "a " + strings.TrimSpace(prose.Place(1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := prose.Read(t.Context(), source, fill)
			misplaced, ok := errors.AsType[*prose.MisplacedError](err)
			require.True(t, ok, err)
			require.Equal(t, 1, misplaced.Place)
		})
	}
	blocks, err := prose.Read(t.Context(), "- a"+prose.Place(1), fill)
	require.NoError(t, err)
	require.NotNil(t, blocks[1].GetRule())
}

// TestRead_IsBounded reads what takes a reader of Markdown quadratic time or memory.
func TestRead_IsBounded(t *testing.T) {
	t.Parallel()
	const size = 1 << 18
	repeat := func(s string) string { return strings.Repeat(s, size/len(s)) }
	tests := map[string]struct {
		source string
		offset int
	}{
		"quotations in quotations": {repeat(">"), 33},
		"lists in lists":           {"a\n\n" + repeat("- ") + "a", 69},
		"styles in styles":         {strings.Repeat("*a **b ", 40) + strings.Repeat("c** d*", 40), 0},
		"marks of emphasis":        {repeat("a*b_ "), 0},
		"definitions of links":     {repeat("[a]: b\n"), 0},
		"cells":                    {"|" + strings.Repeat("a|", 1000) + "\n|" + strings.Repeat("-|", 1000) + "\n" + repeat("a\n"), 2003},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := prose.Read(t.Context(), tc.source, prose.Fill{})
			require.ErrorIs(t, err, prose.ErrTooComplex)
			where, ok := errors.AsType[*prose.Error](err)
			require.True(t, ok)
			if tc.offset > 0 {
				require.InDelta(t, tc.offset, where.Offset, 3)
			}
		})
	}
}

func TestRead_StopsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{"links": "[a](", "brackets": "[]", "lines": "a\n", "items": "- a\n", "code": "a `"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := prose.Read(ctx, strings.Repeat(source, 1<<19), prose.Fill{})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Less(t, time.Since(start), 10*time.Second)
		})
	}
}
