// Package index finds the passages that best match a query, in memory.
//
// It ranks by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond", 2009) over the words of a passage together with
// the title of its document. It holds no text, only postings, so that an index
// of some hundred thousand passages takes a few hundred bytes for each and can
// be built again from the stored passages at any time.
package index

import (
	"errors"
	"fmt"
	"sync"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// ErrFull is returned when a language has more passages than an index can hold.
var ErrFull = errors.New("the index is full")

// Document is a document to search.
type Document struct {
	ID       string
	Title    string
	Language string // ISO 639-1; "" is taken for English
	Passages []Passage
}

// Passage is a piece of a document.
type Passage struct {
	Ordinal int
	Text    string
}

// Hit is a passage that matches a query.
type Hit struct {
	DocID   string
	Ordinal int
	Score   float64 // higher is better; comparable within one search only
}

// Index is a set of documents that can be searched. It is safe for concurrent
// use; a search sees a document whole or not at all.
//
// Documents of different languages are kept apart inside, since each has its
// own stems and stop words, but are searched and ranked together.
type Index struct {
	mu     sync.RWMutex
	shards map[string]*shard // by language
	docs   map[string]string // document id → language
}

// New returns an empty index.
func New() *Index {
	return &Index{shards: map[string]*shard{}, docs: map[string]string{}}
}

// defaultLanguage is what a document of unknown language is taken for. The
// English stemmer does little harm to other languages in Latin letters, none
// to other scripts.
const defaultLanguage = "en"

// Add puts a document into the index, in place of one with the same id. When it
// returns, every later search sees it. The only error is ErrFull, and then the
// index is as it was.
func (x *Index) Add(doc Document) error {
	lang := doc.Language
	if lang == "" {
		lang = defaultLanguage
	}
	// The costly part needs no lock.
	title := lexical.Stems(doc.Title, lang)
	terms := make([][]string, len(doc.Passages))
	for i, p := range doc.Passages {
		terms[i] = append(lexical.Stems(p.Text, lang), title...)
	}

	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.shards[lang]; s != nil && s.size()+len(terms) > maxPassages {
		s.compact()
		if s.size()+len(terms) > maxPassages {
			return fmt.Errorf("add document %s: %w", doc.ID, ErrFull)
		}
	}
	x.remove(doc.ID)
	if x.shards[lang] == nil {
		x.shards[lang] = newShard()
	}
	x.shards[lang].add(doc, terms)
	x.docs[doc.ID] = lang
	return nil
}

// Remove takes a document out of the index and reports whether it was there.
func (x *Index) Remove(docID string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.remove(docID)
}

// remove is Remove under the lock.
func (x *Index) remove(docID string) bool {
	lang, found := x.docs[docID]
	if !found {
		return false
	}
	delete(x.docs, docID)
	s := x.shards[lang]
	s.remove(docID)
	if len(s.docs) == 0 {
		delete(x.shards, lang)
	}
	return true
}

// Len returns the number of passages that can be found.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, s := range x.shards {
		n += s.live
	}
	return n
}
