package readable_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/documenttest"
	"github.com/researcherpro/researcherpro/services/report/internal/readable"
)

func TestText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"text stays":                       {"a\tb\nc é 湖 👩‍🔬 \u202eabc", "a\tb\nc é 湖 👩‍🔬 \u202eabc"},
		"control characters are replaced":  {"a\x00b\x1b[31m\u0080\x7f", "a\ufffdb\ufffd[31m\ufffd\ufffd"},
		"what is not UTF-8 is replaced":    {"a\xffb\xed\xa0\x80c", "a\ufffdb\ufffdc"},
		"what is no character is replaced": {"a\ufffeb\ufdd0", "a\ufffdb\ufffd"},
	} {
		require.Equal(t, c.want, readable.Text(c.text), name)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"no directions":                          {"abc\u200f", "abc\u200f"},
		"an override ends":                       {"a\u202eb", "a\u202eb\u202c"},
		"an isolate ends":                        {"a\u2067b", "a\u2067b\u2069"},
		"what was ended stays so":                {"\u202ea\u202c \u2067b\u2069", "\u202ea\u202c \u2067b\u2069"},
		"the innermost ends first":               {"\u2067\u202a", "\u2067\u202a\u202c\u2069"},
		"what is in an isolate ends with it":     {"\u2067\u202ea\u2069b", "\u2067\u202ea\u2069b"},
		"an end without a beginning is none":     {"\u202c\u2069\u202e", "\u202c\u2069\u202e\u202c"},
		"an isolate is not ended as an override": {"\u2067\u202c", "\u2067\u202c\u2069"},
	} {
		require.Equal(t, c.want, readable.Closed(c.text), name)
	}
}

func text(s string) *reportv1.Inline { return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}} }

func TestDocument_MarksStandApart(t *testing.T) {
	t.Parallel()
	citation := &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: &reportv1.Citation{Opening: "["}}}
	verdict := &reportv1.Inline{Kind: &reportv1.Inline_Verdict{Verdict: analysisv1.Support_PARTIAL}}
	number := &reportv1.Inline{Kind: &reportv1.Inline_Finding{Finding: 1}}
	span := func(parts ...*reportv1.Inline) *reportv1.Inline {
		return &reportv1.Inline{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Text: parts}}}
	}
	space := text(" ")
	for name, c := range map[string]struct{ parts, want []*reportv1.Inline }{
		"a space is put before each":     {[]*reportv1.Inline{text("a"), citation, verdict, number}, []*reportv1.Inline{text("a"), space, citation, space, verdict, space, number}},
		"there is one already":           {[]*reportv1.Inline{text("a "), citation}, []*reportv1.Inline{text("a "), citation}},
		"a bracket holds on to it":       {[]*reportv1.Inline{text("a ("), number, text(")")}, []*reportv1.Inline{text("a ("), number, text(")")}},
		"nothing stands before it":       {[]*reportv1.Inline{citation, text("a")}, []*reportv1.Inline{citation, text("a")}},
		"the end of a span counts":       {[]*reportv1.Inline{span(text("a ")), citation, span(text("b")), citation}, []*reportv1.Inline{span(text("a ")), citation, span(text("b")), space, citation}},
		"inside of a span as well":       {[]*reportv1.Inline{span(text("a"), citation)}, []*reportv1.Inline{span(text("a"), space, citation)}},
		"what is no mark stays together": {[]*reportv1.Inline{text("a"), text("b")}, []*reportv1.Inline{text("a"), text("b")}},
	} {
		doc := &reportv1.Document{Sections: []*reportv1.Section{{Heading: c.parts}}}
		before, _ := proto.Clone(doc).(*reportv1.Document)
		got := readable.Document(doc, readable.Text)
		want := &reportv1.Document{Sections: []*reportv1.Section{{Heading: c.want}}}
		require.True(t, proto.Equal(want, got), "%s: %v", name, got)
		require.True(t, proto.Equal(before, doc), "%s: the document stays as it is", name)
	}
}

func TestDocument_EveryTextIsCleaned(t *testing.T) {
	t.Parallel()
	doc := readable.Document(documenttest.Filled("a\x00"), readable.Text)
	for _, text := range documenttest.Readable(doc) {
		if text != " " {
			require.Equal(t, "a\ufffd", text)
		}
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	link := func(href string) []*reportv1.Inline {
		return []*reportv1.Inline{text("a"), {Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Style: reportv1.Span_EMPHASIS, Text: []*reportv1.Inline{
			{Kind: &reportv1.Inline_Span{Span: &reportv1.Span{Href: href}}},
		}}}}}
	}
	for name, c := range map[string]struct {
		reference *reportv1.Reference
		want      string
	}{
		"of a source that its reference does not lead to": {&reportv1.Reference{Text: link(""), Work: &reportv1.Work{Url: "https://example.org"}}, "https://example.org"},
		"of one that it leads to":                         {&reportv1.Reference{Text: link("https://doi.org/1"), Work: &reportv1.Work{Url: "https://example.org"}}, ""},
		"of a file":                                       {&reportv1.Reference{Work: &reportv1.Work{FileName: "a.pdf"}}, ""},
		"that leads nowhere":                              {&reportv1.Reference{Work: &reportv1.Work{Url: "javascript:alert(1)"}}, ""},
	} {
		require.Equal(t, c.want, readable.Address(c.reference), name)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "not checked", readable.Verdict(analysisv1.Support(99)), "what is unknown is never supported")
	supported := &reportv1.Finding{Support: analysisv1.Support_SUPPORTED, Tally: "2 sources say so.", Reason: "One is old."}
	require.Equal(t, "nothing found", readable.Outcome(supported), "without a quote there is no verdict")
	require.Equal(t, "2 sources say so. One is old.", readable.About(supported))
	supported.Quotes = []*reportv1.Quote{{Support: analysisv1.Support_SUPPORTED}, {Support: analysisv1.Support_CONTRADICTED}, {Support: analysisv1.Support_SUPPORTED, Stance: "says so"}}
	require.Equal(t, "supported", readable.Outcome(supported))
	var notes []string
	for _, q := range supported.GetQuotes() {
		notes = append(notes, readable.Note(q))
	}
	require.Equal(t, []string{"", "contradicted", "says so"}, notes)
}
