package passage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/passage"
)

// prose returns a paragraph of n sentences of ten words each.
func prose(n int) string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprintf("Sentence number %d of this paragraph has ten words here.", i))
	}
	return strings.Join(s, " ")
}

// texts returns the passages' own texts.
func texts(doc extract.Document, passages []passage.Passage) []string {
	var out []string
	for _, p := range passages {
		out = append(out, doc.Text[p.Start:p.End])
	}
	return out
}

// withHeadings builds a document out of blocks; one that begins with "#" is a
// heading.
func withHeadings(blocks ...string) extract.Document {
	var doc extract.Document
	for _, block := range blocks {
		if doc.Text != "" {
			doc.Text += "\n\n"
		}
		words, heading := strings.CutPrefix(block, "#")
		start := len(doc.Text)
		doc.Text += words
		if heading {
			doc.Headings = append(doc.Headings, extract.Heading{Span: extract.Span{Start: start, End: len(doc.Text)}, Level: 1})
		}
	}
	return doc
}

func TestSplit_Sizes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		blocks []string
		want   []string
	}{
		"nothing gives nothing":                   {nil, nil},
		"a short text is one passage":             {[]string{prose(3)}, []string{prose(3)}},
		"short paragraphs are joined":             {[]string{prose(3), prose(4)}, []string{prose(3) + "\n\n" + prose(4)}},
		"a passage ends with its paragraph":       {[]string{prose(9), prose(9)}, []string{prose(9), prose(9)}},
		"a paragraph is not cut for a small gain": {[]string{prose(5), prose(12)}, []string{prose(5), prose(12)}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := withHeadings(tc.blocks...)
			require.Equal(t, tc.want, texts(doc, passage.Split(doc)))
		})
	}
}

func TestSplit_CutsALongParagraphBetweenSentences(t *testing.T) {
	t.Parallel()
	doc := withHeadings(prose(50))
	passages := passage.Split(doc)
	require.Len(t, passages, 4)
	for _, text := range texts(doc, passages) {
		require.True(t, strings.HasPrefix(text, "Sentence number"))
		require.True(t, strings.HasSuffix(text, "words here."))
	}
	checkPassages(t, doc, passages)
}

func TestSplit_CutsAnEndlessSentenceBetweenWords(t *testing.T) {
	t.Parallel()
	doc := withHeadings(strings.TrimSpace(strings.Repeat("word ", 500)))
	passages := passage.Split(doc)
	require.Len(t, passages, 4)
	for _, text := range texts(doc, passages) {
		require.True(t, strings.HasPrefix(text, "word ") && strings.HasSuffix(text, " word"))
	}
	checkPassages(t, doc, passages)
}

func TestSplit_CutsAnEndlessWordBetweenCharacters(t *testing.T) {
	t.Parallel()
	doc := withHeadings(strings.Repeat("é", 10_000))
	passages := passage.Split(doc)
	require.Greater(t, len(passages), 1)
	require.Equal(t, doc.Text, strings.Join(texts(doc, passages), ""))
	for _, text := range texts(doc, passages) {
		require.True(t, utf8.ValidString(text))
	}
}

func TestSplit_CutsChineseByItsFullStops(t *testing.T) {
	t.Parallel()
	doc := withHeadings(strings.Repeat("今天下雨所以我们没有出去。", 40))
	passages := passage.Split(doc)
	require.Greater(t, len(passages), 2)
	for _, text := range texts(doc, passages) {
		require.True(t, strings.HasSuffix(text, "。"))
	}
}

func TestSplit_HeadingsStayWithWhatFollows(t *testing.T) {
	t.Parallel()
	doc := withHeadings("#Guide", "#Setup", prose(10), "#Use", prose(10), "#Left over")
	passages := passage.Split(doc)
	got := texts(doc, passages)
	require.Len(t, got, 3)
	require.True(t, strings.HasPrefix(got[0], "Guide\n\nSetup\n\nSentence"))
	require.True(t, strings.HasPrefix(got[1], "Use\n\nSentence"))
	require.Equal(t, "Left over", got[2])
	require.Equal(t, []string{"Setup", "Use", "Left over"}, []string{passages[0].Heading, passages[1].Heading, passages[2].Heading})
}

func TestSplit_HeadingIsRememberedFurtherDown(t *testing.T) {
	t.Parallel()
	doc := withHeadings(prose(9), "#Setup", prose(9), prose(9))
	var headings []string
	for _, p := range passage.Split(doc) {
		headings = append(headings, p.Heading)
	}
	require.Equal(t, []string{"", "Setup", "Setup"}, headings)
}

func TestSplit_HeadingBeforeALongSentenceIsNotLeftBehind(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("word ", 150)) + "."
	doc := withHeadings(prose(2), "#Setup", long)
	got := texts(doc, passage.Split(doc))
	require.Equal(t, []string{prose(2), "Setup\n\n" + long}, got)
}

func TestSplit_PagesAreThoseOfTheFirstSentence(t *testing.T) {
	t.Parallel()
	doc := withHeadings(prose(9), prose(9), prose(9))
	n := len(prose(9))
	doc.Pages = []extract.Span{{Start: 0, End: n}, {Start: n, End: n}, {Start: n + 2, End: len(doc.Text)}}
	var pages []int
	for _, p := range passage.Split(doc) {
		pages = append(pages, p.Page)
	}
	require.Equal(t, []int{1, 3, 3}, pages, "page 2 is empty")

	doc.Pages = nil
	require.Zero(t, passage.Split(doc)[0].Page)
}

// checkPassages fails unless passages are in order, apart, within the limits,
// and leave out nothing but white space and list markers.
func checkPassages(t *testing.T, doc extract.Document, passages []passage.Passage) {
	t.Helper()
	at := 0
	for i, p := range passages {
		require.Equal(t, i, p.Ordinal)
		require.LessOrEqual(t, at, p.Start)
		require.Less(t, p.Start, p.End)
		require.Less(t, len(strings.TrimSpace(doc.Text[at:p.Start])), 24, "left out: %q", doc.Text[at:p.Start])
		require.LessOrEqual(t, len(lexical.Tokens(doc.Text[p.Start:p.End])), passage.MaxWords+60, "too long: %q", doc.Text[p.Start:p.End])
		at = p.End
	}
}

func TestSplit_RealDocuments(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(dir, "documents/docling/*/*.md"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the evaluation data is not here")
	}
	reader := extract.New(extract.Config{})
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		doc, err := reader.Extract(t.Context(), extract.Input{Name: name, Data: data})
		require.NoError(t, err)
		passages := passage.Split(doc)
		require.NotEmpty(t, passages)
		checkPassages(t, doc, passages)
	}
}
