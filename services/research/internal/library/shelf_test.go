package library

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

// search looks for otters and returns how many there are.
func search(t *testing.T, lib *Library, workspace string) int {
	t.Helper()
	hits, err := lib.Search(t.Context(), workspace, Query{Text: "otters", Limit: 100})
	require.NoError(t, err)
	return len(hits)
}

// held returns which of the workspaces have an index in memory.
func held(lib *Library, workspaces ...string) []bool {
	lib.mu.Lock()
	defer lib.mu.Unlock()
	out := make([]bool, len(workspaces))
	for i, id := range workspaces {
		_, out[i] = lib.shelves[id]
	}
	return out
}

func TestLibrary_DropsWhatIsNotSearched(t *testing.T) {
	t.Parallel()
	rows := store.New(pgtest.New(t, migrations.FS))
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	lib := New(rows, WithIdle(time.Hour))
	lib.now = func() time.Time { return now }
	busy, quiet := uuid.NewString(), uuid.NewString()
	for _, w := range []string{busy, quiet} {
		add(t, rows, w, "otters crack clams")
		require.Equal(t, 1, search(t, lib, w))
	}
	now = now.Add(40 * time.Minute)
	require.Equal(t, 1, search(t, lib, busy))
	require.Equal(t, []bool{true, true}, held(lib, busy, quiet))
	now = now.Add(40 * time.Minute)
	require.Equal(t, 1, search(t, lib, busy))
	require.Equal(t, []bool{true, false}, held(lib, busy, quiet))
	require.Equal(t, 1, search(t, lib, quiet), "it is built again")
}

func TestLibrary_KeepsToItsMemory(t *testing.T) {
	t.Parallel()
	rows := store.New(pgtest.New(t, migrations.FS))
	lib := New(rows, WithMemory(3000))
	var workspaces []string
	for range 3 {
		w := uuid.NewString()
		workspaces = append(workspaces, w)
		add(t, rows, w, "otters crack clams")
		require.Equal(t, 1, search(t, lib, w))
	}
	require.LessOrEqual(t, lib.Bytes(), int64(3000))
	require.Equal(t, []bool{false, true, true}, held(lib, workspaces...), "the one searched longest ago goes")
	require.Equal(t, 1, search(t, lib, workspaces[0]))
	require.Equal(t, []bool{true, false, true}, held(lib, workspaces...))

	tight := New(rows, WithMemory(1))
	require.Equal(t, 1, search(t, tight, workspaces[0]), "what is being searched stays, however large")
	tight.Forget(workspaces[0])
	require.Zero(t, tight.Bytes())
}

// Searches and changes come together; each search must see what was READY before it
// began, and nothing twice.
func TestSearch_SeesWhatWasReadyBeforeIt(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	lib := New(rows)
	const writers, each = 4, 15
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				text := fmt.Sprintf("writer%d counts%d", w, i)
				if _, err := put(t.Context(), rows, workspace, "", text); err != nil {
					t.Errorf("add: %v", err)
					return
				}
				hits, err := lib.Search(t.Context(), workspace, Query{Text: fmt.Sprintf("writer%d", w), Limit: 100})
				if err != nil || len(hits) != i+1 {
					t.Errorf("writer %d must find its %d documents, got %d: %v", w, i+1, len(hits), err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestSearch_InCollections(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	lib := New(rows)
	for _, collection := range []string{"sea", "river"} {
		_, err := put(t.Context(), rows, workspace, collection, "otters of the "+collection)
		require.NoError(t, err)
	}
	for _, tc := range []struct {
		collections []string
		want        int
	}{{nil, 2}, {[]string{"sea"}, 1}, {[]string{"sea", "river"}, 2}, {[]string{"desert"}, 0}} {
		hits, err := lib.Search(t.Context(), workspace, Query{Text: "otter", Collections: tc.collections, Limit: 10})
		require.NoError(t, err)
		require.Len(t, hits, tc.want, "%v", tc.collections)
	}
}

func TestFitting(t *testing.T) {
	t.Parallel()
	rows := func(counts ...int32) (out []store.Document) {
		for _, n := range counts {
			out = append(out, store.Document{PassageCount: n})
		}
		return out
	}
	require.Equal(t, 3, fitting(rows(1, 2, 3)))
	require.Equal(t, 1, fitting(rows(passagesAtOnce, 1)))
	require.Equal(t, 1, fitting(rows(10*passagesAtOnce, 1)), "one that is too large is read alone")
	require.Zero(t, fitting(nil))
}
