package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/filter/filtertest"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestFilters_AreFieldsOfTheContractThatTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	rows, workspace, id := store.New(pgtest.New(t, migrations.FS)), uuid.NewString(), uuid.NewString()
	of := func(w filter.Where) page.Query[page.ID] { return page.Query[page.ID]{Limit: 2, Where: w} }
	ctx := t.Context()

	filtertest.Contract(t, store.DocumentFilter(), &researchv1.Document{})
	filtertest.Runs(t, store.DocumentFilter(), func(w filter.Where) error {
		_, err := rows.ListDocuments(ctx, workspace, "", of(w))
		return err
	})
	filtertest.Contract(t, store.CollectionFilter(), &researchv1.Collection{})
	filtertest.Runs(t, store.CollectionFilter(), func(w filter.Where) error {
		_, err := rows.ListCollections(ctx, workspace, page.Query[store.CollectionPlace]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.ResearchFilter(), &researchv1.Research{})
	filtertest.Runs(t, store.ResearchFilter(), func(w filter.Where) error {
		_, err := rows.ListResearch(ctx, workspace, of(w))
		return err
	})
	filtertest.Contract(t, store.SourceFilter(), &researchv1.Source{})
	filtertest.Runs(t, store.SourceFilter(), func(w filter.Where) error {
		_, err := rows.ListSources(ctx, workspace, id, page.Query[store.SourcePlace]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.EvidenceFilter(), &researchv1.Evidence{})
	filtertest.Runs(t, store.EvidenceFilter(), func(w filter.Where) error {
		_, err := rows.ListEvidence(ctx, workspace, id, page.Query[int32]{Limit: 2, Where: w})
		return err
	})
}

// addDocuments inserts documents of a collection and returns their ids.
func addDocuments(t *testing.T, db *pg.Pool, workspace, collection string, count int) []string {
	t.Helper()
	ids := make([]string, count)
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		for i := range ids {
			ids[i] = uuid.Must(uuid.NewV7()).String()
			batch.Queue(`INSERT INTO documents (id, workspace_id, title, title_given, file_name, collection, size_bytes, sha256, state)
				VALUES ($1, $2, 'Graphs', true, 'a.pdf', $3, 10, $4, 'READY')`, ids[i], workspace, collection, ids[i])
		}
		return tx.SendBatch(ctx, &batch).Close()
	}))
	return ids
}

func deleteDocuments(t *testing.T, db *pg.Pool, workspace string, column string, values ...string) {
	t.Helper()
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM documents WHERE `+column+`::text = ANY ($1)`, values)
		return err
	}))
}

func TestListDocuments_PagesAreStableWhileDocumentsComeAndGo(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	there := addDocuments(t, db, workspace, "papers", 12)
	filtertest.Stable(t, there, func(number int) []string {
		addDocuments(t, db, workspace, "papers", 1)
		gone := []string{there[number], there[len(there)-number]}
		deleteDocuments(t, db, workspace, "id", gone...)
		return gone
	}, func(r page.Request) (ids []string, next string) {
		asked, err := page.Ask[page.ID](r, page.List{})
		require.NoError(t, err)
		list, err := store.New(db).ListDocuments(t.Context(), workspace, "papers", asked.Query)
		require.NoError(t, err)
		list, next, err = page.Turn(asked, list, func(d store.Document) page.ID { return page.ID(d.ID) })
		require.NoError(t, err)
		for _, d := range list {
			ids = append(ids, d.ID)
		}
		return ids, next
	})
}

func TestListCollections_PagesAreStableWhileCollectionsComeAndGo(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	there := []string{"", "b", "d", "f", "h", "j", "l"}
	for _, name := range there {
		addDocuments(t, db, workspace, name, 2)
	}
	filtertest.Stable(t, there, func(number int) []string {
		addDocuments(t, db, workspace, there[number]+"a", 1)
		gone := there[len(there)-number]
		deleteDocuments(t, db, workspace, "collection", gone)
		return []string{gone}
	}, func(r page.Request) (names []string, next string) {
		asked, err := page.Ask[store.CollectionPlace](r, page.List{})
		require.NoError(t, err)
		list, err := store.New(db).ListCollections(t.Context(), workspace, asked.Query)
		require.NoError(t, err)
		list, next, err = page.Turn(asked, list, func(c store.Collection) store.CollectionPlace { return store.CollectionPlace{Name: &c.Name} })
		require.NoError(t, err)
		for _, c := range list {
			names = append(names, c.Name)
		}
		return names, next
	})
}
