package verify

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readLines reads a file of JSON lines of the evaluation data, or skips the test
// where it is absent.
func readLines[T any](t *testing.T, parts ...string) []T {
	t.Helper()
	dir := cmp.Or(os.Getenv("RP_DATA"), filepath.Join("..", "..", "..", "..", "..", "shared", "data"))
	path := filepath.Join(append([]string{dir}, parts...)...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the evaluation data is absent: %v", err)
	}
	if strings.HasSuffix(path, ".gz") {
		plain, err := gzip.NewReader(bytes.NewReader(data))
		require.NoError(t, err)
		data, err = io.ReadAll(plain)
		require.NoError(t, err)
	}
	var out []T
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(nil, 1<<26)
	for scanner.Scan() {
		var one T
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &one))
		out = append(out, one)
	}
	require.NoError(t, scanner.Err())
	return out
}

// pair is a claim beside a text, and whether people called it supported.
type pair struct {
	claim, text string
	truth       bool
	set         string
	question    string // that the claim answers, where it is known
}

// attributionBench is the development split of AttributionBench.
func attributionBench(t *testing.T) []pair {
	t.Helper()
	var pairs []pair
	for _, line := range readLines[struct {
		Claim      string   `json:"claim"`
		References []string `json:"references"`
		Label      string   `json:"attribution_label"`
		Set        string   `json:"src_dataset"`
		Question   string   `json:"question"`
	}](t, "claims", "attributionbench", "dev_all_subset_balanced.jsonl.gz") {
		pairs = append(pairs, pair{line.Claim, strings.Join(line.References, "\n\n"), line.Label == "attributable", line.Set, line.Question})
	}
	return pairs
}

// feverSymmetric is the development split of FEVER-Symmetric.
func feverSymmetric(t *testing.T) []pair {
	t.Helper()
	var pairs []pair
	for _, line := range readLines[struct {
		Claim    string `json:"claim"`
		Evidence string `json:"evidence"`
		Label    string `json:"gold_label"`
	}](t, "claims", "fever-symmetric", "fever_symmetric_dev.jsonl") {
		pairs = append(pairs, pair{line.Claim, line.Evidence, line.Label == "SUPPORTS", "", ""})
	}
	return pairs
}

// selection is a claim beside a text, cut into sentences, and which of them people
// chose: sets of sentences, each of which is enough.
type selection struct {
	claim string
	parts []string
	gold  [][]int
}

// text returns the whole text, and where each of its parts starts.
func (s selection) text() (text string, starts []int) {
	var b strings.Builder
	for _, part := range s.parts {
		starts = append(starts, b.Len())
		b.WriteString(part + "\n\n")
	}
	return b.String(), starts
}

// chosen reports whether a part is in one of the sets.
func (s selection) chosen(part int) bool {
	return slices.ContainsFunc(s.gold, func(set []int) bool { return slices.Contains(set, part) })
}

// sciFact is the training claims of SciFact beside the abstracts that hold evidence.
func sciFact(t *testing.T) []selection {
	t.Helper()
	abstracts := map[string][]string{}
	for _, line := range readLines[struct {
		ID       int      `json:"doc_id"`
		Abstract []string `json:"abstract"`
	}](t, "scifact", "corpus.jsonl.gz") {
		abstracts[strconv.Itoa(line.ID)] = line.Abstract
	}
	var out []selection
	for _, line := range readLines[struct {
		Claim    string                                 `json:"claim"`
		Evidence map[string][]struct{ Sentences []int } `json:"evidence"`
	}](t, "scifact", "claims_train.jsonl") {
		for _, id := range slices.Sorted(maps.Keys(line.Evidence)) {
			s := selection{claim: line.Claim, parts: abstracts[id]}
			for _, set := range line.Evidence[id] {
				s.gold = append(s.gold, set.Sentences)
			}
			out = append(out, s)
		}
	}
	return out
}

// wice is the development split of WiCE: those claims that have evidence.
func wice(t *testing.T) []selection {
	t.Helper()
	var out []selection
	for _, line := range readLines[struct {
		Claim    string   `json:"claim"`
		Evidence []string `json:"evidence"`
		Gold     [][]int  `json:"supporting_sentences"`
	}](t, "claims", "wice", "entailment_retrieval", "claim", "dev.jsonl.gz") {
		if len(line.Gold) > 0 && len(line.Gold[0]) > 0 {
			out = append(out, selection{line.Claim, line.Evidence, line.Gold})
		}
	}
	return out
}
