package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redistest"
	"github.com/researcherpro/researcherpro/services/research"
)

func TestMain(m *testing.M) {
	if research.ServeChild() {
		return
	}
	pgtest.Main(m)
}

// TestRun_MeasuresTheService measures a collection of three documents, and says
// what is missing.
func TestRun_MeasuresTheService(t *testing.T) {
	t.Setenv("DATABASE_URL", pgtest.NewEmpty(t))
	t.Setenv("REDIS_URL", redistest.URL(t))
	data, out := t.TempDir(), filepath.Join(t.TempDir(), "eval.md")
	set := filepath.Join(data, "classic-ir", "adi", "beir")
	require.NoError(t, os.MkdirAll(filepath.Join(set, "qrels"), 0o755))
	for name, content := range map[string]string{
		"corpus.jsonl": `{"_id":"1","title":"Bridges","text":"Floods wash the ground away from under the piers of bridges."}
{"_id":"2","title":"Otters","text":"Otters hold hands while they sleep."}
{"_id":"3","title":"","text":""}`,
		"queries.jsonl":  `{"_id":"q","text":"why do bridges fall in floods"}`,
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\t1\t1\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(set, name), []byte(content), 0o600))
	}
	var printed strings.Builder
	require.NoError(t, run(context.WithoutCancel(t.Context()), &printed, options{data: data, out: out, only: []string{"retrieval"}}))
	require.Regexp(t, `nDCG@10 ADI +1\.0000`, printed.String())
	require.Contains(t, printed.String(), "left out, since it is not here: classic-ir/cacm")
	written, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Contains(t, string(written), "| nDCG@10 ADI | 1.0000 | 0.469 |")
}

func TestTable_SaysWhatIsBelowItsFloor(t *testing.T) {
	t.Parallel()
	table := &table{}
	table.add(measured{Name: "good", Value: 0.9, Floor: 0.9})
	table.add(measured{Name: "free", Value: 0.1, Floor: noFloor})
	require.False(t, table.below())
	table.add(measured{Name: "bad", Value: 0.89, Floor: 0.9, Notes: []string{"why"}})
	require.True(t, table.below())
	require.Contains(t, table.Markdown(), "| bad | 0.8900 (below) | 0.900 |")
	require.Contains(t, table.Markdown(), "## bad\n\n- why\n")
}
