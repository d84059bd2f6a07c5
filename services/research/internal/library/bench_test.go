package library

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/passage"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

const (
	benchPassages = 200_000
	concurrent    = 8  // searches at once
	writers       = 4  // documents stored at once
	hitsWanted    = 10 // of a search
	queriesAsked  = 800
	// postgresAsked is fewer, since each takes a good part of a second.
	postgresAsked = 80
)

// BenchmarkLibrary fills a library with 200,000 passages and measures how fast they
// come in, how fast and how well they are found, and how long it takes to build the
// index again, beside PostgreSQL's own full-text search on the same rows. It prints
// one table:
//
//	go test ./internal/library -run '^$' -bench Library -benchtime 1x -timeout 30m
//
// RP_BENCH_OUT names files, without ending, that the table is written to as Markdown
// and JSON; RP_BENCH_PASSAGES changes how many passages there are. Text and queries
// are those of the evaluation data, or made up where it is absent; then there is no
// nDCG.
func BenchmarkLibrary(b *testing.B) {
	for b.Loop() {
		measure(b)
	}
}

// measure is one run of the benchmark.
func measure(b *testing.B) {
	db := pgtest.New(b, migrations.FS)
	rows := store.New(db)
	texts := benchCorpus(b)
	target := benchPassages
	if n, err := strconv.Atoi(os.Getenv("RP_BENCH_PASSAGES")); err == nil {
		target = n
	}
	var ours, theirs result

	workspace := uuid.NewString()
	begun := time.Now()
	stored := fill(b, rows, workspace, texts, target)
	lib := New(rows)
	_, err := lib.current(b.Context(), workspace)
	require.NoError(b, err)
	ours.Passages, ours.IngestPerSecond = stored, float64(stored)/time.Since(begun).Seconds()

	heap := heapBytes()
	lib.Forget(workspace)
	without := heapBytes()
	begun = time.Now()
	_, err = lib.current(b.Context(), workspace)
	require.NoError(b, err)
	ours.RebuildSeconds = time.Since(begun).Seconds()
	ours.BytesPerPassage = float64(heap-without) / float64(stored)

	ours.P50, ours.P95 = latencies(b, texts.queries(queriesAsked), func(ctx context.Context, query string) error {
		_, err := lib.Search(ctx, workspace, Query{Text: query, Limit: hitsWanted})
		return err
	})
	runtime.KeepAlive(lib)

	full := newFullText(b, db, "all_passages")
	theirs.Passages = stored
	theirs.IngestPerSecond = float64(stored) / full.copyFrom(b, workspace).Seconds()
	theirs.BytesPerPassage = float64(full.size(b)) / float64(stored)
	theirs.P50, theirs.P95 = latencies(b, texts.queries(postgresAsked), func(ctx context.Context, query string) error {
		_, err := full.search(ctx, query, hitsWanted)
		return err
	})
	judge(b, rows, db, &ours, &theirs)
	report(b, texts.source, ours, theirs)
}

// fill stores documents until there are enough passages, as the worker does: each
// is cut into passages and stored in a transaction of its own. It returns how many
// passages there are.
func fill(b *testing.B, rows *store.Store, workspace string, texts *corpus, target int) int {
	b.Helper()
	var mu sync.Mutex
	stored := 0
	group, ctx := errgroup.WithContext(b.Context())
	for range writers {
		group.Go(func() error {
			for {
				mu.Lock()
				title, text := texts.document()
				enough := stored >= target
				mu.Unlock()
				if enough {
					return nil
				}
				n, err := putText(ctx, rows, workspace, uuid.NewString(), title, text)
				if err != nil {
					return err
				}
				mu.Lock()
				stored += n
				mu.Unlock()
			}
		})
	}
	require.NoError(b, group.Wait())
	return stored
}

// putText stores a text as a document that is READY and returns how many passages
// it has.
func putText(ctx context.Context, rows *store.Store, workspace, id, title, text string) (int, error) {
	d := store.Document{ID: id, WorkspaceID: workspace, SHA256: id, Title: title, TitleGiven: true}
	reading := store.Reading{Language: lexical.Detect(text)}
	for _, p := range passage.Split(extract.Document{Text: text}) {
		reading.Passages = append(reading.Passages, store.Passage{
			DocumentID: id, Ordinal: int32(p.Ordinal), StartOffset: int32(p.Start), EndOffset: int32(p.End), Text: text[p.Start:p.End],
		})
	}
	return len(reading.Passages), rows.InWorkspace(ctx, workspace, func(ctx context.Context, tx pgx.Tx) error {
		if _, _, err := rows.CreateDocument(ctx, tx, d); err != nil {
			return err
		}
		_, err := rows.FinishDocuments(ctx, tx, workspace, []store.Finished{{Document: d, Reading: reading}})
		return err
	})
}

// latencies asks all queries, several at once, and returns the median and the 95th
// percentile of the time that a search took, in milliseconds.
func latencies(b *testing.B, queries []string, search func(context.Context, string) error) (p50, p95 float64) {
	b.Helper()
	times := make([]time.Duration, len(queries))
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(concurrent)
	for i, query := range queries {
		group.Go(func() error {
			begun := time.Now()
			err := search(ctx, query)
			times[i] = time.Since(begun)
			return err
		})
	}
	require.NoError(b, group.Wait())
	slices.Sort(times)
	at := func(share int) float64 { return float64(times[len(times)*share/100].Microseconds()) / 1000 }
	return at(50), at(95)
}

// heapBytes returns what is on the heap after a collection.
func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
