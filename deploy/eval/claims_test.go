package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// TestRun_MeasuresTheCheckOfClaims asks a fleet about one claim of WiCE's form.
func TestRun_MeasuresTheCheckOfClaims(t *testing.T) {
	t.Setenv("DATABASE_URL", pgtest.NewEmpty(t))
	t.Setenv("REDIS_URL", redistest.URL(t))
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "eval.md")
	set := filepath.Join(data, "claims", "wice", "entailment_retrieval", "claim")
	require.NoError(t, os.MkdirAll(set, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(set, "dev.jsonl.gz"), gzipped(t,
		`{"claim":"The bridge opened in 1890.","supporting_sentences":[[1]],"evidence":["It spans the river.","The bridge was opened in 1890.","Otters sleep."]}
{"claim":"Nobody knows.","supporting_sentences":[],"evidence":["It spans the river."]}`), 0o600))
	var printed strings.Builder
	require.NoError(t, run(context.WithoutCancel(t.Context()), &printed, options{data: data, out: out, only: []string{"wice", "fever"}}))
	require.Regexp(t, `recall@5 +1\.0000`, printed.String())
	require.Contains(t, printed.String(), "1 claims with evidence")
	require.Contains(t, printed.String(), "left out, since it is not here: claims/fever-symmetric")
}

func TestCrossValidated_FindsTheThresholdOnOtherFolds(t *testing.T) {
	t.Parallel()
	var scores []float64
	var truth []bool
	for i := range 200 {
		scores, truth = append(scores, float64(i)/200), append(truth, i >= 60)
	}
	require.Greater(t, crossValidated(scores, truth, (*outcomes).accuracy), 0.95)
	require.Greater(t, crossValidated(scores, truth, (*outcomes).macroF1), 0.95)
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	o := outcomes{{3, 1}, {2, 4}} // 3 and 4 rightly
	require.InDelta(t, 0.7, o.accuracy(), 1e-9)
	require.InDelta(t, (6.0/9+8.0/11)/2, o.macroF1(), 1e-9)
}

func TestSentences_CountPartsOfTheText(t *testing.T) {
	t.Parallel()
	s := selection{parts: []string{"One.", "Two. And more.", "Three."}, gold: [][]int{{0}, {1, 2}}}
	at := func(start int32, shown bool) *analysisv1.RelevantSentence {
		return &analysisv1.RelevantSentence{StartOffset: start, Rationale: shown}
	}
	var c sentences
	c.add(s, []*analysisv1.RelevantSentence{at(11, true), at(6, true), at(22, false)}) // both of part 1, then part 2
	require.Equal(t, sentences{right: 1, whole: 0, said: 1, wanted: 3, recall: 1}, c)
}

func TestBasicScores_PreferTheTextWithTheWordsAndNumbers(t *testing.T) {
	t.Parallel()
	claim := "The bridge opened in 1890."
	scores := basicScores([]pair{
		{claim, "In 1890 the bridge was opened.", true}, {claim, "In 1980 the bridge was opened.", false}, {claim, "Otters sleep.", false},
	})
	require.Greater(t, scores[0], scores[1])
	require.Greater(t, scores[1], scores[2])
}

func TestCut_KeepsCharactersWhole(t *testing.T) {
	t.Parallel()
	require.Equal(t, "aé", cut("aéé", 4))
	require.True(t, utf8.ValidString(cut("贝加尔湖", 5)))
}

// gzipped compresses a file's content.
func gzipped(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}
