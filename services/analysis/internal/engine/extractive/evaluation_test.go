package extractive_test

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// article is one article of XQuAD.
type article struct {
	Title      string
	Paragraphs []struct {
		Context string
		QAs     []struct {
			Question string
			Answers  []struct{ Text string }
		} `json:"qas"`
	}
}

// TestXQuAD puts a question of each passage to the passages of all articles, where the answer
// is, and to those of all other articles, where it is not. It prints how often
// the findings hold the answer and how often the engine rightly finds nothing.
func TestXQuAD(t *testing.T) {
	t.Parallel()
	for language, floor := range map[string]struct{ answered, first, refused float64 }{
		"en": {0.83, 0.73, 0.88}, "de": {0.66, 0.56, 0.95},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			articles := readXQuAD(t, language)
			index := newBM25(articles, language)
			var got tally
			for a, art := range articles {
				for _, p := range art.Paragraphs {
					for _, qa := range p.QAs[:1] { // enough, and the test stays short
						got.answered(analyze(t, qa.Question, language, index.search(qa.Question, -1)), qa.Answers[0].Text)
						got.refused(analyze(t, qa.Question, language, index.search(qa.Question, a)))
					}
				}
			}
			t.Logf("%.0f questions: answer among the findings %.3f, in the first %.3f; nothing found where nothing is %.3f",
				got.asked, got.among/got.asked, got.first/got.asked, got.none/got.asked)
			require.GreaterOrEqual(t, got.among/got.asked, floor.answered)
			require.GreaterOrEqual(t, got.first/got.asked, floor.first)
			require.GreaterOrEqual(t, got.none/got.asked, floor.refused)
		})
	}
}

// tally counts outcomes.
type tally struct{ asked, among, first, none float64 }

// answered counts a question that the evidence answers.
func (c *tally) answered(found engine.Analysis, answer string) {
	c.asked++
	holds := func(f engine.Finding) bool { return strings.Contains(f.Claim, answer) }
	if !slices.ContainsFunc(found.Findings, holds) {
		return
	}
	c.among++
	best := slices.MaxFunc(found.Findings, func(a, b engine.Finding) int { return cmp.Compare(a.Salience, b.Salience) })
	if holds(best) {
		c.first++
	}
}

// refused counts a question that the evidence does not answer.
func (c *tally) refused(found engine.Analysis) {
	if len(found.Findings) == 0 || found.Indirect {
		c.none++
	}
}

// analyze runs the engine.
func analyze(t *testing.T, question, language string, evidence []engine.Evidence) engine.Analysis {
	t.Helper()
	found, err := extractive.New().Open(engine.Session{}).Analyze(t.Context(), engine.Request{
		Question: engine.Question{Text: question, Language: language}, Evidence: evidence,
	})
	require.NoError(t, err)
	return found
}

// readXQuAD reads a language of the set, or skips the test where it is absent.
func readXQuAD(t *testing.T, language string) []article {
	t.Helper()
	file, err := os.Open(filepath.Join(dataDir(), "xquad", "xquad."+language+".json.gz"))
	if err != nil {
		t.Skipf("the evaluation data is absent: %v", err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	var set struct{ Data []article }
	require.NoError(t, json.NewDecoder(plain).Decode(&set))
	return set.Data
}

// bm25 ranks passages, so that the engine meets evidence like the real one.
type bm25 struct {
	language  string
	evidence  []engine.Evidence
	article   []int
	counts    []map[string]int
	frequency map[string]int
}

// newBM25 indexes the passages of all articles.
func newBM25(articles []article, language string) *bm25 {
	x := &bm25{language: language, frequency: map[string]int{}}
	for a, art := range articles {
		for i, p := range art.Paragraphs {
			counts := map[string]int{}
			for _, stem := range lexical.Stems(p.Context, language) {
				counts[stem]++
			}
			for stem := range counts {
				x.frequency[stem]++
			}
			x.counts = append(x.counts, counts)
			x.article = append(x.article, a)
			x.evidence = append(x.evidence, engine.Evidence{
				ID: art.Title + strconv.Itoa(i), SourceID: art.Title + strconv.Itoa(i),
				SourceTitle: strings.ReplaceAll(art.Title, "_", " "), Text: p.Context, Language: language,
			})
		}
	}
	return x
}

// search returns the twelve best passages, those of one article left out.
func (x *bm25) search(query string, without int) []engine.Evidence {
	var hits []engine.Evidence
	stems := lexical.Stems(query, x.language)
	for i, e := range x.evidence {
		if x.article[i] == without {
			continue
		}
		for _, stem := range stems {
			tf, df := float64(x.counts[i][stem]), float64(x.frequency[stem])
			e.Score += math.Log(1+(float64(len(x.evidence))-df+0.5)/(df+0.5)) * tf / (tf + 0.9)
		}
		hits = append(hits, e)
	}
	slices.SortStableFunc(hits, func(a, b engine.Evidence) int { return cmp.Compare(b.Score, a.Score) })
	return hits[:12]
}
