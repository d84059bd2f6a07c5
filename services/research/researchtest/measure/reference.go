package measure

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/porter"
)

// Reference is the BM25 that published baselines use: k1 0.9, b 0.4, Porter's
// stemmer, title and text in one field, a document scored as a whole, and Lucene's
// list of English stop words. It is what the index is measured against.
type Reference struct {
	ids      []string
	lengths  []float64
	average  float64
	postings map[string]map[int]float64 // term → document → frequency
}

var (
	referenceWord  = regexp.MustCompile(`[\p{L}\p{N}]+(?:['’.][\p{L}\p{N}]+)*`)
	referenceStops = strings.Fields(`a an and are as at be but by for if in into is it no not of on or such that the their
		then there these they this to was will with`)
)

// referenceTerms returns the terms of a text.
func referenceTerms(text string) []string {
	env := snowballstem.NewEnv("")
	var terms []string
	for _, word := range referenceWord.FindAllString(strings.ToLower(text), -1) {
		word = strings.TrimSuffix(strings.TrimSuffix(word, "'s"), "’s")
		if !slices.Contains(referenceStops, word) {
			env.SetCurrent(word)
			porter.Stem(env)
			terms = append(terms, env.Current())
		}
	}
	return terms
}

// Document is what a Reference ranks.
type Document struct {
	ID, Title, Text string
}

// NewReference indexes a collection.
func NewReference(docs []Document) *Reference {
	r := &Reference{postings: map[string]map[int]float64{}}
	for number, doc := range docs {
		terms := referenceTerms(doc.Title + " " + doc.Text)
		r.ids = append(r.ids, doc.ID)
		r.lengths = append(r.lengths, float64(len(terms)))
		r.average += float64(len(terms)) / float64(len(docs))
		for _, term := range terms {
			if r.postings[term] == nil {
				r.postings[term] = map[int]float64{}
			}
			r.postings[term][number]++
		}
	}
	return r
}

// Search returns the ten best documents.
func (r *Reference) Search(query string) []string {
	const k1, b = 0.9, 0.4
	scores := make([]float64, len(r.ids))
	for _, term := range referenceTerms(query) {
		n := float64(len(r.postings[term]))
		idf := math.Log(1 + (float64(len(r.ids))-n+0.5)/(n+0.5))
		for doc, f := range r.postings[term] {
			scores[doc] += idf * f / (f + k1*(1-b+b*r.lengths[doc]/r.average))
		}
	}
	order := make([]int, 0, len(scores))
	for doc, score := range scores {
		if score > 0 {
			order = append(order, doc)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(r.ids[a], r.ids[b]))
	})
	var ids []string
	for _, doc := range order[:min(10, len(order))] {
		ids = append(ids, r.ids[doc])
	}
	return ids
}
