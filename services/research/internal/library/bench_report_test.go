package library

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// result is what was measured of one kind of search.
type result struct {
	Passages        int     `json:"passages"`
	IngestPerSecond float64 `json:"ingest_passages_per_second"`
	Search          timing  `json:"search"`
	Diverse         timing  `json:"diverse_search,omitzero"`
	WhileIngesting  timing  `json:"search_while_ingesting,omitzero"`
	RebuildSeconds  float64 `json:"rebuild_seconds,omitempty"`
	BytesPerPassage float64 `json:"bytes_per_passage"`
	NDCG            float64 `json:"ndcg_10_scifact,omitempty"`
}

// deepest is how many passages a search for documents looks at.
const deepest = 100

// judge measures how well both find the right documents, in a library of SciFact
// alone, where it is there.
func judge(b *testing.B, rows *store.Store, db *pg.Pool, ours, theirs *result) {
	b.Helper()
	set, ok := scifact(b)
	if !ok {
		return
	}
	workspace, names := uuid.NewString(), map[string]string{}
	for _, t := range set.Texts {
		id := uuid.NewString()
		names[id] = t.ID
		_, err := putText(b.Context(), rows, workspace, id, t.Title, t.Text)
		require.NoError(b, err)
	}
	lib := New(rows)
	ours.NDCG = set.NDCG10(func(query string) (ids []string) {
		hits, err := lib.Search(b.Context(), workspace, Query{Text: query, Limit: deepest})
		require.NoError(b, err)
		for _, h := range hits {
			ids = append(ids, names[h.Document.ID])
		}
		return distinct(ids)
	})
	full := newFullText(b, db, "scifact_passages")
	full.copyFrom(b, workspace)
	theirs.NDCG = set.NDCG10(func(query string) (ids []string) {
		found, err := full.search(b.Context(), query, deepest)
		require.NoError(b, err)
		for _, id := range found {
			ids = append(ids, names[id])
		}
		return distinct(ids)
	})
}

// distinct returns the ids without those that came before.
func distinct(ids []string) (out []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// report prints the table and writes it to the files that RP_BENCH_OUT names.
func report(b *testing.B, source string, ours, theirs result) {
	b.Helper()
	b.ReportMetric(ours.Search.P95, "p95-ms")
	b.ReportMetric(ours.IngestPerSecond, "passages/s")
	table := markdown(source, ours, theirs)
	fmt.Println(table)
	out := os.Getenv("RP_BENCH_OUT")
	if out == "" {
		return
	}
	require.NoError(b, os.WriteFile(out+".md", []byte(table), 0o644))
	content, err := json.MarshalIndent(map[string]any{
		"data": source, "cores": runtime.NumCPU(), "concurrent": concurrent, "index": ours, "postgresql": theirs,
	}, "", "  ")
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(out+".json", append(content, '\n'), 0o644))
}

// markdown returns the table.
func markdown(source string, ours, theirs result) string {
	var s strings.Builder
	fmt.Fprintf(&s, "\n%d passages on %d cores; %s.\n\n", ours.Passages, runtime.NumCPU(), source)
	s.WriteString("| measure | index | PostgreSQL full text | wanted |\n|---|--:|--:|--:|\n")
	row := func(measure, format string, a, b float64, wanted string) {
		cell := func(v float64) string {
			if v == 0 {
				return "–"
			}
			return fmt.Sprintf(format, v)
		}
		fmt.Fprintf(&s, "| %s | %s | %s | %s |\n", measure, cell(a), cell(b), wanted)
	}
	searches := func(what string, a, b timing, wanted string) {
		row(fmt.Sprintf("%s, median of %d at once, ms", what, concurrent), "%.1f", a.P50, b.P50, "")
		row(fmt.Sprintf("%s, p95 of %d at once, ms", what, concurrent), "%.1f", a.P95, b.P95, wanted)
		row(what+", CPU of one, ms", "%.2f", a.CPU, b.CPU, "")
		row(what+", CPU of PostgreSQL for one, ms", "%.2f", a.ServerCPU, b.ServerCPU, "")
	}
	searches("search", ours.Search, theirs.Search, "≤ 50")
	searches("search while documents come in", ours.WhileIngesting, timing{}, "≤ 50")
	searches(fmt.Sprintf("research's search of %d texts", diverseTexts), ours.Diverse, timing{}, "")
	row("ingest, passages a second", "%.0f", ours.IngestPerSecond, theirs.IngestPerSecond, "≥ 2000")
	row("building the index again, s", "%.1f", ours.RebuildSeconds, theirs.RebuildSeconds, "")
	row("bytes a passage (memory; table and index)", "%.0f", ours.BytesPerPassage, theirs.BytesPerPassage, "")
	row("nDCG@10 on SciFact's training queries", "%.4f", ours.NDCG, theirs.NDCG, "")
	return s.String()
}

// sortedKeys returns the keys of a map in order.
func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
