package extract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

func TestExtract_RTF(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"paragraphs":              {`one\par two\par`, "one\n\ntwo"},
		"line ends are no text":   {"o\nn\r\ne", "one"},
		"signs":                   {`\lquote a\rquote  \ldblquote b\rdblquote  c\emdash d\endash e\~f\_g\{\}\\`, "‘a’ “b” c—d–e f‑g{}\\"},
		"the code page":           {`\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2`, "Привет"},
		"the font's code page":    {`{\fonttbl{\f1\fcharset128 Mincho;}}\f1 \'93\'fa\'96\'7b`, "日本"},
		"Unicode":                 {`\uc1\u252?\uc2\u8364??x\uc0\u233`, "ü€xé"},
		"surrogate pairs":         {`\uc0\u-10240\u-9216 .`, "𐀀."},
		"halves of pairs":         {`\uc0 a\u-10240 b\u-9216 c`, "a\ufffdb\ufffdc"},
		"hidden text":             {`a{\v secret}b\v c\v0 d`, "abd"},
		"deleted text":            {`a{\deleted gone}b`, "ab"},
		"field codes":             {`{\field{\*\fldinst HYPERLINK "http://x.example"}{\fldrslt a link}}`, "a link"},
		"unknown destinations":    {`a{\*\foo bar}b{\foo baz}`, "abbaz"},
		"stray stars":             {`{\b\*\foo bar}`, "bar"},
		"pictures":                {`a{\pict\wmetafile8 0102030405}b`, "ab"},
		"bytes":                   {"a{\\pict\\bin5 }}}{{}b", "ab"},
		"lists as they are shown": {`\pard{\listtext 1.\tab}one\par{\listtext 2.\tab}two\par\pard{\pntext\'b7\tab}three\par`, "1. one\n2. two\n- three"},
		"tables":                  {`\trowd\intbl a\cell b\cell\row\trowd\intbl c\cell d\cell\row\pard after\par`, "| a | b |\n| --- | --- |\n| c | d |\n\nafter"},
		"tables in tables":        {`\trowd\intbl\itap2 x\nestcell y\nestcell{\*\nesttableprops\nestrow}\itap1 z\cell w\cell\row`, "| x y z | w |"},
		"notes follow":            {`said{\footnote The note.} here\par next\par`, "said here\n\nThe note.\n\nnext"},
		"comments follow":         {`said{\*\atnid AO}{\*\atnauthor Ann}{\*\annotation Really?}\par`, "said\n\nComment by Ann: Really?"},
		"headers come last":       {`{\header Of bridges\par}{\footer 7}body\par`, "body\n\nOf bridges"},
		"what follows the end":    {`one}} two`, "one"},
		"an open end":             {`one {\b two`, "one two"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := read(t, "a.rtf", []byte(`{\rtf1\ansi `+tc.body+`}`))
			require.NoError(t, err)
			require.Equal(t, tc.want, doc.Text)
			require.Equal(t, "application/rtf", doc.MediaType)
			checkDocument(t, doc)
		})
	}
}

func TestExtract_RTFHeadingsAndProperties(t *testing.T) {
	t.Parallel()
	doc, err := read(t, "a.rtf", []byte(`{\rtf1{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s7\outlinelevel2 Own;}}{\info{\title Of bridges}{\author Ann Ox}{\creatim\yr2021\mo5\dy7\hr1}{\subject doi:10.1234/x}}
\pard\s1 First\par\pard\s0 text\par\pard\s7 Deep\par\pard\outlinelevel1 Second\par}`))
	require.NoError(t, err)
	require.Equal(t, []any{"Of bridges", []string{"Ann Ox"}, "2021-05-07", map[string]string{"doi": "10.1234/x"}}, []any{doc.Title, doc.Authors, doc.Published, doc.Identifiers})
	var got []string
	for _, h := range doc.Headings {
		got = append(got, strings.Repeat("#", h.Level)+doc.Text[h.Start:h.End])
	}
	require.Equal(t, []string{"#First", "###Deep", "##Second"}, got)
}

func TestExtract_RTFDepthIsBounded(t *testing.T) {
	t.Parallel()
	_, err := read(t, "a.rtf", []byte(`{\rtf1 `+strings.Repeat("{", 1<<20)))
	requireReason(t, err, extract.Broken)
}

func FuzzRTF(f *testing.F) {
	for _, seed := range []string{`\trowd\intbl a\cell\row`, `{\footnote{\header x}}\par`, `\uc0\u-10240`, `{\fonttbl{\f1\fcharset128;}}\f1\'93`, `}{\*\annotation x`, `\bin-1 x\'zz\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) { fuzzed(t, "a.rtf", []byte(`{\rtf1 `+body)) })
}
