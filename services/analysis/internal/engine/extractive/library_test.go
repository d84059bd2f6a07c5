package extractive_test

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// dataDir is where the evaluation data is.
func dataDir() string {
	return cmp.Or(os.Getenv("RP_DATA"), filepath.Join("..", "..", "..", "..", "..", "..", "shared", "data"))
}

// readLines decodes a file of one JSON value per line, gzipped by its name, or skips the
// test where it is absent.
func readLines[T any](t *testing.T, path ...string) []T {
	t.Helper()
	name := filepath.Join(append([]string{dataDir()}, path...)...)
	file, err := os.Open(name)
	if err != nil {
		t.Skipf("the evaluation data is absent: %v", err)
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		in, err = gzip.NewReader(file)
		require.NoError(t, err)
	}
	var out []T
	for decoder := json.NewDecoder(in); decoder.More(); {
		var value T
		require.NoError(t, decoder.Decode(&value))
		out = append(out, value)
	}
	return out
}

// library is a searchable set of documents, cut into passages as research cuts them.
type library struct {
	texts    map[string]string // source → its text
	passages []engine.Evidence
	postings map[string][]posting
}

// posting is a word in a passage.
type posting struct {
	passage int
	count   float64
}

// passageBytes is about how long a passage is.
const passageBytes = 900

// add cuts a document.
func (l *library) add(id, title, text string) {
	l.texts[id] = text
	language := lexical.Detect(text)
	for start := 0; start < len(text); {
		end := len(text)
		if start+passageBytes < len(text) {
			if n := strings.Index(text[start+passageBytes:], "\n\n"); n >= 0 {
				end = start + passageBytes + n
			}
		}
		l.index(engine.Evidence{
			ID: id + "#" + strconv.Itoa(start), SourceID: id, SourceTitle: title, Text: text[start:end],
			Start: start, Language: language,
		})
		start = end
	}
}

// index adds a passage.
func (l *library) index(e engine.Evidence) {
	counts := map[string]float64{}
	for _, stem := range lexical.Stems(e.SourceTitle+"\n"+e.Text, e.Language) {
		counts[stem]++
	}
	for stem, n := range counts {
		l.postings[stem] = append(l.postings[stem], posting{len(l.passages), n})
	}
	l.passages = append(l.passages, e)
}

// search returns the best n passages for the queries together.
func (l *library) search(queries []string, language string, n int) []engine.Evidence {
	scores := make([]float64, len(l.passages))
	for _, query := range queries {
		for _, stem := range lexical.Stems(query, language) {
			df := float64(len(l.postings[stem]))
			idf := math.Log(1 + (float64(len(l.passages))-df+0.5)/(df+0.5))
			for _, p := range l.postings[stem] {
				scores[p.passage] += idf * p.count / (p.count + 0.9)
			}
		}
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var found []engine.Evidence
	for _, i := range order[:min(n, len(order))] {
		if scores[i] > 0 {
			e := l.passages[i]
			e.Score = scores[i]
			found = append(found, e)
		}
	}
	return found
}

// benchPrompt is a prompt of DeepResearch Bench, benchReport a report on it.
type (
	benchPrompt struct {
		ID               int
		Prompt, Language string
	}
	benchReport struct {
		ID      int
		Article string
	}
)

var (
	benchHeading = regexp.MustCompile(`(?m)^#{1,6} +`)
	benchSection = regexp.MustCompile(`(?m)^#{1,3} +.*$`)
)

// minSection is how many bytes a section needs to be a document of its own.
const minSection = 800

// readBench reads the prompts, and makes a library of both systems' reports: each section is a
// document of its own.
func readBench(t *testing.T) ([]benchPrompt, *library) {
	t.Helper()
	prompts := readLines[benchPrompt](t, "tasks", "deep-research-bench", "prompt_data", "query.jsonl")
	l := &library{texts: map[string]string{}, postings: map[string][]posting{}}
	for system, path := range map[string]string{
		"a": "test_data/raw_data/claude-3-7-sonnet-latest.jsonl.gz", "b": "other-reports/onyx_cleaned_results.jsonl.gz",
	} {
		for _, r := range readLines[benchReport](t, "tasks", "deep-research-bench", filepath.FromSlash(path)) {
			for i, s := range sections(r.Article) {
				title, _, _ := strings.Cut(strings.TrimLeft(s, "# "), "\n")
				l.add(strconv.Itoa(r.ID)+system+strconv.Itoa(i), title, benchHeading.ReplaceAllString(s, ""))
			}
		}
	}
	return prompts, l
}

// sections cuts a report at its headings.
func sections(article string) []string {
	var parts []string
	start := 0
	for _, at := range benchSection.FindAllStringIndex(article, -1) {
		if at[0]-start >= minSection {
			parts = append(parts, article[start:at[0]])
			start = at[0]
		}
	}
	return append(parts, article[start:])
}
