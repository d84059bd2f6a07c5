package main

import "github.com/researcherpro/researcherpro/services/research/researchtest/measure"

// reference is the BM25 that a ranking is compared with.
func reference(texts []text) *measure.Reference {
	docs := make([]measure.Document, len(texts))
	for i, t := range texts {
		docs[i] = measure.Document{ID: t.ID, Title: t.Title, Text: t.Text}
	}
	return measure.NewReference(docs)
}
