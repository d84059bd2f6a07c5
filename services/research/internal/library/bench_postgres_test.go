package library

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// fullText is PostgreSQL's own full-text search over a copy of a workspace's
// passages: a tsvector of title and text under a GIN index, ranked by cover density.
type fullText struct {
	db    *pg.Pool
	table string
}

// newFullText makes the table.
func newFullText(b *testing.B, db *pg.Pool, table string) fullText {
	b.Helper()
	for _, statement := range []string{
		`CREATE TABLE ` + table + ` (document_id uuid, ordinal integer, title text, text text, words tsvector
			GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || text)) STORED, PRIMARY KEY (document_id, ordinal))`,
		`CREATE INDEX ON ` + table + ` USING gin (words)`,
	} {
		_, err := db.Exec(b.Context(), statement)
		require.NoError(b, err)
	}
	return fullText{db, table}
}

// copyFrom copies the passages of a workspace into the table, a transaction for each
// hundred documents, and returns how long that took.
func (f fullText) copyFrom(b *testing.B, workspace string) time.Duration {
	b.Helper()
	ids, err := pg.ReadAll(b.Context(), f.db, workspace, pgx.RowTo[string], `SELECT id FROM documents ORDER BY id`)
	require.NoError(b, err)
	// The plan of a copy is PostgreSQL's to choose: it should know the tables.
	for _, table := range []string{"documents", "passages"} {
		maintain(b, f.db, "ANALYZE "+table)
	}
	begun := time.Now()
	for len(ids) > 0 {
		part := ids[:min(100, len(ids))]
		ids = ids[len(part):]
		require.NoError(b, f.db.InWorkspace(b.Context(), workspace, func(ctx context.Context, tx pgx.Tx) error {
			// An insert that finds the index's pending list full merges it first.
			if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO `+f.table+`
				SELECT document_id, ordinal, d.title, p.text FROM passages p JOIN documents d ON d.id = document_id
				WHERE document_id = ANY ($1::uuid[])`, part)
			return err
		}))
	}
	took := time.Since(begun)
	maintain(b, f.db, "VACUUM ANALYZE "+f.table)
	return took
}

// maintain runs a statement that keeps a table in order, which takes longer than a
// service's statements may.
func maintain(b *testing.B, db *pg.Pool, statement string) {
	b.Helper()
	conn, err := db.Acquire(b.Context())
	require.NoError(b, err)
	defer conn.Release()
	for _, s := range []string{"SET statement_timeout = 0", statement, "RESET statement_timeout"} {
		_, err = conn.Exec(b.Context(), s)
		require.NoError(b, err)
	}
}

// size returns what the table and its indexes take, in bytes.
func (f fullText) size(b *testing.B) (n int64) {
	b.Helper()
	require.NoError(b, f.db.QueryRow(b.Context(), `SELECT pg_total_relation_size($1::regclass)`, f.table).Scan(&n))
	return n
}

// search returns the documents of the best passages that hold any word of a query.
func (f fullText) search(ctx context.Context, query string, limit int) ([]string, error) {
	var words []string
	for _, token := range lexical.Tokens(query) {
		words = append(words, `"`+token.Text+`"`) // quoted, "or" and "-" are words
	}
	rows, err := f.db.Query(ctx, `
		SELECT document_id FROM `+f.table+`, websearch_to_tsquery('english', $1) AS q
		WHERE words @@ q ORDER BY ts_rank_cd(words, q) DESC, document_id, ordinal LIMIT $2`,
		strings.Join(words, " or "), limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
