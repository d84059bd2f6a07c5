package filter_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

// FuzzFilter: each text is either refused by name, or makes a condition that PostgreSQL
// takes and that no part of the text has got into.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"", `state = READY AND -title:"a b" OR size >= -3`, `createTime < 2026-05-01T00:00:00.5+01:00`, `state = (READY OR FAILED)`,
		`identifiers."a.b":x*y NOT (authors:* duration_ms > 1.5s)`, `"it's" \* 'x"'`, `owner_id:*`, `open != true`, `a.b..c <= `, `((((a))))`,
		`usage.score > 1e300 title < "\\"`, `title = "';--"`,
	} {
		f.Add(text)
	}
	db := pgtest.New(f, fstest.MapFS{"0001_things.sql": {Data: []byte(schema)}})
	f.Fuzz(func(t *testing.T, text string) { checkFilter(t, db, text) })
}

func checkFilter(t *testing.T, db *pg.Pool, text string) {
	where, err := things().Where(text)
	if err != nil {
		require.ErrorIs(t, err, errs.InvalidArgument)
		require.Contains(t, err.Error(), "filter")
		return
	}
	condition, args := where.And()
	require.Empty(t, foreign(condition), "of %q", text)
	rows, _ := db.Query(t.Context(), `SELECT n FROM things WHERE true`+condition, args...)
	rows.Close()
	require.NoError(t, rows.Err(), "%q became %s", text, condition)
}

// foreign returns what is left of a condition without all that this package writes.
func foreign(condition string) string {
	for _, field := range things().Fields {
		condition = strings.ReplaceAll(condition, field.Column, "")
	}
	own := regexp.MustCompile(`\b(AND|OR|IS|NOT|TRUE|NULL|ANY|EXISTS|SELECT|FROM|WHERE|unnest|AS|element|I?LIKE|COLLATE|cardinality|jsonb_exists|note)\b` +
		`|"C"|'\{\}'|''|\$\d+::(text|uuid|bigint|float8|boolean|timestamptz)|[()<>=,0 ]|->>`)
	return own.ReplaceAllString(condition, "")
}
