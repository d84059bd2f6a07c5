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
	id, err := put(t.Context(), rows, workspace, "", text)
	require.NoError(t, err)
	return id
}

// put is add for a document in a collection, in any goroutine.
func put(ctx context.Context, rows *store.Store, workspace, collection, text string) (id string, err error) {
	id = uuid.NewString()
	d := store.Document{ID: id, WorkspaceID: workspace, Collection: collection, SHA256: id, Title: text}
	return id, rows.InWorkspace(ctx, workspace, func(ctx context.Context, tx pgx.Tx) error {
		if _, _, err := rows.CreateDocument(ctx, tx, d); err != nil {
			return err
		}
		reading := store.Reading{
			Language: "en", Title: text, Passages: []store.Passage{{DocumentID: id, Text: text, EndOffset: int32(len(text))}},
		}
		_, err := rows.FinishDocuments(ctx, tx, workspace, []store.Finished{{Document: d, Reading: reading}})
		return err
	})
}

// texts returns the texts of hits, best first.
func texts(hits []Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Passage.Text)
	}
	return out
}

func TestSearch_LeavesOutWhatWasDeletedSince(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	lib := New(rows)
	add(t, rows, workspace, "otters crack clams")
	second := add(t, rows, workspace, "otters sleep on their backs")
	s, err := lib.current(t.Context(), workspace)
	require.NoError(t, err)
	found := s.index.Search("otters", 10, nil)
	require.Len(t, found, 2)

	_, err = rows.DeleteDocument(t.Context(), workspace, second, "")
	require.NoError(t, err)
	hits, err := lib.load(t.Context(), workspace, s, found)
	require.NoError(t, err)
	require.Equal(t, []string{"otters crack clams"}, texts(hits))

	hits, err = lib.Search(t.Context(), workspace, Query{Text: "otters", Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"otters crack clams"}, texts(hits))
	require.Equal(t, 1, s.index.Len(), "the same index, brought up to date")
	require.Len(t, s.documents, 1)
}

func TestCurrent_CatchesUpOverMoreThanOneBatch(t *testing.T) {
	t.Parallel()
	rows, workspace := store.New(pgtest.New(t, migrations.FS)), uuid.NewString()
	for i := range 2*changesAtOnce + 3 {
		add(t, rows, workspace, fmt.Sprintf("otter%d lives here", i))
	}
	lib := New(rows)
	for _, i := range []int{0, changesAtOnce, 2*changesAtOnce + 2} {
		hits, err := lib.Search(t.Context(), workspace, Query{Text: fmt.Sprintf("otter%d", i), Limit: 10})
		require.NoError(t, err)
		require.Len(t, hits, 1)
	}
}
