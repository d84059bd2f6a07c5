// Package library searches a workspace's documents. The index lives in memory
// and follows the database: before each search a replica reads the changes that
// it has not seen, so that a document is found by every replica from the moment
// its state is READY, and an index that is lost is built again.
//
// When nothing changed that is one query that finds no row. Workspaces that
// nobody searched for a while, and the least recently searched ones when memory
// is short, are dropped; their next search builds their index again.
package library

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// defaultMemory is what the indexes of all workspaces may take, in bytes: some
	// four million passages.
	defaultMemory = 2 << 30
	// defaultIdle is how long the index of a workspace is kept after its last
	// search.
	defaultIdle = 2 * time.Hour
	// tidyings is how many times in that time searches look for what is idle.
	tidyings = 10
)

// Library searches the documents of all workspaces, each by itself.
type Library struct {
	store  *store.Store
	memory int64
	idle   time.Duration
	now    func() time.Time

	mu      sync.Mutex
	shelves map[string]*shelf // by workspace
	tidied  time.Time         // when shelves were last looked through
}

// Option changes how a library works.
type Option func(*Library)

// WithMemory bounds about how many bytes the indexes of all workspaces take. The
// index of a workspace that is being searched is kept even if it alone takes more.
func WithMemory(bytes int64) Option { return func(l *Library) { l.memory = bytes } }

// WithIdle sets how long the index of a workspace is kept after its last search.
func WithIdle(d time.Duration) Option { return func(l *Library) { l.idle = d } }

// New returns a library over the documents of a store. It reads nothing yet.
func New(s *store.Store, options ...Option) *Library {
	l := &Library{store: s, memory: defaultMemory, idle: defaultIdle, now: time.Now, shelves: map[string]*shelf{}}
	for _, option := range options {
		option(l)
	}
	return l
}

// Forget drops the index of a workspace.
func (l *Library) Forget(workspaceID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.shelves, workspaceID)
}

// Bytes returns about how much memory the indexes of all workspaces take.
func (l *Library) Bytes() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes()
}

// bytes is Bytes under the lock.
func (l *Library) bytes() int64 {
	n := int64(0)
	for _, s := range l.shelves {
		n += s.bytes()
	}
	return n
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
	s, err := l.current(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	return l.load(ctx, workspaceID, s, s.index.Search(q.Text, q.Limit, s.in(q.Collections)))
}

// current brings the workspace's shelf up to date and returns it.
func (l *Library) current(ctx context.Context, workspaceID string) (*shelf, error) {
	s := l.shelf(workspaceID)
	changes, err := l.store.ChangesSince(ctx, workspaceID, s.seen())
	if err != nil {
		return nil, fmt.Errorf("read changes of the library: %w", err)
	}
	if len(changes) == 0 {
		return s, nil // without waiting for anybody
	}
	s.catchUp.Lock()
	defer s.catchUp.Unlock()
	// Whoever held the lock may have applied them meanwhile. What came after them is
	// not waited for: under a steady ingest searches would queue up for one another.
	seen := s.seen()
	if seen >= changes[len(changes)-1].Version {
		return s, nil
	}
	if seen >= changes[0].Version {
		if changes, err = l.store.ChangesSince(ctx, workspaceID, seen); err != nil {
			return nil, fmt.Errorf("read changes of the library: %w", err)
		}
	}
	if err := l.apply(ctx, workspaceID, s, changes); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.evict(s) // it may have grown
	return s, nil
}

// shelf returns the shelf of a workspace, which is empty at first, and marks it as
// used.
func (l *Library) shelf(workspaceID string) *shelf {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.shelves[workspaceID]
	if !ok {
		s = newShelf()
		l.shelves[workspaceID] = s
	}
	s.used = l.now()
	if s.used.Sub(l.tidied) >= l.idle/tidyings {
		l.evict(s)
	}
	return s
}

// evict drops the shelves that were not used for long, and the least recently used
// ones until the memory is enough; never keep. Searches that go on with a dropped
// shelf end as if it were there. Its caller holds the lock.
func (l *Library) evict(keep *shelf) {
	total := l.bytes()
	now := l.now()
	l.tidied = now
	for {
		oldest := ""
		for id, s := range l.shelves {
			if s != keep && (oldest == "" || s.used.Before(l.shelves[oldest].used)) {
				oldest = id
			}
		}
		if oldest == "" || total <= l.memory && now.Sub(l.shelves[oldest].used) < l.idle {
			return
		}
		total -= l.shelves[oldest].bytes()
		delete(l.shelves, oldest)
	}
}

// load reads the passages of the hits. A document that was deleted since the
// search is left out.
func (l *Library) load(ctx context.Context, workspaceID string, s *shelf, found []index.Hit) ([]Hit, error) {
	if len(found) == 0 {
		return nil, nil
	}
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
		d, known := s.document(f.DocID)
		if stored && known {
			hits = append(hits, Hit{Document: d, Passage: p, Score: f.Score})
		}
	}
	return hits, nil
}
