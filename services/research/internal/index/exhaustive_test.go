package index

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// exhaustive is search as it is defined: it scores every passage of the documents,
// without postings, windows or bounds.
type exhaustive map[string]Document

// counts returns how often each stem occurs in each passage of a document.
func counts(doc Document) []map[string]int {
	out := make([]map[string]int, len(doc.Passages))
	for i, p := range doc.Passages {
		out[i] = map[string]int{}
		for _, stem := range append(lexical.Stems(p.Text, doc.Language), lexical.Stems(doc.Title, doc.Language)...) {
			out[i][stem]++
		}
	}
	return out
}

// length is the number of words of a passage.
func length(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// around sums what is said of a passage and its neighbours, which count a quarter.
func around(passages []map[string]int, i int, of func(map[string]int) int) int {
	n := whole * of(passages[i])
	if i > 0 {
		n += of(passages[i-1])
	}
	if i < len(passages)-1 {
		n += of(passages[i+1])
	}
	return n
}

// Search is Index.Search.
func (docs exhaustive) Search(query string, k int, keep func(string) bool) []Hit {
	passages := map[string][]map[string]int{}
	total, spans := 0, 0
	live := map[string]int{} // passages by language
	for id, doc := range docs {
		passages[id] = counts(doc)
		total += len(doc.Passages)
		live[doc.Language] += len(doc.Passages)
		for i := range doc.Passages {
			spans += around(passages[id], i, length)
		}
	}
	model := formula{base: whole * k1 * (1 - b), slope: float32(whole * k1 * b / (float64(spans) / float64(max(total, 1))))}
	terms := docs.weigh(query, passages, live, total)
	hits := []Hit{}
	for id, doc := range docs {
		if keep != nil && !keep(id) {
			continue
		}
		for i, p := range doc.Passages {
			score, holds := float32(0), false
			span := extent(around(passages[id], i, length)) << spanBits
			for _, t := range terms[doc.Language] {
				f := around(passages[id], i, func(c map[string]int) int { return c[t.text] })
				holds = holds || passages[id][i][t.text] > 0
				if f > 0 {
					score += model.part(float32(t.weight*(k1+1)), uint32(f), span)
				}
			}
			if holds {
				hits = append(hits, Hit{id, p.Ordinal, float64(score)})
			}
		}
	}
	slices.SortFunc(hits, better)
	return hits[:min(k, len(hits))]
}

// weigh returns the terms of a query in each language, the heaviest first.
func (docs exhaustive) weigh(query string, passages map[string][]map[string]int, live map[string]int, total int) map[string][]term {
	terms := map[string][]term{}
	for _, token := range lexical.Tokens(query) {
		occurs, all := map[string]int{}, 0
		for lang, n := range live {
			if lexical.IsStopWord(token.Text, lang) {
				all += n
				continue
			}
			for id, doc := range docs {
				for i := range doc.Passages {
					if doc.Language == lang && passages[id][i][lexical.Stem(token.Text, lang)] > 0 {
						occurs[lang]++
						all++
					}
				}
			}
		}
		for lang, n := range occurs {
			weight := rarity(n, live[lang], float64(all)/float64(total))
			terms[lang] = addTerm(terms[lang], term{text: lexical.Stem(token.Text, lang), weight: weight})
		}
	}
	for _, list := range terms {
		slices.SortFunc(list, func(a, b term) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text)) })
	}
	return terms
}

// words are what texts and queries are made of: few, so that there are ties and
// passages that hold them all; some are stop words of one of the languages.
var words = strings.Fields("cat dog house tree river stone cloud road die war also tag gift see and und")

// text draws up to n words; the first ones are commoner.
func text(t *rapid.T, n int) string {
	var out []string
	for range rapid.IntRange(0, n).Draw(t, "words") {
		out = append(out, words[min(rapid.IntRange(0, len(words)-1).Draw(t, "word"), rapid.IntRange(0, len(words)-1).Draw(t, "or"))])
	}
	return strings.Join(out, " ")
}

// document draws a document.
func document(t *rapid.T) Document {
	doc := Document{
		ID:       fmt.Sprintf("d%02d", rapid.IntRange(0, 29).Draw(t, "id")),
		Language: rapid.SampledFrom([]string{"en", "en", "de"}).Draw(t, "language"),
		Title:    text(t, 2),
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "passages") {
		doc.Passages = append(doc.Passages, Passage{Ordinal: 3 * i, Text: text(t, 12)})
	}
	return doc
}

// TestSearch_IsExhaustive compares searches, after documents came, changed and went,
// with scoring every passage: the same hits, the same scores, the same order.
func TestSearch_IsExhaustive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, docs := New(), exhaustive{}
		x.window = rapid.SampledFrom([]uint32{1, 3, 10, windowSize}).Draw(t, "window")
		for range rapid.IntRange(0, 60).Draw(t, "changes") {
			doc := document(t)
			if rapid.IntRange(0, 3).Draw(t, "removed") == 0 {
				_, there := docs[doc.ID]
				require.Equal(t, there, x.Remove(doc.ID))
				delete(docs, doc.ID)
				continue
			}
			require.NoError(t, x.Add(doc))
			docs[doc.ID] = doc
		}
		for range 5 {
			query, k := text(t, 10), rapid.IntRange(1, 12).Draw(t, "k")
			require.Equal(t, docs.Search(query, k, nil), x.Search(query, k, nil), query)
			even := func(id string) bool { return (id[2]-'0')%2 == 0 }
			require.Equal(t, docs.Search(query, k, even), x.Search(query, k, even), query)
		}
	})
}

// TestSearch_WhileTheIndexChanges asks for documents that stay while others come and
// go: each is found whole, before and after its shard is compacted.
func TestSearch_WhileTheIndexChanges(t *testing.T) {
	t.Parallel()
	x := New()
	x.window = 8
	passages := []Passage{{Ordinal: 0, Text: "otters sleep"}, {Ordinal: 1, Text: "otters swim"}}
	for i := range 20 {
		require.NoError(t, x.Add(Document{ID: fmt.Sprintf("stays%d", i), Language: "en", Passages: passages}))
	}
	var changes sync.WaitGroup
	for w := range 3 {
		changes.Go(func() {
			for i := range 200 {
				id := fmt.Sprintf("goes%d-%d", w, i)
				if err := x.Add(Document{ID: id, Language: "en", Passages: passages}); err != nil {
					t.Errorf("add: %v", err)
				}
				if i >= 5 {
					x.Remove(fmt.Sprintf("goes%d-%d", w, i-5))
				}
			}
		})
	}
	for range 300 {
		staying := x.Search("otters", 1000, func(id string) bool { return strings.HasPrefix(id, "stays") })
		require.Len(t, staying, 40)
	}
	changes.Wait()
	require.Equal(t, 40+3*5*2, x.Len())
	require.Less(t, x.shards["en"].size(), 200, "what was removed is given back")
}
