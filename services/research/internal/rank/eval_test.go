package rank_test

import (
	"bufio"
	"compress/gzip"
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

	"github.com/researcherpro/researcherpro/pkg/sentence"
	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/rank"
)

// open opens a file of the evaluation data, unpacked if its name says so, and skips
// the test where it is absent.
func open(t *testing.T, name string) io.Reader {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return file
	}
	r, err := gzip.NewReader(file)
	require.NoError(t, err)
	return r
}

// ranking is Rank, or a part of it.
type ranking func(rank.Question, []rank.Source, []rank.Passage, rank.Limits) []rank.Ranked

// whole is Rank without similarities.
func whole(q rank.Question, sources []rank.Source, passages []rank.Passage, limits rank.Limits) []rank.Ranked {
	return rank.Rank(q, sources, passages, nil, limits)
}

// abstract is a document of SciFact, and a query.
type abstract struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// readAbstracts reads documents or queries by their ids.
func readAbstracts(t *testing.T, name string) map[string]abstract {
	t.Helper()
	out := map[string]abstract{}
	lines := bufio.NewScanner(open(t, name))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var a abstract
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a))
		out[a.ID] = a
	}
	require.NoError(t, lines.Err())
	return out
}

// TestEvaluation_NothingIsLostWhereNothingRepeats re-ranks the hundred abstracts
// that the index finds for each ninth training query of SciFact. Sources differ in
// nothing but what they say, so that the other parts can only do harm.
func TestEvaluation_NothingIsLostWhereNothingRepeats(t *testing.T) {
	t.Parallel()
	documents := readAbstracts(t, "beir-scifact/corpus.jsonl.gz")
	queries := readAbstracts(t, "beir-scifact/queries.train-only.jsonl")
	relevant := map[string]map[string]bool{}
	lines := bufio.NewScanner(open(t, "beir-scifact/qrels/train.tsv"))
	for lines.Scan() {
		row := strings.Split(lines.Text(), "\t")
		if _, known := queries[row[0]]; known && row[2] != "0" {
			if relevant[row[0]] == nil {
				relevant[row[0]] = map[string]bool{}
			}
			relevant[row[0]][row[1]] = true
		}
	}
	x := index.New()
	for id, d := range documents {
		require.NoError(t, x.Add(index.Document{ID: id, Title: d.Title, Language: "en", Passages: []index.Passage{{Text: d.Text}}}))
	}
	ids := slices.Sorted(func(yield func(string) bool) {
		for id := range relevant {
			if !yield(id) {
				return
			}
		}
	})
	var words, all float64
	n := 0.0
	for i := 0; i < len(ids); i += 9 {
		query, wanted := queries[ids[i]].Text, relevant[ids[i]]
		var sources []rank.Source
		var passages []rank.Passage
		var names []string
		for _, hit := range x.Search(query, 100, nil) {
			d := documents[hit.DocID]
			passages = append(passages, rank.Passage{Source: len(sources), Text: d.Text})
			sources = append(sources, rank.Source{Title: d.Title, Kind: "article", Published: "2019"})
			names = append(names, hit.DocID)
		}
		for sum, by := range map[*float64]ranking{&words: rank.RankByRelevance, &all: whole} {
			gain, ideal := 0.0, 0.0
			for at, r := range by(ask(query), sources, passages, rank.Limits{Passages: 10}) {
				if wanted[names[r.Passage]] {
					gain += 1 / math.Log2(float64(at)+2)
				}
			}
			for at := range min(len(wanted), 10) {
				ideal += 1 / math.Log2(float64(at)+2)
			}
			*sum += gain / ideal
		}
		n++
	}
	t.Logf("nDCG@10 over %.0f queries: %.4f by words, %.4f by all parts", n, words/n, all/n)
	require.GreaterOrEqual(t, all/n, words/n-0.01)
	require.GreaterOrEqual(t, all/n, 0.64)
}

// task is a research with several questions, and which passages hold the answer of
// which.
type task struct {
	question rank.Question
	sources  []rank.Source
	passages []rank.Passage
	answers  [][]int // of each passage
}

// article is one of XQuAD's.
type article struct {
	Paragraphs []struct {
		Context string
		Qas     []struct {
			Question string
			Answers  []struct{ Text string }
		}
	}
}

// readTasks makes research out of XQuAD: four questions about four articles, whose
// paragraphs three sources tell in overlapping pieces each.
func readTasks(t *testing.T, lang string) []task {
	t.Helper()
	var data struct{ Data []article }
	require.NoError(t, json.NewDecoder(open(t, "xquad/xquad."+lang+".json.gz")).Decode(&data))
	var tasks []task
	for four := range slices.Chunk(data.Data, 4) {
		var told task
		var of []string // the paragraph of each passage
		for _, a := range four {
			for _, p := range a.Paragraphs {
				for version := range 3 {
					for _, piece := range pieces(p.Context, version) {
						told.passages = append(told.passages, rank.Passage{Source: len(told.sources), Text: piece})
						of = append(of, p.Context)
					}
					told.sources = append(told.sources, rank.Source{Kind: "page", Language: lang})
				}
			}
		}
		for n := range 8 {
			tasks = append(tasks, newTask(told, four, of, n))
		}
	}
	return tasks
}

// pieces returns a text in pieces that overlap: another cut for each version.
func pieces(text string, version int) []string {
	var sentences, out []string
	for _, s := range sentence.Split(text) {
		sentences = append(sentences, text[s.Start:s.End])
	}
	for i := version % 2; i < len(sentences); i += 2 {
		out = append(out, strings.Join(sentences[i:min(i+2+version, len(sentences))], " "))
	}
	return out
}

// newTask asks the nth four questions.
func newTask(told task, four []article, of []string, n int) task {
	told.answers = make([][]int, len(told.passages))
	for topic := range 4 {
		a := four[(n+topic*(1+n%2))%len(four)]
		paragraph := a.Paragraphs[(n+topic)%len(a.Paragraphs)]
		qa := paragraph.Qas[n%len(paragraph.Qas)]
		if topic == 0 {
			told.question = ask(qa.Question)
		} else {
			told.question.Also = append(slices.Clone(told.question.Also), qa.Question)
		}
		for i, p := range told.passages {
			if of[i] == paragraph.Context && strings.Contains(p.Text, qa.Answers[0].Text) {
				told.answers[i] = append(told.answers[i], topic)
			}
		}
	}
	return told
}

// answered returns the share of the answers among the first k passages.
func answered(tasks []task, k int, by ranking) float64 {
	sum := 0.0
	for _, task := range tasks {
		found := map[int]bool{}
		for _, r := range by(task.question, task.sources, task.passages, rank.Limits{Passages: k}) {
			for _, topic := range task.answers[r.Passage] {
				found[topic] = true
			}
		}
		sum += float64(len(found)) / 4
	}
	return sum / float64(len(tasks))
}

// TestEvaluation_FewPassagesAnswerMore counts how many of four questions the first
// passages answer (sub-topic recall; Zhai, Cohen and Lafferty, SIGIR 2003) when
// sources tell the same several times.
func TestEvaluation_FewPassagesAnswerMore(t *testing.T) {
	t.Parallel()
	floors := map[string]float64{"en": 0.88, "de": 0.85, "zh": 0.75}
	for lang, floor := range floors {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			tasks := readTasks(t, lang)
			report := fmt.Sprintf("%d tasks;", len(tasks))
			for _, k := range []int{5, 10} {
				report += fmt.Sprintf(" answers in %d: %.3f by words, %.3f by all parts;", k, answered(tasks, k, rank.RankByRelevance), answered(tasks, k, whole))
			}
			t.Log(report)
			all := answered(tasks, 5, whole)
			require.GreaterOrEqual(t, all, floor)
			require.GreaterOrEqual(t, all, answered(tasks, 5, rank.RankByRelevance)+0.1, "novelty must be worth its cost")
		})
	}
}
