package store_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/eventlog"
	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/filter/filtertest"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// addAnalyses inserts runs in a state and returns their ids, the oldest first.
func addAnalyses(t *testing.T, db *pg.Pool, workspace, state string, count int) []string {
	t.Helper()
	ids := make([]string, count)
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		for i := range ids {
			ids[i] = uuid.Must(uuid.NewV7()).String()
			batch.Queue(`INSERT INTO analyses (id, workspace_id, user_id, request_id, request, engine, deadline, state, step)
				VALUES ($1, $2, $2, '', '{"question": "Why?", "kind": "DEEP"}', 'local', now(), $3, '')`, ids[i], workspace, state)
		}
		return tx.SendBatch(ctx, &batch).Close()
	}))
	return ids
}

func TestFilters_AreFieldsOfTheContractThatTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	rows, log := store.New(db), eventlog.Open(t.Context(), db, nil, eventlog.Options{})
	t.Cleanup(log.Close)
	id := addAnalyses(t, db, workspace, store.Queued, 1)[0]
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := eventlog.Append(ctx, tx, workspace, id, eventlog.New{Type: "STATE_CHANGED"})
		return err
	}))
	of := func(w filter.Where) page.Query[page.ID] { return page.Query[page.ID]{Limit: 2, Where: w} }
	ctx := t.Context()

	filtertest.Contract(t, store.AnalysisFilter(), &analysisv1.Analysis{})
	filtertest.Runs(t, store.AnalysisFilter(), func(w filter.Where) error {
		_, err := rows.ListAnalyses(ctx, workspace, of(w))
		return err
	})
	filtertest.Contract(t, store.FindingFilter(), &analysisv1.Finding{})
	filtertest.Runs(t, store.FindingFilter(), func(w filter.Where) error {
		_, err := rows.ListFindings(ctx, workspace, id, page.Query[int32]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.EventFilter(), &analysisv1.Event{})
	filtertest.Runs(t, store.EventFilter(), func(w filter.Where) error {
		_, err := log.Page(ctx, workspace, id, page.Query[int64]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.MessageFilter(), &analysisv1.Message{})
	filtertest.Runs(t, store.MessageFilter(), func(w filter.Where) error {
		_, err := rows.ListMessages(ctx, workspace, id, of(w))
		return err
	})
	filtertest.Contract(t, store.CallFilter(), &analysisv1.Call{})
	filtertest.Runs(t, store.CallFilter(), func(w filter.Where) error {
		_, err := rows.ListCalls(ctx, workspace, id, of(w))
		return err
	})
	filtertest.Contract(t, store.ReverificationFilter(), &analysisv1.Reverification{})
	filtertest.Runs(t, store.ReverificationFilter(), func(w filter.Where) error {
		_, err := rows.ListReverifications(ctx, workspace, id, of(w))
		return err
	})
}

func TestListAnalyses_KeepsWhatTheFilterSays(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	failed := addAnalyses(t, db, workspace, store.Failed, 1)
	addAnalyses(t, db, workspace, store.Completed, 2)
	for text, want := range map[string]int{
		"state = FAILED": 1, "state != FAILED": 2, "kind = DEEP": 3, "why": 3, "how": 0, "-complete_time:*": 3, "id = " + failed[0]: 1,
	} {
		where, err := store.AnalysisFilter().Where(text)
		require.NoError(t, err)
		list, err := store.New(db).ListAnalyses(t.Context(), workspace, page.Query[page.ID]{Limit: 10, Where: where})
		require.NoError(t, err)
		require.Len(t, list, want, text)
	}
}

func TestListAnalyses_PagesAreStableWhileRunsComeAndGo(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	there := addAnalyses(t, db, workspace, store.Failed, 12)
	filtertest.Stable(t, there, func(number int) []string {
		addAnalyses(t, db, workspace, store.Failed, 1)
		gone := []string{there[number], there[len(there)-number]}
		require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM analyses WHERE id = ANY ($1)`, gone)
			return err
		}))
		return gone
	}, func(r page.Request) (ids []string, next string) {
		asked, err := page.Ask[page.ID](r, page.List{Filter: store.AnalysisFilter()})
		require.NoError(t, err)
		list, err := store.New(db).ListAnalyses(t.Context(), workspace, asked.Query)
		require.NoError(t, err)
		list, next, err = page.Turn(asked, list, func(a store.Analysis) page.ID { return page.ID(a.ID) })
		require.NoError(t, err)
		for _, a := range list {
			ids = append(ids, a.ID)
		}
		return ids, next
	})
}
