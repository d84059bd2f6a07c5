package index

import (
	"cmp"
	"container/heap"
	"math"
	"slices"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// The parameters of BM25: how soon repeating a word stops to count, and how
// much long passages are held back. They are the values that the baselines of
// BEIR use, and best for passages of even length.
const (
	k1 = 0.9
	b  = 0.4
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
	for lang, terms := range x.weigh(tokens) {
		s := x.shards[lang]
		s.rank(terms, x.averageLength(), k, keep, top)
	}
	hits := []Hit(*top)
	slices.SortFunc(hits, better)
	return hits
}

// term is a word of a query in one shard.
type term struct {
	id     uint32
	weight float64
}

// weigh looks up the words of a query in every shard and weighs them by how
// rare they are in the whole index, each word by the passages in which its
// stem in the passage's own language occurs.
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
				continue
			}
			if id, known := s.terms[lexical.Stem(token.Text, lang)]; known {
				ids[lang] = id
				frequency += s.frequency(id)
			}
		}
		weight := math.Log(1 + (float64(total-frequency)+0.5)/(float64(frequency)+0.5))
		for lang, id := range ids {
			found[lang] = addTerm(found[lang], term{id, weight})
		}
	}
	return found
}

// addTerm adds a term to those of a query; two words with one stem are one term
// that counts twice.
func addTerm(terms []term, t term) []term {
	for i := range terms {
		if terms[i].id == t.id {
			terms[i].weight += t.weight
			return terms
		}
	}
	return append(terms, t)
}

// averageLength returns the average number of terms in a passage.
func (x *Index) averageLength() float64 {
	words, live := int64(0), 0
	for _, s := range x.shards {
		words += s.words
		live += s.live
	}
	return float64(words) / float64(max(live, 1))
}

// rank scores the shard's passages and puts the best into top, which keeps k.
func (s *shard) rank(terms []term, average float64, k int, keep func(string) bool, top *worst) {
	scores := make([]float32, len(s.passages))
	for _, t := range terms {
		for _, p := range s.postings[t.id] {
			number := p.passage()
			frequency := float64(p.frequency())
			norm := k1 * (1 - b + b*float64(s.passages[number].length)/average)
			scores[number] += float32(t.weight * frequency * (k1 + 1) / (frequency + norm))
		}
	}
	kept := map[uint32]bool{}
	for number, score := range scores {
		e := s.passages[number]
		if score == 0 || e.dead {
			continue
		}
		hit := Hit{DocID: s.names[e.doc], Ordinal: int(e.ordinal), Score: float64(score)}
		if len(*top) == k && better(hit, (*top)[0]) >= 0 {
			continue
		}
		if keep != nil {
			ok, asked := kept[e.doc]
			if !asked {
				ok = keep(hit.DocID)
				kept[e.doc] = ok
			}
			if !ok {
				continue
			}
		}
		heap.Push(top, hit)
		if len(*top) > k {
			heap.Pop(top)
		}
	}
}

// better orders hits, the best first.
func better(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.DocID, b.DocID), cmp.Compare(a.Ordinal, b.Ordinal))
}

// worst is a heap of hits with the worst of them on top.
type worst []Hit

func (w worst) Len() int           { return len(w) }
func (w worst) Less(i, j int) bool { return better(w[i], w[j]) > 0 }
func (w worst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push and Pop implement heap.Interface.
func (w *worst) Push(x any) { *w = append(*w, x.(Hit)) }

// Pop removes the last element.
func (w *worst) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
