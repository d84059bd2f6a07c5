// Package library searches a workspace's documents. The index lives in memory
// and follows the database: before each search a replica reads the changes that
// it has not seen, so that a document is found by every replica from the moment
// its state is READY, and an index that is lost is built again.
package library

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// Library searches the documents of all workspaces, each by itself.
type Library struct {
	store *store.Store

	mu         sync.Mutex
	workspaces map[string]*shelf
}

// shelf is the index of one workspace as of one version of its library.
type shelf struct {
	mu        sync.Mutex // held while the index is brought up to date
	index     *index.Index
	version   int64
	documents map[string]store.Document
}

// New returns a library over the documents of a store. It reads nothing yet.
func New(s *store.Store) *Library {
	return &Library{store: s, workspaces: map[string]*shelf{}}
}

// Forget drops the index of a workspace.
func (l *Library) Forget(workspaceID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.workspaces, workspaceID)
}

// Query is what is looked for.
type Query struct {
	// Text is the query in the user's words.
	Text string
	// Collections to look in; empty means all.
	Collections []string
	// Limit is how many passages are wanted.
	Limit int
}

// Hit is a passage that fits, with its document.
type Hit struct {
	Document store.Document
	Passage  store.Passage
	Score    float64
}

// Search returns the passages that fit best, the best first.
func (l *Library) Search(ctx context.Context, workspaceID string, q Query) ([]Hit, error) {
	view, err := l.current(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	return l.load(ctx, workspaceID, view, view.index.Search(q.Text, q.Limit, view.in(q.Collections)))
}

// view is what a search needs of a shelf. The documents are a copy of their own,
// so that the search reads them while the shelf moves on.
type view struct {
	index     *index.Index
	documents map[string]store.Document
}

// in returns the filter of the collections; nil, which keeps all, for none.
func (v view) in(collections []string) func(string) bool {
	if len(collections) == 0 {
		return nil
	}
	return func(id string) bool { return slices.Contains(collections, v.documents[id].Collection) }
}

// current brings the workspace's index up to date and returns it.
func (l *Library) current(ctx context.Context, workspaceID string) (view, error) {
	l.mu.Lock()
	s, ok := l.workspaces[workspaceID]
	if !ok {
		s = &shelf{index: index.New(), documents: map[string]store.Document{}}
		l.workspaces[workspaceID] = s
	}
	l.mu.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	changes, err := l.store.ChangesSince(ctx, workspaceID, s.version)
	if err != nil {
		return view{}, fmt.Errorf("read changes of the library: %w", err)
	}
	if len(changes) > 0 {
		if err := l.apply(ctx, workspaceID, s, changes); err != nil {
			return view{}, err
		}
	}
	return view{index: s.index, documents: s.documents}, nil
}

// applyBatch is how many documents are read at a time, so that building a large
// index needs little more memory than the index.
const applyBatch = 50

// apply brings the changes into the shelf. Versions are applied in order, so a
// failure in between leaves it at the version before.
func (l *Library) apply(ctx context.Context, workspaceID string, s *shelf, changes []store.Change) error {
	documents := make(map[string]store.Document, len(s.documents)+len(changes))
	for id, d := range s.documents {
		documents[id] = d
	}
	for batch := range slices.Chunk(changes, applyBatch) {
		if err := l.applyBatch(ctx, workspaceID, s.index, documents, batch); err != nil {
			return err
		}
		s.documents, s.version = documents, batch[len(batch)-1].Version
	}
	return nil
}

func (l *Library) applyBatch(ctx context.Context, workspaceID string, x *index.Index, documents map[string]store.Document, changes []store.Change) error {
	var added []string
	for _, c := range changes {
		if c.Removed {
			x.Remove(c.DocumentID)
			delete(documents, c.DocumentID)
			continue
		}
		added = append(added, c.DocumentID)
	}
	rows, err := l.store.DocumentsByID(ctx, workspaceID, added)
	if err != nil {
		return fmt.Errorf("read documents of the library: %w", err)
	}
	passages, err := l.store.PassagesOf(ctx, workspaceID, added)
	if err != nil {
		return fmt.Errorf("read passages of the library: %w", err)
	}
	byDocument := map[string][]index.Passage{}
	for _, p := range passages {
		byDocument[p.DocumentID] = append(byDocument[p.DocumentID], index.Passage{Ordinal: int(p.Ordinal), Text: p.Text})
	}
	for _, d := range rows {
		err := x.Add(index.Document{ID: d.ID, Title: d.Title, Language: d.Language, Passages: byDocument[d.ID]})
		if err != nil {
			return err
		}
		documents[d.ID] = d
	}
	return nil
}

// load reads the passages of the hits. A document that was deleted since the
// search is left out, and so is one that another search added to the index since
// the view was taken.
func (l *Library) load(ctx context.Context, workspaceID string, v view, found []index.Hit) ([]Hit, error) {
	keys := make([]store.PassageKey, len(found))
	for i, f := range found {
		keys[i] = store.PassageKey{DocumentID: f.DocID, Ordinal: int32(f.Ordinal)}
	}
	rows, err := l.store.Passages(ctx, workspaceID, keys)
	if err != nil {
		return nil, fmt.Errorf("read passages: %w", err)
	}
	byKey := make(map[store.PassageKey]store.Passage, len(rows))
	for _, p := range rows {
		byKey[store.PassageKey{DocumentID: p.DocumentID, Ordinal: p.Ordinal}] = p
	}
	hits := make([]Hit, 0, len(found))
	for i, f := range found {
		p, stored := byKey[keys[i]]
		d, known := v.documents[f.DocID]
		if stored && known {
			hits = append(hits, Hit{Document: d, Passage: p, Score: f.Score})
		}
	}
	return hits, nil
}
