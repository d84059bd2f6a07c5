package filter_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const schema = `-- +goose Up
CREATE TABLE things (
	n integer PRIMARY KEY, title text NOT NULL, note text NOT NULL, state text NOT NULL, owner_id uuid, size bigint,
	score double precision NOT NULL, open boolean NOT NULL, create_time timestamptz, duration_ms bigint NOT NULL,
	authors text[] NOT NULL, identifiers jsonb NOT NULL
);`

// thing is a row; nil is an absent value.
type thing struct {
	Title, Note, State string
	Owner              *string
	Size               *int64
	Score              float64
	Open               bool
	Time               *time.Time
	Millis             int64
	Authors            []string
	Identifiers        map[string]string
}

// test is a filter with what it means, written down a second time.
type test struct {
	text string
	fits func(thing) bool
}

var (
	words  = []string{"a", "A", "b", "ab", "aBc", "a b", `q"'\`, "50%_", "x*y", "ü", "日"}
	owners = []string{"018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"}
	start  = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
)

// A filter keeps the same rows in PostgreSQL as by its meaning.
func TestWhere_PostgreSQLKeepsWhatTheFilterMeans(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, fstest.MapFS{"0001_things.sql": {Data: []byte(schema)}})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawThing), 1, 12).Draw(t, "rows")
		filled(t, db, rows)
		for range 10 {
			drawn := drawTest(t, 3)
			var want []int
			for n, row := range rows {
				if drawn.fits(row) {
					want = append(want, n)
				}
			}
			require.Equal(t, want, kept(t, db, drawn.text), drawn.text)
		}
	})
}

func filled(t require.TestingT, db *pg.Pool, rows []thing) {
	ctx := context.Background()
	var batch pgx.Batch
	batch.Queue(`TRUNCATE things`)
	for n, r := range rows {
		batch.Queue(`INSERT INTO things VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			n, r.Title, r.Note, r.State, r.Owner, r.Size, r.Score, r.Open, r.Time, r.Millis, r.Authors, r.Identifiers)
	}
	require.NoError(t, db.SendBatch(ctx, &batch).Close())
}

func kept(t require.TestingT, db *pg.Pool, text string) (numbers []int) {
	where, err := things().Where(text)
	require.NoError(t, err, text)
	condition, args := where.And(-1)
	rows, _ := db.Query(context.Background(), `SELECT n FROM things WHERE n > $1`+condition+` ORDER BY n`, args...)
	numbers, err = pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(t, err, text)
	if len(numbers) == 0 {
		return nil
	}
	return numbers
}

func drawThing(t *rapid.T) thing {
	word := rapid.SampledFrom(append([]string{""}, words...))
	r := thing{
		Title: word.Draw(t, "title"), Note: word.Draw(t, "note"),
		State: rapid.SampledFrom([]string{"QUEUED", "READY", "FAILED"}).Draw(t, "state"),
		Score: float64(rapid.IntRange(-4, 4).Draw(t, "score")) / 2, Open: rapid.Bool().Draw(t, "open"),
		Millis:  rapid.Int64Range(0, 4).Draw(t, "duration") * 500,
		Authors: rapid.SliceOfN(word, 0, 3).Draw(t, "authors"), Identifiers: map[string]string{},
	}
	r.Owner = optional(t, rapid.SampledFrom(owners))
	r.Size = optional(t, rapid.Int64Range(-2, 2))
	r.Time = optional(t, rapid.Map(rapid.IntRange(-2, 2), func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }))
	if rapid.Bool().Draw(t, "has doi") {
		r.Identifiers["doi"] = word.Draw(t, "doi")
	}
	return r
}

func optional[T any](t *rapid.T, g *rapid.Generator[T]) *T {
	v := rapid.Ptr(g, true).Draw(t, "optional")
	return v
}

// drawTest draws a filter at most depth deep.
func drawTest(t *rapid.T, depth int) test {
	if depth == 0 {
		return drawRestriction(t)
	}
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		a, b := drawTest(t, depth-1), drawTest(t, depth-1)
		by := rapid.SampledFrom([]string{" AND ", " "}).Draw(t, "and")
		return test{"(" + a.text + ")" + by + "(" + b.text + ")", func(r thing) bool { return a.fits(r) && b.fits(r) }}
	case 1:
		// Without parentheses: OR binds closer.
		a, b, c := drawRestriction(t), drawRestriction(t), drawRestriction(t)
		return test{a.text + " AND " + b.text + " OR " + c.text, func(r thing) bool { return a.fits(r) && (b.fits(r) || c.fits(r)) }}
	case 2:
		a, b := drawTest(t, depth-1), drawTest(t, depth-1)
		return test{"(" + a.text + ") OR (" + b.text + ")", func(r thing) bool { return a.fits(r) || b.fits(r) }}
	case 3:
		a := drawTest(t, depth-1)
		by := rapid.SampledFrom([]string{"NOT ", "-"}).Draw(t, "not")
		return test{by + "(" + a.text + ")", func(r thing) bool { return !a.fits(r) }}
	default:
		return drawRestriction(t)
	}
}

func drawRestriction(t *rapid.T) test {
	op := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "operator")
	switch rapid.IntRange(0, 10).Draw(t, "field") {
	case 0:
		n := rapid.Int64Range(-2, 2).Draw(t, "size")
		return test{"size " + op + " " + strconv.FormatInt(n, 10), func(r thing) bool { return holds(op, r.Size, func(v int64) int { return int(v - n) }) }}
	case 1:
		f := float64(rapid.IntRange(-4, 4).Draw(t, "score")) / 2
		return test{"usage.score" + op + strconv.FormatFloat(f, 'g', -1, 64), func(r thing) bool { return holds(op, &r.Score, func(v float64) int { return int(2 * (v - f)) }) }}
	case 2:
		at := start.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "hours")) * time.Hour)
		shown := at.In(time.FixedZone("", 3600*rapid.IntRange(-9, 9).Draw(t, "zone"))).Format(time.RFC3339)
		return test{"create_time " + op + " " + shown, func(r thing) bool { return holds(op, r.Time, func(v time.Time) int { return v.Compare(at) }) }}
	case 3:
		ms := rapid.Int64Range(0, 4).Draw(t, "duration") * 500
		return test{fmt.Sprintf("durationMs %s %gs", op, float64(ms)/1000), func(r thing) bool { return holds(op, &r.Millis, func(v int64) int { return int(v - ms) }) }}
	case 4:
		w := rapid.SampledFrom(words).Draw(t, "word")
		return test{"title " + op + " " + quote(w), func(r thing) bool { return holds(op, &r.Title, func(v string) int { return strings.Compare(v, w) }) }}
	default:
		return drawOther(t)
	}
}

// holds reports whether a value stands in a relation. An absent one differs from all.
func holds[T any](op string, v *T, compare func(T) int) bool {
	if v == nil {
		return op == "!="
	}
	c := compare(*v)
	return map[string]bool{"=": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
}

func drawOther(t *rapid.T) test {
	w := rapid.SampledFrom(words).Draw(t, "word")
	has := func(text, part string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(part)) }
	switch rapid.IntRange(0, 9).Draw(t, "restriction") {
	case 0:
		return test{"title:" + quote(w), func(r thing) bool { return has(r.Title, w) }}
	case 1:
		return test{quote(w), func(r thing) bool { return has(r.Title, w) || has(r.Note, w) }}
	case 2:
		return test{`title = a*b*`, func(r thing) bool { return strings.HasPrefix(r.Title, "a") && strings.Contains(r.Title[1:], "b") }}
	case 3:
		return test{"state = (READY OR FAILED)", func(r thing) bool { return r.State != "QUEUED" }}
	case 4:
		return test{"owner_id = " + owners[0], func(r thing) bool { return r.Owner != nil && *r.Owner == owners[0] }}
	case 5:
		return test{"(owner_id:* open:true)", func(r thing) bool { return r.Owner != nil && r.Open }}
	case 6:
		return test{"authors:" + quote(w), func(r thing) bool { return slices.Contains(r.Authors, w) }}
	case 7:
		return test{"authors:a*", func(r thing) bool {
			return slices.ContainsFunc(r.Authors, func(a string) bool { return strings.HasPrefix(a, "a") })
		}}
	case 8:
		return test{"identifiers.doi != " + quote(w), func(r thing) bool { v, ok := r.Identifiers["doi"]; return !ok || v != w }}
	default:
		return test{"(identifiers:doi title:*)", func(r thing) bool { _, ok := r.Identifiers["doi"]; return ok && r.Title != "" }}
	}
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `*`, `\*`, `'`, `\'`).Replace(text) + `"`
}
