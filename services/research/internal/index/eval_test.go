package index_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
)

// dataPath returns the path of a file of the evaluation data and skips the test
// where it is absent.
func dataPath(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return path
}

// readLines calls each for every line of a file, unpacking it if its name says so.
func readLines(t testing.TB, path string, each func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		r, err = gzip.NewReader(file)
		require.NoError(t, err)
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		each(lines.Bytes())
	}
	require.NoError(t, lines.Err())
}

// beir is a collection in the form of the BEIR benchmark.
type beir struct {
	index   *index.Index
	queries map[string]string
	grades  map[string]map[string]int // query → document → relevance
}

// readBEIR indexes a collection, each document as one passage.
func readBEIR(t testing.TB, corpus, queries, qrels string) beir {
	t.Helper()
	set := beir{index.New(), map[string]string{}, map[string]map[string]int{}}
	type record struct {
		ID    string `json:"_id"`
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	readLines(t, dataPath(t, corpus), func(line []byte) {
		var r record
		require.NoError(t, json.Unmarshal(line, &r))
		require.NoError(t, set.index.Add(index.Document{ID: r.ID, Title: r.Title, Language: "en", Passages: []index.Passage{{Text: r.Text}}}))
	})
	readLines(t, dataPath(t, queries), func(line []byte) {
		var r record
		require.NoError(t, json.Unmarshal(line, &r))
		set.queries[r.ID] = r.Text
	})
	file, err := os.Open(dataPath(t, qrels))
	require.NoError(t, err)
	defer file.Close()
	table := csv.NewReader(file)
	table.Comma = '\t'
	rows, err := table.ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		if set.grades[row[0]] == nil {
			set.grades[row[0]] = map[string]int{}
		}
		grade := 0
		_, err := fmt.Sscan(row[2], &grade)
		require.NoError(t, err)
		set.grades[row[0]][row[1]] = grade
	}
	return set
}

// ndcg10 returns the mean normalised discounted cumulative gain of the first ten
// hits (Järvelin and Kekäläinen, 2002), with linear gain as trec_eval has it.
func (set beir) ndcg10() float64 {
	sum := 0.0
	for query, grades := range set.grades {
		gain := 0.0
		for rank, hit := range set.index.Search(set.queries[query], 10, nil) {
			gain += float64(max(grades[hit.DocID], 0)) / math.Log2(float64(rank)+2)
		}
		var best []int
		for _, grade := range grades {
			best = append(best, max(grade, 0))
		}
		slices.Sort(best)
		slices.Reverse(best)
		ideal := 0.0
		for rank, grade := range best[:min(len(best), 10)] {
			ideal += float64(grade) / math.Log2(float64(rank)+2)
		}
		if ideal > 0 {
			sum += gain / ideal
		}
	}
	return sum / float64(len(set.grades))
}

// TestRanking_OnPublicCollections holds the ranking to what careful BM25 reaches.
func TestRanking_OnPublicCollections(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		corpus, queries, qrels string
		floor                  float64
	}{
		"SciFact": {"beir-scifact/corpus.jsonl.gz", "beir-scifact/queries.train-only.jsonl", "beir-scifact/qrels/train.tsv", 0.66},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			score := readBEIR(t, tc.corpus, tc.queries, tc.qrels).ndcg10()
			t.Logf("nDCG@10 %.4f", score)
			require.GreaterOrEqual(t, score, tc.floor)
		})
	}
}

// TestRanking_InEveryLanguage asks the questions of XQuAD, whose answer lies in
// one known passage out of 240.
func TestRanking_InEveryLanguage(t *testing.T) {
	t.Parallel()
	floors := map[string]float64{"en": 0.95, "de": 0.92, "es": 0.90, "ru": 0.90, "zh": 0.90, "ar": 0.85}
	for lang, floor := range floors {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			score := readXQuAD(t, lang).ndcg10()
			t.Logf("nDCG@10 %.4f", score)
			require.GreaterOrEqual(t, score, floor)
		})
	}
}

// readXQuAD indexes the passages of one language.
func readXQuAD(t *testing.T, lang string) beir {
	t.Helper()
	file, err := os.Open(dataPath(t, "xquad/xquad."+lang+".json.gz"))
	require.NoError(t, err)
	defer file.Close()
	r, err := gzip.NewReader(file)
	require.NoError(t, err)
	var data struct {
		Data []struct {
			Paragraphs []struct {
				Context string
				Qas     []struct{ ID, Question string }
			}
		}
	}
	require.NoError(t, json.NewDecoder(r).Decode(&data))
	set := beir{index.New(), map[string]string{}, map[string]map[string]int{}}
	for a, article := range data.Data {
		for p, paragraph := range article.Paragraphs {
			id := fmt.Sprintf("%d-%d", a, p)
			require.NoError(t, set.index.Add(index.Document{ID: id, Language: lang, Passages: []index.Passage{{Text: paragraph.Context}}}))
			for _, qa := range paragraph.Qas {
				set.queries[qa.ID] = qa.Question
				set.grades[qa.ID] = map[string]int{id: 1}
			}
		}
	}
	return set
}

// BenchmarkSearch measures searches of twelve words over 200,000 passages of
// about a hundred words whose frequencies follow Zipf's law, as those of real
// text do.
func BenchmarkSearch(b *testing.B) {
	const passages, perDocument, words = 200_000, 50, 100
	r := rand.New(rand.NewPCG(7, 7))
	zipf := rand.NewZipf(r, 1.1, 8, 300_000)
	text := func(n int) string {
		var s strings.Builder
		for range n {
			fmt.Fprintf(&s, "w%d ", zipf.Uint64())
		}
		return s.String()
	}
	x := index.New()
	for d := range passages / perDocument {
		doc := index.Document{ID: fmt.Sprintf("d%05d", d), Language: "en", Title: text(6)}
		for p := range perDocument {
			doc.Passages = append(doc.Passages, index.Passage{Ordinal: p, Text: text(words)})
		}
		require.NoError(b, x.Add(doc))
	}
	var times []time.Duration
	for b.Loop() {
		query := text(12)
		begun := time.Now()
		require.NotEmpty(b, x.Search(query, 50, nil))
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}
