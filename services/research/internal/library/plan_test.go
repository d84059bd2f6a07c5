package library

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

// Right after a large import PostgreSQL has no statistics, and for each hit it used to
// read the index of the whole workspace. The texts are long: it guesses by the size of
// the table.
func TestSearch_ReadsOnlyItsHitsOfATableWithoutStatistics(t *testing.T) {
	t.Parallel()
	db, workspace := pgtest.New(t, migrations.FS), uuid.NewString()
	rows := store.New(db)
	id := add(t, rows, workspace, "otters crack clams")
	const passages, wanted = 30_000, 10
	require.NoError(t, db.InWorkspace(t.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO passages (document_id, ordinal, workspace_id, start_offset, end_offset, page, heading, text)
			SELECT $1, n, $2, 0, 0, 0, '', repeat('otters ', 250) FROM generate_series(1, $3) n`, id, workspace, passages)
		return err
	}))
	var keys []store.PassageKey
	for i := range wanted {
		keys = append(keys, store.PassageKey{DocumentID: id, Ordinal: int32(i * 1000)})
	}
	found, err := rows.Passages(t.Context(), workspace, keys)
	require.NoError(t, err)
	require.Len(t, found, wanted)

	read := 0
	require.Eventually(t, func() bool { // the server counts with a delay
		const q = `SELECT coalesce(sum(idx_tup_read), 0)::int FROM pg_stat_user_indexes WHERE relname = 'passages'`
		require.NoError(t, db.QueryRow(t.Context(), q).Scan(&read))
		return read > 0
	}, 20*time.Second, 100*time.Millisecond)
	require.Less(t, read, 100*wanted, "entries of indexes that were read")
}
