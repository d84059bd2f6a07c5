package expected_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/researchtest/expected"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, want string }{
		"tags go":                        {"<p>Some <b>bold</b> text</p>", "Some bold text"},
		"cut tags go":                    {`>comment list 1`, "comment list 1"},
		"a tag that does not end goes":   {`our <a href="x`, "our"},
		"nothing but markup is nothing":  {`<meta name="a" content="b" />`, ""},
		"words for a picture stay":       {`<img src="a.png" alt="A bridge" />`, "A bridge"},
		"a picture without words":        {`<img src="a.png" />`, ""},
		"a value of an attribute stays":  {`href="https://a.example"`, "https://a.example"},
		"Markdown's heading":             {"## Of bridges", "Of bridges"},
		"the words of a link in it":      {"built [here](/x) then", "built here then"},
		"the words of a picture in it":   {"![A bridge](x.png)", "A bridge"},
		"a row of a table":               {"| a | b |", "a b"},
		"the rule below a header":        {"| --- | --- |", ""},
		"characters are unescaped":       {"1.2-&gt;1.1", "1.2->1.1"},
		"white space is one space":       {"a\t b\n", "a b"},
		"an invisible hyphen is dropped": {"op\u00adtional", "optional"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, expected.Plain(tc.raw))
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	list, err := expected.Read(strings.NewReader(`{"file": "a.docx", "contains": ["<p>one</p>", "one", "<hr/>", "two"], "not_contains": ["two"]}
{"filename": "b.csv", "must_include": ["| x | y |"], "must_not_include": ["z"]}
{"file": "a.docx", "contains": ["three"], "not_contains": []}
`))
	require.NoError(t, err)
	require.Equal(t, []expected.String{
		{File: "a.docx", Raw: "<p>one</p>", Text: "one"},
		{File: "b.csv", Raw: "| x | y |", Text: "x y"},
		{File: "a.docx", Raw: "three", Text: "three"},
	}, list, "each once, without what is markup only or forbidden as well")
	_, err = expected.Read(strings.NewReader("no JSON"))
	require.ErrorContains(t, err, "read expectations")
}

func TestString_Relevant(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file, raw string
		relevant  bool
		reason    string
	}{
		"words":                           {"a.docx", "words", true, ""},
		"the target of a link":            {"a.md", `href="https://a.example"`, true, ""},
		"a class is the other tool's":     {"a.docx", `class="embedded"`, false, "markup of the other tool"},
		"so are its errors":               {"a.zip", "TikaException: no", false, "a name or message of the other tool"},
		"a miss that is known":            {"testOCR.pdf", "Happy", true, "stands in a picture; there is no character recognition"},
		"the same word in another file":   {"a.pdf", "Happy", true, ""},
		"what the other tool makes of it": {"example.xml", "text/xml", false, "the type that the other tool prints"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := expected.String{File: tc.file, Raw: tc.raw, Text: expected.Plain(tc.raw)}
			require.Equal(t, tc.relevant, s.Relevant())
			require.Equal(t, tc.reason, s.Reason())
		})
	}
}

func TestString_In(t *testing.T) {
	t.Parallel()
	text := expected.Words("Heading\n\n| a | b |\n| --- | --- |\n| c |  d |\n")
	require.True(t, expected.String{Text: "Heading a b c d"}.In(text))
	require.False(t, expected.String{Text: "a c"}.In(text))
}
