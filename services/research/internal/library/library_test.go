package library

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// add stores a document that is READY and has one passage.
func add(t *testing.T, rows *store.Store, workspace, text string) (id string) {
	t.Helper()
	id = uuid.NewString()
	d := store.Document{ID: id, WorkspaceID: workspace, SHA256: id, Title: text}
	require.NoError(t, rows.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		if _, _, err := rows.CreateDocument(ctx, tx, d); err != nil {
			return err
		}
		return rows.FinishDocument(ctx, tx, d, store.Reading{
			Language: "en", Passages: []store.Passage{{DocumentID: id, Text: text, EndOffset: int32(len(text))}},
		})
	}))
	return id
}

// The index is shared and moves on; a search that began before must not give a
// hit whose document it does not know.
func TestSearch_GoesOnInItsViewWhileTheIndexMovesOn(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	lib := New(rows)
	first := add(t, rows, workspace, "otters crack clams")
	v, err := lib.current(t.Context(), workspace)
	require.NoError(t, err)

	second := add(t, rows, workspace, "otters sleep on their backs")
	hits, err := lib.Search(t.Context(), workspace, Query{Text: "otters", Limit: 10})
	require.NoError(t, err)
	require.Len(t, hits, 2, "a later search sees it")

	found := v.index.Search("otters", 10, v.in(nil))
	require.Len(t, found, 2, "the index has moved on")
	hits, err = lib.load(t.Context(), workspace, v, found)
	require.NoError(t, err)
	require.Len(t, hits, 1)
	require.Equal(t, first, hits[0].Document.ID)

	_, err = rows.DeleteDocument(t.Context(), workspace, second)
	require.NoError(t, err)
	hits, err = lib.load(t.Context(), workspace, v, found)
	require.NoError(t, err)
	require.Len(t, hits, 1, "deleted since the search")
}

func TestCurrent_CatchesUpOverMoreThanOneBatch(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	for i := range 2*applyBatch + 3 {
		add(t, rows, workspace, fmt.Sprintf("otter%d lives here", i))
	}
	lib := New(rows)
	for _, i := range []int{0, applyBatch, 2*applyBatch + 2} {
		hits, err := lib.Search(t.Context(), workspace, Query{Text: fmt.Sprintf("otter%d", i), Limit: 10})
		require.NoError(t, err)
		require.Len(t, hits, 1)
	}
}
