package index

import (
	"cmp"
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// The parameters of BM25: how soon repeating a word stops to count, and how
// much long passages are held back. A passage is shorter and more even than the
// documents that BEIR's 0.9 and 0.4 were chosen for; measured on the collections
// of the tests, these do better on all of them.
const (
	k1 = 1.2
	b  = 0.5
	// whole is what a word in the passage itself counts, in units of what one in a
	// neighbouring passage does.
	whole = 4
)

// Search returns the k best passages for a query, best first; equal scores are
// ordered by document id and ordinal. keep says which documents to look at, nil
// means all; it must not call the index. A query without a word that occurs
// anywhere gives no hits.
func (x *Index) Search(query string, k int, keep func(docID string) bool) []Hit {
	if k <= 0 {
		return nil
	}
	tokens := lexical.Tokens(query)
	x.mu.RLock()
	defer x.mu.RUnlock()

	top := &worst{}
	average := x.averageSpan()
	for lang, terms := range x.weigh(tokens) {
		r := x.ranker(x.shards[lang], terms, average, keep)
		r.rank(top, k)
		x.scratch.Put(r.scratch)
	}
	hits := []Hit(*top)
	slices.SortFunc(hits, better)
	return hits
}

// term is a word of a query in one shard.
type term struct {
	text   string
	list   []posting
	weight float64
}

// weigh looks up the words of a query in every shard, by their stems in its
// language, and weighs them by how rare they are. The heaviest come first.
func (x *Index) weigh(tokens []lexical.Token) map[string][]term {
	total := 0
	for _, s := range x.shards {
		total += s.live
	}
	found := map[string][]term{}
	for _, token := range tokens {
		frequency := 0
		ids := map[string]uint32{}
		for lang, s := range x.shards {
			if lexical.IsStopWord(token.Text, lang) {
				// It occurs in every passage. Else a text that was taken for another
				// language would be found first, by the commonest words of its own.
				frequency += s.live
				continue
			}
			if id, known := s.terms[lexical.Stem(token.Text, lang)]; known {
				ids[lang] = id
				frequency += s.frequency(id)
			}
		}
		for lang, id := range ids {
			s := x.shards[lang]
			weight := rarity(s.frequency(id), s.live, float64(frequency)/float64(total))
			found[lang] = addTerm(found[lang], term{lexical.Stem(token.Text, lang), s.postings[id], weight})
		}
	}
	for _, terms := range found {
		// By weight for the ranker, by text so that sums come out alike everywhere.
		slices.SortFunc(terms, func(a, b term) int {
			return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text))
		})
	}
	return found
}

// elsewhere is how many passages of its own a language needs for them to say as
// much about how rare a word is as all the others do.
const elsewhere = 100

// rarity is the weight of a word that occurs in frequency of the live passages of a
// language, and in a share of all. It is BM25's: rare words are told from common
// ones by what is written in their language; where that is little, by the rest.
func rarity(frequency, live int, share float64) float64 {
	n := float64(live) + elsewhere
	f := float64(frequency) + elsewhere*share
	return math.Log(1 + (n-f+0.5)/(f+0.5))
}

// addTerm adds a term to those of a query; two words with one stem are one term
// that counts twice.
func addTerm(terms []term, t term) []term {
	for i := range terms {
		if terms[i].text == t.text {
			terms[i].weight += t.weight
			return terms
		}
	}
	return append(terms, t)
}

// averageSpan returns the average span of a passage.
func (x *Index) averageSpan() float64 {
	spans, live := int64(0), 0
	for _, s := range x.shards {
		spans += s.spans
		live += s.live
	}
	return float64(spans) / float64(max(live, 1))
}
