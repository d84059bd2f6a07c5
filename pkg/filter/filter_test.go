package filter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filter"
)

// things is a list with a field of each type.
func things() filter.List {
	return filter.List{
		Fields: []filter.Field{
			{Name: "title", Column: "title", Type: filter.Text},
			{Name: "state", Column: "state", Type: filter.Enum, Values: []string{"QUEUED", "READY", "FAILED"}},
			{Name: "owner_id", Column: "owner_id", Type: filter.ID},
			{Name: "size", Column: "size", Type: filter.Int},
			{Name: "usage.score", Column: "score", Type: filter.Float},
			{Name: "open", Column: "open", Type: filter.Bool},
			{Name: "create_time", Column: "create_time", Type: filter.Time},
			{Name: "duration_ms", Column: "duration_ms", Type: filter.Millis},
			{Name: "authors", Column: "authors", Type: filter.Texts},
			{Name: "identifiers", Column: "identifiers", Type: filter.Map},
		},
		Text: []string{"title", "note"},
	}
}

func TestWhere_MakesAConditionWithTheValuesAsArguments(t *testing.T) {
	t.Parallel()
	const owner = "018f0000-0000-7000-8000-000000000001"
	for name, tc := range map[string]struct {
		filter, sql string
		args        []any
	}{
		"an enum":                           {`state = READY`, `state = $2::text`, []any{"READY"}},
		"without spaces":                    {`size>=3`, `size >= $2::bigint`, []any{int64(3)}},
		"JSON's spelling":                   {`createTime < 2026-05-01`, `create_time < $2::timestamptz`, nil},
		"a nested field":                    {`usage.score > -1.5`, `score > $2::float8`, []any{-1.5}},
		"an id":                             {`owner_id = ` + owner, `owner_id = $2::uuid`, []any{owner}},
		"has is equality of scalars":        {`open:true`, `open = $2::boolean`, []any{true}},
		"not equal is the negation":         {`state != READY`, `(state = $2::text) IS NOT TRUE`, []any{"READY"}},
		"OR binds closer than AND":          {`size = 1 AND size = 2 OR size = 3`, `(size = $2::bigint) AND ((size = $3::bigint) OR (size = $4::bigint))`, []any{int64(1), int64(2), int64(3)}},
		"side by side is AND":               {`size = 1 size = 2`, `(size = $2::bigint) AND (size = $3::bigint)`, []any{int64(1), int64(2)}},
		"parentheses":                       {`(size = 1 AND size = 2) OR size = 3`, `((size = $2::bigint) AND (size = $3::bigint)) OR (size = $4::bigint)`, []any{int64(1), int64(2), int64(3)}},
		"NOT":                               {`NOT size = 1`, `(size = $2::bigint) IS NOT TRUE`, []any{int64(1)}},
		"a minus is NOT":                    {`-size = 1`, `(size = $2::bigint) IS NOT TRUE`, []any{int64(1)}},
		"several values":                    {`state = (READY OR FAILED)`, `(state = $2::text) OR (state = $3::text)`, []any{"READY", "FAILED"}},
		"a minus before values":             {`size = (-1 OR 2)`, `(size = $2::bigint) OR (size = $3::bigint)`, []any{int64(-1), int64(2)}},
		"a text":                            {`title = "a b"`, `title = $2::text`, []any{"a b"}},
		"a wildcard":                        {`title = "50%*_\\"`, `title LIKE $2::text`, []any{`50\%%\_\\`}},
		"a quoted wildcard":                 {`title = "a\*b"`, `title = $2::text`, []any{"a*b"}},
		"a part of a text":                  {`title:deep`, `title ILIKE $2::text`, []any{"%deep%"}},
		"a text that there is":              {`title:*`, `title <> ''`, nil},
		"order of texts":                    {`title < b`, `title COLLATE "C" < $2::text`, []any{"b"}},
		"a field that there is":             {`owner_id:*`, `owner_id IS NOT NULL`, nil},
		"a duration":                        {`duration_ms > 1.5s`, `duration_ms > $2::float8`, []any{1500.0}},
		"milliseconds":                      {`duration_ms > 20`, `duration_ms > $2::float8`, []any{20.0}},
		"one of several texts":              {`authors:"Ada L."`, `$2::text = ANY (authors)`, []any{"Ada L."}},
		"one of several by wildcard":        {`authors:Ada*`, `EXISTS (SELECT FROM unnest(authors) AS element WHERE element LIKE $2::text)`, []any{"Ada%"}},
		"an entry":                          {`identifiers.doi = 10.1000/182`, `(identifiers ->> $2::text) = $3::text`, []any{"doi", "10.1000/182"}},
		"an entry with a quoted name":       {`identifiers."a-b":x`, `(identifiers ->> $2::text) ILIKE $3::text`, []any{"a-b", "%x%"}},
		"an entry that there is":            {`identifiers:doi`, `jsonb_exists(identifiers, $2::text)`, []any{"doi"}},
		"a word":                            {`graph`, `title ILIKE $2::text OR note ILIKE $2::text`, []any{"%graph%"}},
		"a sentence's end":                  {`-this.`, `(title ILIKE $2::text OR note ILIKE $2::text) IS NOT TRUE`, []any{"%this.%"}},
		"a word that begins like AND or OR": {`ANDROID ORACLE`, `(title ILIKE $2::text OR note ILIKE $2::text) AND (title ILIKE $3::text OR note ILIKE $3::text)`, []any{"%ANDROID%", "%ORACLE%"}},
		"SQL stays a value":                 {`title = "'; DROP TABLE x; --"`, `title = $2::text`, []any{"'; DROP TABLE x; --"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where, err := things().Where(tc.filter)
			require.NoError(t, err)
			sql, args := where.And("first")
			require.Equal(t, " AND ("+tc.sql+")", sql)
			require.Equal(t, "first", args[0], "the query's own arguments come first")
			if tc.args != nil {
				require.Equal(t, tc.args, args[1:])
			}
		})
	}
}

func TestWhere_NoneIsNoCondition(t *testing.T) {
	t.Parallel()
	where, err := things().Where(" \t")
	require.NoError(t, err)
	sql, args := where.And(1, 2)
	require.Empty(t, sql)
	require.Equal(t, []any{1, 2}, args)
}

func TestWhere_SaysWhereItIsWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ filter, message string }{
		"an unknown field":            {`état = 1`, `character 1: there is no field "état"; there are title, state, owner_id, size, usage.score`},
		"characters, not bytes":       {`title = é AND sizes = 1`, `character 15: there is no field "sizes"`},
		"a key of no map":             {`title.x = 1`, `character 1: there is no field "title.x"`},
		"an unknown value":            {`state = DONE`, `character 9: state is one of QUEUED, READY, FAILED`},
		"a value in another case":     {`state = ready`, `character 9: state is one of`},
		"no number":                   {`size = many`, `character 8: size is a whole number`},
		"a number too large":          {`size = 9223372036854775808`, `character 8: size is a whole number`},
		"no finite number":            {`usage.score < Inf`, `character 15: usage.score is a number`},
		"no UUID":                     {`owner_id = {018f0000-0000-7000-8000-000000000001}`, `character 12: owner_id is a UUID`},
		"no time":                     {`create_time > yesterday`, `character 15: create_time is a time such as`},
		"no boolean":                  {`open = 1`, `character 8: open is true or false`},
		"no duration":                 {`duration_ms > long`, `character 15: duration_ms is milliseconds`},
		"an order of an enum":         {`state > READY`, `character 7: state knows =, != and : only`},
		"equality of several texts":   {`authors = Ada`, `character 9: authors holds several texts`},
		"equality of a map":           {`identifiers = x`, `character 13: identifiers has entries`},
		"no value":                    {`size =`, `character 7: a name or a value is expected, not end`},
		"no field":                    {`= 1`, `character 1: a name or a value is expected, not '='`},
		"nothing after AND":           {`size = 1 AND`, `character 13: a name or a value is expected, not end`},
		"OR at the beginning":         {`OR size = 1`, `character 1: a restriction is expected, not OR`},
		"NOT twice":                   {`NOT NOT size = 1`, `character 5: a restriction is expected, not NOT`},
		"an open parenthesis":         {`(size = 1`, `character 1: the parenthesis is not closed`},
		"a parenthesis too many":      {`size = 1)`, `character 9: unexpected ')'`},
		"nothing in parentheses":      {`()`, `character 2: a name or a value is expected, not ')'`},
		"an open quote":               {`title = "a`, `character 9: the quoted text is not closed`},
		"an unknown escape":           {`title = "\n"`, `character 10: a backslash stands before`},
		"a function":                  {`now() > 1`, `character 1: there are no functions`},
		"a comparison among values":   {`size = (1 OR size = 2)`, `character 14: only values of size can stand here`},
		"a comma":                     {`size = 1, 2`, `character 9: a name or a value is expected, not ','`},
		"too many wildcards":          {`title = *a*a*a*a*a*a*a*a*`, `character 9: a value may have 8 wildcards`},
		"too many restrictions":       {strings.Repeat("a ", 51), `character 101: there may be 50 restrictions`},
		"too deep":                    {strings.Repeat("(", 17) + "a", `character 17: parentheses may be nested 16 deep`},
		"too long":                    {strings.Repeat("é", 2049), `must be at most 2048 characters`},
		"a zero byte":                 {"title = \x00", `without zero bytes`},
		"what is no UTF-8":            {"title = \xff", `must be text in UTF-8`},
		"a value that begins a paren": {`state = (READY`, `character 9: the parenthesis is not closed`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := things().Where(tc.filter)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, "filter")
			require.ErrorContains(t, err, tc.message)
		})
	}
}

func TestWhere_AListWithoutTextsRefusesABareWord(t *testing.T) {
	t.Parallel()
	list := filter.List{Fields: things().Fields[:2]}
	_, err := list.Where("state = READY graph")
	require.ErrorContains(t, err, "character 15: a field must be named; there are title, state")
}

func TestWhere_LimitsAreInclusive(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"restrictions": strings.Repeat("a ", 50),
		"depth":        strings.Repeat("(", 16) + "a" + strings.Repeat(")", 16),
		"length":       strings.Repeat("é", 2048),
		"wildcards":    "title = *a*a*a*a*a*a*a*",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := things().Where(text)
			require.NoError(t, err)
		})
	}
}
