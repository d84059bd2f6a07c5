package page_test

import (
	"context"
	"encoding/base64"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/filter/filtertest"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func numbers() page.List {
	return page.List{Filter: filter.List{Fields: filter.Named(filter.Int, "n")}, Query: []string{"numbers"}}
}

func TestAsk_ATokenIsGoodForItsFilterOnly(t *testing.T) {
	t.Parallel()
	asked, err := page.Ask[int](filtertest.Request{Size: 2, Filter: "n > 0"}, numbers())
	require.NoError(t, err)
	require.Equal(t, 3, asked.Limit, "one more than the page holds")
	require.False(t, asked.Later)
	list, next, err := page.Turn(asked, []int{1, 2, 3}, func(n int) int { return n })
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, list)

	asked, err = page.Ask[int](filtertest.Request{Token: next, Filter: "n > 0"}, numbers())
	require.NoError(t, err)
	require.True(t, asked.Later)
	require.Equal(t, 2, asked.After)
	require.Equal(t, 51, asked.Limit, "another size may be asked for")

	_, err = page.Ask[int](filtertest.Request{Token: next, Filter: "n > 1"}, numbers())
	require.ErrorContains(t, err, "page_token")
	_, err = page.Ask[int](filtertest.Request{Filter: "m > 1"}, numbers())
	require.ErrorContains(t, err, "filter")
}

func TestAsk_SizesAreThoseOfTheList(t *testing.T) {
	t.Parallel()
	large := numbers()
	large.Default, large.Max = 100, 1000
	for name, tc := range map[string]struct {
		list  page.List
		asked int32
		limit int
	}{
		"its own default":  {large, 0, 101},
		"its own greatest": {large, 5000, 1001},
		"the greatest":     {numbers(), 5000, 201},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, err := page.Ask[int](filtertest.Request{Size: tc.asked}, tc.list)
			require.NoError(t, err)
			require.Equal(t, tc.limit, asked.Limit)
		})
	}
}

func TestDecode_RefusesAKeyThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]any{
		"no UUID": "x", "an empty one": "", "another spelling": "{018f0000-0000-7000-8000-000000000001}", "null": nil, "a number": 1,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := page.Encode(key, "things")
			require.NoError(t, err)
			var id page.ID
			_, err = page.Decode(token, &id, "things")
			require.ErrorContains(t, err, "page_token")
		})
	}
}

// place is a key of two parts, as some lists have.
type place struct {
	Time time.Time
	ID   string
}

// Valid implements page.Key.
func (p place) Valid() bool { return page.ID(p.ID).Valid() }

// FuzzPageToken: each token is either refused by name, or has keys that PostgreSQL takes
// and that lead to no row of another workspace. What is fuzzed is the key too, inside a
// token that is otherwise right: who reads this program can make one.
func FuzzPageToken(f *testing.F) {
	for _, text := range []string{
		"", "%%%", `"018f0000-0000-7000-8000-000000000001"`, `"\u0000"`, `null`, `{"Time":"9999-12-31T23:59:59Z","ID":"018f0000-0000-7000-8000-000000000001"}`,
		`{"Time":"0000-01-01T00:00:00Z","ID":""}`, `2147483648`, `-1e5`, `[]`, `"' OR true --"`,
	} {
		f.Add(text)
	}
	const mine, others = "018f0000-0000-7000-8000-00000000000a", "018f0000-0000-7000-8000-00000000000b"
	db := pgtest.New(f, fstest.MapFS{"0001_things.sql": {Data: []byte(`-- +goose Up
		CREATE TABLE things (id uuid PRIMARY KEY, workspace_id uuid NOT NULL, n integer NOT NULL, time timestamptz NOT NULL);
		INSERT INTO things VALUES ('` + mine + `', '` + mine + `', 1, now()), ('` + others + `', '` + others + `', 1, now());
		ALTER TABLE things ENABLE ROW LEVEL SECURITY;
		ALTER TABLE things FORCE ROW LEVEL SECURITY;
		CREATE POLICY workspace ON things USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);`)}})
	f.Fuzz(func(t *testing.T, text string) {
		forged := page.List{}
		for _, token := range []string{text, forge(text)} {
			read(t, db, mine, token, forged, func(id page.ID) (string, []any) { return `id > $1`, []any{string(id)} })
			read(t, db, mine, token, forged, func(n int32) (string, []any) { return `n > $1`, []any{n} })
			read(t, db, mine, token, forged, func(p place) (string, []any) { return `(time, id) > ($1, $2::uuid)`, []any{p.Time, p.ID} })
		}
	})
}

// forge returns a token with a key, for the list without a name and without a filter.
func forge(key string) string {
	token, err := page.Encode(raw(key), "")
	if err != nil { // no JSON
		return base64.RawURLEncoding.EncodeToString([]byte(key))
	}
	return token
}

// raw is JSON as it is.
type raw string

// MarshalJSON implements json.Marshaler.
func (r raw) MarshalJSON() ([]byte, error) {
	if r == "" {
		return nil, errors.New("no JSON")
	}
	return []byte(r), nil
}

// read reads the page after a token in a workspace.
func read[K any](t *testing.T, db *pg.Pool, workspace, token string, list page.List, after func(K) (string, []any)) {
	t.Helper()
	asked, err := page.Ask[K](filtertest.Request{Token: token}, list)
	if err != nil {
		require.ErrorIs(t, err, errs.InvalidArgument)
		require.ErrorContains(t, err, "page_token")
		return
	}
	if !asked.Later {
		return
	}
	condition, args := after(asked.After)
	ids, err := pg.ReadAll(context.Background(), db, workspace, pgx.RowTo[string], `SELECT workspace_id FROM things WHERE `+condition, args...)
	require.NoError(t, err)
	for _, id := range ids {
		require.Equal(t, workspace, id)
	}
}
