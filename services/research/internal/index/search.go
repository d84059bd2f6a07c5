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
		r := x.ranker(x.shards[lang], terms, average)
		r.rank(top, k, keep)
		x.scores.Put(&r.scores)
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

// weigh looks up the words of a query in every shard and weighs them by how
// rare they are in the whole index, each word by the passages in which its
// stem in the passage's own language occurs. The heaviest come first.
func (x *Index) weigh(tokens []lexical.Token) map[string][]term {
	total := 0
	for _, s := range x.shards {
		total += s.live
	}
	found := map[string][]term{}
	for _, token := range tokens {
		frequency := 0
		stems := map[string]string{}
		for lang, s := range x.shards {
			if lexical.IsStopWord(token.Text, lang) {
				continue
			}
			stem := lexical.Stem(token.Text, lang)
			if id, known := s.terms[stem]; known {
				stems[lang] = stem
				frequency += s.frequency(id)
			}
		}
		weight := math.Log(1 + (float64(total-frequency)+0.5)/(float64(frequency)+0.5))
		for lang, stem := range stems {
			s := x.shards[lang]
			found[lang] = addTerm(found[lang], term{stem, s.postings[s.terms[stem]], weight})
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
