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
	"github.com/researcherpro/researcherpro/pkg/pg"
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
	// diverseAsked is how many researches ask, each with diverseTexts.
	diverseAsked, diverseTexts = 160, 5
	// ingestEvery is how often a document comes in while searches are measured: some
	// 300 passages a second.
	ingestEvery = 50 * time.Millisecond
)

// BenchmarkLibrary fills a library with 200,000 passages and measures how fast they
// come in, how fast and how well they are found, and how long it takes to build the
// index again, beside PostgreSQL's own full-text search on the same rows. Times depend
// on what else the machine does; what a search takes of the processors does not. It
// prints one table:
//
//	go test ./internal/library -run '^$' -bench Library -benchtime 1x -timeout 60m
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

	bench := benchmark{b, db, rows, texts, workspace, lib}
	ours.Search = bench.latencies(queriesAsked, bench.search)
	ours.Diverse = bench.latencies(diverseAsked, bench.searchDiverse)

	full := newFullText(b, db, "all_passages")
	theirs.Passages = stored
	theirs.IngestPerSecond = float64(stored) / full.copyFrom(b, workspace).Seconds()
	theirs.BytesPerPassage = float64(full.size(b)) / float64(stored)
	theirs.Search = bench.latencies(postgresAsked, func(ctx context.Context, i int) error {
		_, err := full.search(ctx, texts.query(i), hitsWanted)
		return err
	})
	ours.WhileIngesting = bench.whileIngesting() // last: it adds documents
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

// benchmark is a library that is full.
type benchmark struct {
	*testing.B
	db        *pg.Pool
	rows      *store.Store
	texts     *corpus
	workspace string
	library   *Library
}

// search asks one query.
func (b benchmark) search(ctx context.Context, i int) error {
	_, err := b.library.Search(ctx, b.workspace, Query{Text: b.texts.query(i), Limit: hitsWanted})
	return err
}

// searchDiverse asks as a research does: a question together with its sub-queries.
func (b benchmark) searchDiverse(ctx context.Context, i int) error {
	q := DiverseQuery{MaxDocuments: 20, MaxPassages: 60}
	for n := range diverseTexts {
		q.Texts = append(q.Texts, b.texts.query(i*diverseTexts+n))
	}
	_, err := b.library.SearchDiverse(ctx, b.workspace, q)
	return err
}

// whileIngesting is search while documents come in: searches find what was stored just
// before them, so that they bring the index up to date.
func (b benchmark) whileIngesting() timing {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() {
		ticker := time.NewTicker(ingestEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				ended <- nil
				return
			case <-ticker.C:
				title, text := b.texts.document()
				if _, err := putText(b.Context(), b.rows, b.workspace, uuid.NewString(), title, text); err != nil {
					ended <- err
					return
				}
			}
		}
	}()
	t := b.latencies(queriesAsked, b.search)
	stop()
	require.NoError(b, <-ended)
	return t
}

// timing is how long searches took when several were asked at once, and what one took
// of the processors: of this process and of PostgreSQL.
type timing struct {
	P50       float64 `json:"p50_ms"`
	P95       float64 `json:"p95_ms"`
	CPU       float64 `json:"cpu_ms"`
	ServerCPU float64 `json:"postgresql_cpu_ms,omitempty"`
}

// latencies asks n times, several at once.
func (b benchmark) latencies(n int, search func(context.Context, int) error) timing {
	b.Helper()
	times := make([]time.Duration, n)
	before := processorTime(b.B, b.db)
	group, ctx := errgroup.WithContext(b.Context())
	group.SetLimit(concurrent)
	for i := range n {
		group.Go(func() error {
			begun := time.Now()
			err := search(ctx, i)
			times[i] = time.Since(begun)
			return err
		})
	}
	require.NoError(b, group.Wait())
	after := processorTime(b.B, b.db)
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return timing{
		P50: ms(times[n/2]), P95: ms(times[n*95/100]),
		CPU: ms(after.ours-before.ours) / float64(n), ServerCPU: ms(after.server-before.server) / float64(n),
	}
}

// heapBytes returns what is on the heap after a collection.
func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
