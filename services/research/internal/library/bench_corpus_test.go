package library

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/researcherpro/researcherpro/services/research/internal/index/indextest"
)

// corpus is an endless supply of documents, the same ones in every run, and queries
// that fit them.
type corpus struct {
	source string
	texts  []indextest.Text
	asked  []string
	random *rand.Rand
	next   int
}

// abstractsPerDocument makes documents of the length of a paper out of abstracts.
const abstractsPerDocument = 10

// benchCorpus returns documents made of SciFact's abstracts, or of made-up words.
func benchCorpus(b *testing.B) *corpus {
	b.Helper()
	c := &corpus{random: rand.New(rand.NewPCG(7, 7))}
	if set, ok := scifact(b); ok {
		c.source, c.texts = "SciFact's abstracts, repeated with a seventh of the words exchanged; its claims", set.Texts
		for _, id := range sortedKeys(set.Queries) {
			c.asked = append(c.asked, set.Queries[id])
		}
		return c
	}
	c.source = "made-up words whose frequencies follow Zipf's law"
	zipf := rand.NewZipf(c.random, 1.1, 8, 300_000)
	words := func(n int) string {
		var s strings.Builder
		for i := range n {
			fmt.Fprintf(&s, "w%d", zipf.Uint64())
			s.WriteString(map[bool]string{true: ". ", false: " "}[i%20 == 19])
		}
		return s.String()
	}
	for i := range 5000 {
		c.texts = append(c.texts, indextest.Text{ID: fmt.Sprint(i), Title: words(12), Text: words(200)})
		c.asked = append(c.asked, words(12))
	}
	return c
}

// scifact reads SciFact and reports whether it is there.
func scifact(b *testing.B) (indextest.Collection, bool) {
	b.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = indextest.DefaultDir
	}
	if _, err := os.Stat(filepath.Join(dir, "beir-scifact")); err != nil {
		return indextest.Collection{}, false
	}
	return indextest.ReadBEIR(b, "beir-scifact/corpus.jsonl.gz", "beir-scifact/queries.train-only.jsonl", "beir-scifact/qrels/train.tsv"), true
}

// document returns the next document.
func (c *corpus) document() (title, text string) {
	var s strings.Builder
	for range abstractsPerDocument {
		t := c.texts[c.next%len(c.texts)]
		s.WriteString(t.Title + "\n\n" + c.varied(t.Text) + "\n\n")
		c.next++
	}
	return fmt.Sprintf("%s (%d)", c.texts[c.next%len(c.texts)].Title, c.next), strings.TrimSpace(s.String())
}

// varied returns text with a seventh of its words taken from other texts, so that
// what is repeated is not the same.
func (c *corpus) varied(text string) string {
	words := strings.Split(text, " ")
	for i := range words {
		if c.random.IntN(7) == 0 {
			other := strings.Split(c.texts[c.random.IntN(len(c.texts))].Title, " ")
			words[i] = other[c.random.IntN(len(other))]
		}
	}
	return strings.Join(words, " ")
}

// query returns the i-th query; they come again when all were asked.
func (c *corpus) query(i int) string { return c.asked[i%len(c.asked)] }
