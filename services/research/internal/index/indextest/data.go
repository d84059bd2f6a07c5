// Package indextest reads collections of documents with queries whose answers are
// known, and measures rankings on them. Tests that need one are skipped where the
// evaluation data is absent; RP_DATA says where it is.
package indextest

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// DefaultDir is where the evaluation data is, from a package of internal, if RP_DATA
// does not say.
const DefaultDir = "../../../../../shared/data"

// Path returns the path of a file of the evaluation data and skips the test
// where it is absent.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = DefaultDir
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	return path
}

// open opens a file of the data, unpacking it if its name says so.
func open(t testing.TB, name string) io.Reader {
	t.Helper()
	file, err := os.Open(Path(t, name))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return file
	}
	r, err := gzip.NewReader(file)
	require.NoError(t, err)
	return r
}

// Text is a document of a collection.
type Text struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Collection is a set of documents with queries whose answers are known.
type Collection struct {
	Texts   []Text
	Queries map[string]string         // by their ids
	Grades  map[string]map[string]int // query → document → relevance
}

// ReadBEIR reads a collection in the form of the BEIR benchmark.
func ReadBEIR(t testing.TB, corpus, queries, qrels string) Collection {
	t.Helper()
	set := Collection{Queries: map[string]string{}, Grades: map[string]map[string]int{}}
	readTexts(t, corpus, func(r Text) { set.Texts = append(set.Texts, r) })
	readTexts(t, queries, func(r Text) { set.Queries[r.ID] = r.Text })
	table := csv.NewReader(open(t, qrels))
	table.Comma = '\t'
	rows, err := table.ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		grade := 0
		_, err := fmt.Sscan(row[2], &grade)
		require.NoError(t, err)
		set.grade(row[0], row[1], grade)
	}
	return set
}

// grade notes how relevant a document is for a query.
func (set Collection) grade(query, document string, grade int) {
	if set.Grades[query] == nil {
		set.Grades[query] = map[string]int{}
	}
	set.Grades[query][document] = grade
}

// readTexts calls each for every line of a file.
func readTexts(t testing.TB, name string, each func(Text)) {
	t.Helper()
	lines := bufio.NewScanner(open(t, name))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var r Text
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		each(r)
	}
	require.NoError(t, lines.Err())
}

// ReadXQuAD reads the paragraphs of one language, each a document that is named by
// its article and its place in it.
func ReadXQuAD(t testing.TB, lang string) Collection {
	t.Helper()
	var data struct {
		Data []struct {
			Paragraphs []struct {
				Context string
				Qas     []struct{ ID, Question string }
			}
		}
	}
	require.NoError(t, json.NewDecoder(open(t, "xquad/xquad."+lang+".json.gz")).Decode(&data))
	set := Collection{Queries: map[string]string{}, Grades: map[string]map[string]int{}}
	for a, article := range data.Data {
		for p, paragraph := range article.Paragraphs {
			id := fmt.Sprintf("%d-%d", a, p)
			set.Texts = append(set.Texts, Text{ID: id, Text: paragraph.Context})
			for _, qa := range paragraph.Qas {
				set.Queries[qa.ID] = qa.Question
				set.grade(qa.ID, id, 1)
			}
		}
	}
	return set
}

// NDCG10 returns the mean normalised discounted cumulative gain of the first ten
// documents that search finds (Järvelin and Kekäläinen, 2002), with linear gain as
// trec_eval has it. Queries without a relevant document do not count.
func (set Collection) NDCG10(search func(query string) []string) float64 {
	sum, n := 0.0, 0
	for query, grades := range set.Grades {
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
		if ideal == 0 {
			continue
		}
		gain := 0.0
		found := search(set.Queries[query])
		for rank, id := range found[:min(len(found), 10)] {
			gain += float64(max(grades[id], 0)) / math.Log2(float64(rank)+2)
		}
		sum += gain / ideal
		n++
	}
	return sum / float64(n)
}
