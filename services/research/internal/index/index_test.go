package index_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
)

// one returns a document of one language whose passages are texts.
func one(id, lang string, texts ...string) index.Document {
	doc := index.Document{ID: id, Language: lang}
	for i, text := range texts {
		doc.Passages = append(doc.Passages, index.Passage{Ordinal: i, Text: text})
	}
	return doc
}

// filled returns an index of documents.
func filled(t testing.TB, docs ...index.Document) *index.Index {
	t.Helper()
	x := index.New()
	for _, doc := range docs {
		require.NoError(t, x.Add(doc))
	}
	return x
}

// found returns the documents and ordinals of hits, best first.
func found(hits []index.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%s/%d", h.DocID, h.Ordinal))
	}
	return out
}

func TestSearch_Ranking(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		docs  []index.Document
		query string
		want  []string
	}{
		"only passages with a word of the query": {
			[]index.Document{one("a", "en", "cats sleep", "dogs bark")}, "sleeping cat", []string{"a/0"},
		},
		"more words of the query win": {
			[]index.Document{one("a", "en", "cats sleep"), one("b", "en", "cats bark")}, "cats bark", []string{"b/0", "a/0"},
		},
		"rare words count more": {
			[]index.Document{one("a", "en", "common rare"), one("b", "en", "common word"), one("c", "en", "common thing")},
			"word common",
			[]string{"b/0", "a/0", "c/0"},
		},
		"the title counts for every passage": {
			[]index.Document{{ID: "a", Language: "en", Title: "Insulin", Passages: []index.Passage{{Text: "It lowers sugar."}}}, one("b", "en", "Something else.")},
			"insulin",
			[]string{"a/0"},
		},
		"a shorter passage says it more clearly": {
			[]index.Document{one("a", "en", "insulin and many other words besides, for pages"), one("b", "en", "insulin")},
			"insulin",
			[]string{"b/0", "a/0"},
		},
		"equal scores go by id and ordinal": {
			[]index.Document{one("b", "en", "cat", "cat"), one("a", "en", "cat", "cat")}, "cat", []string{"a/0", "a/1", "b/0", "b/1"},
		},
		"what stands next to it counts, too": {
			[]index.Document{one("a", "en", "cats sleep", "dogs bark"), one("b", "en", "cats sleep", "birds sing")},
			"cat bird",
			[]string{"b/1", "b/0", "a/0"},
		},
		"but a neighbour is no hit itself": {
			[]index.Document{one("a", "en", "birds sing", "cats sleep", "dogs bark")}, "cat", []string{"a/1"},
		},
		"nor is the next document a neighbour": {
			[]index.Document{one("a", "en", "cats"), one("b", "en", "dogs"), one("c", "en", "dogs")}, "dog cat", []string{"a/0", "b/0", "c/0"},
		},
		"stop words find nothing":  {[]index.Document{one("a", "en", "the cat")}, "the", nil},
		"an empty query too":       {[]index.Document{one("a", "en", "the cat")}, "", nil},
		"an empty index too":       {nil, "cat", nil},
		"each language by its own": {[]index.Document{one("de", "de", "Viele Häuser"), one("en", "en", "Many houses")}, "Haus", []string{"de/0"}},
		"an unknown language":      {[]index.Document{one("a", "", "Connections matter")}, "connected", []string{"a/0"}},
		"Chinese":                  {[]index.Document{one("a", "zh", "今天下雨", "明天晴天")}, "下雨", []string{"a/0"}},
		"accents may be left out":  {[]index.Document{one("a", "es", "La canción")}, "cancion", []string{"a/0"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, found(filled(t, tc.docs...).Search(tc.query, 10, nil)))
		})
	}
}

func TestSearch_GivesTheBestK(t *testing.T) {
	t.Parallel()
	x := index.New()
	for i := range 50 {
		require.NoError(t, x.Add(one(fmt.Sprintf("d%02d", i), "en", "cat"+strings.Repeat(" filler", i))))
	}
	require.Equal(t, []string{"d00/0", "d01/0", "d02/0"}, found(x.Search("cat", 3, nil)))
	require.Len(t, x.Search("cat", 500, nil), 50)
	require.Empty(t, x.Search("cat", 0, nil))
}

// TestSearch_LeavesOutNothingByBeingQuick compares searches for a few hits, which
// do not read all that is there, with those for all of them.
func TestSearch_LeavesOutNothingByBeingQuick(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(r, 1.1, 3, 2000)
	text := func(n int) string {
		var s strings.Builder
		for range n {
			fmt.Fprintf(&s, "w%d ", zipf.Uint64())
		}
		return s.String()
	}
	x := index.New()
	for d := range 600 {
		var texts []string
		for range r.IntN(8) {
			texts = append(texts, text(5+r.IntN(60)))
		}
		require.NoError(t, x.Add(one(fmt.Sprintf("d%03d", d), "en", texts...)))
	}
	for d := range 50 {
		x.Remove(fmt.Sprintf("d%03d", 7*d))
	}
	odd := func(id string) bool { return id[len(id)-1]%2 == 1 }
	for range 200 {
		query := text(2 + r.IntN(12))
		for _, keep := range []func(string) bool{nil, odd} {
			all := x.Search(query, 100_000, keep)
			require.Equal(t, all[:min(10, len(all))], x.Search(query, 10, keep), query)
		}
	}
}

func TestSearch_Filter(t *testing.T) {
	t.Parallel()
	x := filled(t, one("a", "en", "cat cat"), one("b", "en", "cat"), one("c", "en", "cat dog"))
	require.Equal(t, []string{"b/0"}, found(x.Search("cat", 1, func(id string) bool { return id == "b" })))
}

func TestAdd_ReplacesADocument(t *testing.T) {
	t.Parallel()
	x := filled(t, one("a", "en", "cat", "cat"))
	require.NoError(t, x.Add(one("a", "de", "Hund")), "in another language, too")
	require.Empty(t, x.Search("cat", 10, nil))
	require.Equal(t, []string{"a/0"}, found(x.Search("Hunde", 10, nil)))
	require.Equal(t, 1, x.Len())
}

func TestRemove(t *testing.T) {
	t.Parallel()
	x := filled(t, one("a", "en", "cat"), one("b", "en", "cat"), one("empty", "en"))
	require.True(t, x.Remove("a"))
	require.False(t, x.Remove("a"), "it is gone")
	require.Equal(t, []string{"b/0"}, found(x.Search("cat", 10, nil)))
	require.True(t, x.Remove("b"))
	require.True(t, x.Remove("empty"), "a document without passages is one as well")
	require.Zero(t, x.Len())
	require.Empty(t, x.Search("cat", 10, nil))
}

// TestHistoryDoesNotMatter compares an index with a long past with one that was
// filled at once: replicas must give the same answers.
func TestHistoryDoesNotMatter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("cat dog house tree river stone cloud road light bread water metal glass paper music")
	docs := map[string]index.Document{}
	x := index.New()
	for range 2000 {
		id := fmt.Sprintf("d%d", r.IntN(60))
		if r.IntN(3) == 0 {
			_, there := docs[id]
			require.Equal(t, there, x.Remove(id))
			delete(docs, id)
			continue
		}
		var texts []string
		for range r.IntN(4) {
			var text []string
			for range 1 + r.IntN(12) {
				text = append(text, words[r.IntN(len(words))])
			}
			texts = append(texts, strings.Join(text, " "))
		}
		docs[id] = one(id, []string{"en", "de"}[r.IntN(2)], texts...)
		require.NoError(t, x.Add(docs[id]))
	}
	fresh := index.New()
	for _, doc := range docs {
		require.NoError(t, fresh.Add(doc))
	}
	require.Equal(t, fresh.Len(), x.Len())
	for _, query := range []string{"cat", "dog house", "river stone cloud road", "bread bread"} {
		require.Equal(t, fresh.Search(query, 20, nil), x.Search(query, 20, nil))
	}
}

func TestIndex_ConcurrentUse(t *testing.T) {
	t.Parallel()
	x := index.New()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 50 {
				id := fmt.Sprintf("d%d-%d", worker, i)
				if err := x.Add(one(id, "en", "cat", "cat")); err != nil {
					t.Error(err)
				}
				mine := x.Search("cat", 2, func(other string) bool { return other == id })
				if len(mine) != 2 {
					t.Errorf("a document that was added must be found whole, got %v", mine)
				}
				if i%2 == 0 {
					x.Remove(id)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 8*25*2, x.Len())
}

func TestDiversify(t *testing.T) {
	t.Parallel()
	candidate := func(id string, score float64, text string) index.Candidate {
		return index.Candidate{Hit: index.Hit{DocID: id, Score: score}, Text: text, Language: "en"}
	}
	pool := []index.Candidate{
		candidate("a", 10, "insulin lowers blood sugar"),
		candidate("b", 9.9, "insulin lowered the blood sugar"),
		candidate("c", 8, "exercise improves sleep"),
		candidate("c", 7, "bread contains starch"),
	}
	ids := func(cs []index.Candidate) (out []string) {
		for _, c := range cs {
			out = append(out, c.DocID)
		}
		return out
	}
	tests := map[string]struct {
		k      int
		spread index.Spread
		want   []string
	}{
		"what says the same comes later":  {3, index.Spread{}, []string{"a", "c", "c"}},
		"relevance alone keeps the order": {3, index.Spread{Lambda: 1}, []string{"a", "b", "c"}},
		"a document gives only so many":   {4, index.Spread{PerDocument: 1}, []string{"a", "c", "b"}},
		"no more than there are":          {9, index.Spread{}, []string{"a", "c", "c", "b"}},
		"none when none is asked for":     {0, index.Spread{}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, ids(index.New().Diversify(pool, tc.k, tc.spread)))
		})
	}
	require.Empty(t, index.New().Diversify(nil, 3, index.Spread{}))
}
