package library

import (
	"slices"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// documentBytes is about what a row of a document takes in memory.
const documentBytes = 700

// shelf is the index of one workspace as of one version of its library.
type shelf struct {
	index   *index.Index
	catchUp sync.Mutex // held while the index is brought up to date
	used    time.Time  // guarded by the library's lock

	mu        sync.RWMutex // guards what follows
	version   int64
	documents map[string]store.Document
}

// newShelf returns an empty shelf.
func newShelf() *shelf {
	return &shelf{index: index.New(), documents: map[string]store.Document{}}
}

// seen returns the version of the library that the shelf is at.
func (s *shelf) seen() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

// bytes returns about how much memory the shelf takes.
func (s *shelf) bytes() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.index.Bytes() + documentBytes*int64(len(s.documents))
}

// document returns a document that the shelf knows.
func (s *shelf) document(id string) (store.Document, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, known := s.documents[id]
	return d, known
}

// in returns the filter of the collections; nil, which keeps all, for none.
func (s *shelf) in(collections []string) func(string) bool {
	if len(collections) == 0 {
		return nil
	}
	return func(id string) bool {
		d, known := s.document(id)
		return known && slices.Contains(collections, d.Collection)
	}
}

// batch is a part of the changes of a library.
type batch struct {
	removed   []string
	documents []store.Document
	passages  map[string][]index.Passage // by document
	// version is what the shelf is at with this batch; 0 if further batches belong
	// to it.
	version int64
}

// put brings a batch into the shelf. A search that goes on meanwhile knows the
// document of each of its hits: a row comes before its passages and goes after
// them.
func (s *shelf) put(b batch) error {
	s.keep(b.documents)
	docs := make([]index.Document, len(b.documents))
	for i, d := range b.documents {
		docs[i] = index.Document{ID: d.ID, Title: d.Title, Language: d.Language, Passages: b.passages[d.ID]}
	}
	if err := s.index.Add(docs...); err != nil {
		return err
	}
	for _, id := range b.removed {
		s.index.Remove(id)
	}
	s.drop(b.removed)
	return nil
}

// keep adds the rows of documents.
func (s *shelf) keep(documents []store.Document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range documents {
		s.documents[d.ID] = d
	}
}

// drop removes the rows of documents.
func (s *shelf) drop(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		delete(s.documents, id)
	}
}

// moveTo notes that the shelf is at a version.
func (s *shelf) moveTo(version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = version
}
