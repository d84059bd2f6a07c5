// Package index finds the passages that best match a query, in memory.
//
// It ranks by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond", 2009) over the words of a passage together with
// the title of its document. A word in the passage before or after counts a
// quarter: a passage is cut out of a text, and what it is about is often said
// just before it. So documents that are ranked by their best passage come out as
// well as if each had been ranked as a whole, and long documents are not taken
// for one subject.
//
// The index holds no text, only postings, so that it takes a few hundred bytes
// for each passage and can be built again from the stored passages at any time.
// What it answers depends on the documents that it holds and on nothing else: not
// on the order in which they came, nor on what was there before.
package index

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

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
	// changing is held by whoever changes the index, from the first look to the last
	// change. What takes long is prepared under it alone, so that searches go on.
	changing sync.Mutex
	window   uint32            // of the shards
	mu       sync.RWMutex      // guards what follows
	shards   map[string]*shard // by language
	docs     map[string]string // document id → language

	bytes atomic.Int64 // about what the shards take in memory

	stemmers sync.Map // language → *sync.Pool of *lexical.Stemmer
	scratch  sync.Pool
}

// New returns an empty index.
func New() *Index {
	x := &Index{window: windowSize, shards: map[string]*shard{}, docs: map[string]string{}}
	x.scratch.New = func() any { return new(scratch) }
	return x
}

// defaultLanguage is what a document of unknown language is taken for. The
// English stemmer does little harm to other languages in Latin letters, none
// to other scripts.
const defaultLanguage = "en"

// analysed is a document whose passages are taken apart into terms.
type analysed struct {
	doc   Document
	lang  string
	terms [][]string
}

// Add puts documents into the index, each in place of one with the same id. When
// it returns, every later search sees them. The only error is ErrFull: documents
// before the one that did not fit are in the index, the others are not.
func (x *Index) Add(docs ...Document) error {
	// The costly part needs no lock.
	ready := make([]analysed, len(docs))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, doc := range docs {
		group.Go(func() error {
			ready[i] = x.analyse(doc)
			return nil
		})
	}
	_ = group.Wait() // none of them fails

	x.changing.Lock()
	defer x.changing.Unlock()
	defer x.measure()
	for _, a := range ready {
		if err := x.add(a); err != nil {
			return err
		}
	}
	return nil
}

// analyse takes a document apart.
func (x *Index) analyse(doc Document) analysed {
	texts := make([]string, 0, len(doc.Passages)+1)
	for _, p := range doc.Passages {
		texts = append(texts, p.Text)
	}
	lang := cmp.Or(doc.Language, defaultLanguage)
	terms := x.stems(lang, append(texts, doc.Title)...)
	last := len(terms) - 1
	for i := range last {
		terms[i] = append(terms[i], terms[last]...)
	}
	return analysed{doc: doc, lang: lang, terms: terms[:last]}
}

// stems returns the stems of each text. The stemmers of a language remember the words
// that they met, so they are kept.
func (x *Index) stems(lang string, texts ...string) [][]string {
	pool, _ := x.stemmers.LoadOrStore(lang, &sync.Pool{New: func() any { return lexical.NewStemmer(lang) }})
	stemmer := pool.(*sync.Pool).Get().(*lexical.Stemmer)
	defer pool.(*sync.Pool).Put(stemmer)
	out := make([][]string, len(texts))
	for i, text := range texts {
		out[i] = stemmer.Stems(text)
	}
	return out
}

// add is Add for one document, by whoever holds changing.
func (x *Index) add(a analysed) error {
	s := x.shards[a.lang]
	if s == nil {
		s = newShard(x.window)
	}
	if s.size()+len(a.terms) > maxPassages {
		s = s.compacted()
		if s.size()+len(a.terms) > maxPassages {
			return fmt.Errorf("add document %s: %w", a.doc.ID, ErrFull)
		}
	}
	d := s.draft(a.doc, a.terms)
	before, replaced := x.docs[a.doc.ID]

	x.mu.Lock()
	x.shards[a.lang] = s
	if replaced {
		x.shards[before].remove(a.doc.ID)
	}
	s.add(d)
	x.docs[a.doc.ID] = a.lang
	x.mu.Unlock()

	if replaced {
		x.tidy(before)
	}
	return nil
}

// Remove takes a document out of the index and reports whether it was there.
func (x *Index) Remove(docID string) bool {
	x.changing.Lock()
	defer x.changing.Unlock()
	defer x.measure()
	lang, found := x.docs[docID]
	if !found {
		return false
	}
	x.mu.Lock()
	delete(x.docs, docID)
	x.shards[lang].remove(docID)
	x.mu.Unlock()
	x.tidy(lang)
	return true
}

// tidy gives back the memory of what was removed, if that is worth it, by whoever
// holds changing.
func (x *Index) tidy(lang string) {
	s := x.shards[lang]
	empty := len(s.docs) == 0
	switch {
	case empty:
		s = nil
	case s.sparse():
		s = s.compacted()
	default:
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if empty {
		delete(x.shards, lang)
	} else {
		x.shards[lang] = s
	}
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

// Bytes returns about how much memory the index takes. It waits for nobody.
func (x *Index) Bytes() int64 { return x.bytes.Load() }

// measure brings Bytes up to date, by whoever holds changing.
func (x *Index) measure() {
	n := int64(0)
	for _, s := range x.shards {
		n += s.bytes
	}
	x.bytes.Store(n)
}
