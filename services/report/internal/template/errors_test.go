package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

func TestParse_SaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"a name that does not exist":              {"a {{ titel }}", "1:6: undeclared reference to 'titel'"},
		"a field that does not exist":             {"{% for f in findings %}\n{{ f.claims }}\n{% end %}", "2:5: undefined field 'claims'"},
		"columns are counted in characters":       {"äö日 {{ x }}", "1:8: undeclared reference to 'x'"},
		"expressions may take several lines":      {"{{ title +\n  x }}", "2:3: undeclared reference to 'x'"},
		"a name outside of its loop":              {"{% for f in findings %}{% end %}{{ f }}", "1:36: undeclared reference to 'f'"},
		"index outside of a loop":                 {"{{ index }}", "1:4: undeclared reference to 'index'"},
		"types that do not fit":                   {"{{ title + 1 }}", "1:10: + does not go with (string, int)"},
		"an expression that ends too early":       {"{{ title + }}", "1:11: the expression ends too early"},
		"an expression with a sign too much":      {"{{ title ) }}", `1:10: ")" is not expected here`},
		"no expression":                           {"{{ }}", "1:4: an expression is missing"},
		"a list is not printed":                   {"{{ findings }}", "1:4: a list(Finding) cannot be printed: go through it with for"},
		"a message is not printed":                {"{{ events[0] }}", "1:4: an Event cannot be printed: print one of its fields"},
		"bytes are not printed":                   {`{{ b"a" }}`, "1:4: a bytes cannot be printed"},
		"types are not printed":                   {"{{ int }}", "1:4: a type(int) cannot be printed"},
		"a tag without an end":                    {"a {{ title", "1:3: this tag has no end: }} is missing"},
		"a loop without an end":                   {"a\n{% for f in findings %}", "2:4: this for has no end"},
		"a condition without an end":              {"{% if true %}{% else %}", "1:4: this if has no end"},
		"an end without a beginning":              {"{% end %}", "1:4: end has no if or for before it"},
		"an else in a loop":                       {"{% for f in findings %}{% else %}{% end %}", "1:27: else belongs to an if, and this is a for"},
		"an else after an else":                   {"{% if true %}{% else %}{% else %}{% end %}", "1:27: else after else"},
		"more in an end":                          {"{% if true %}{% end if %}", "1:21: end stands alone in its tag"},
		"a loop without a list":                   {"{% for f %}{% end %}", "1:8: a loop is written as: for name in list"},
		"a loop through a text":                   {"{% for f in title %}{{ f.x }}{% end %}", "1:13: a loop goes through a list, and this is text"},
		"a loop that takes the number's name":     {"{% for index in findings %}{% end %}", "1:8: index is the number of the turn, and no name for its item"},
		"a condition that is none":                {"{% if title %}{% end %}", "1:7: a condition is true or false, and this is text"},
		"an unknown tag":                          {"{% run %}", `1:4: there is no tag "run"`},
		"a tag without a name":                    {"{% %}", "1:3: a tag begins with its name"},
		"a block in a line":                       {"a {% findings %}", "1:6: findings stands on a line of its own"},
		"an argument that a tag does not take":    {"{% limits of=findings %}", "1:11: limits takes no of"},
		"an argument without a name":              {"{% findings findings %}", "1:13: findings takes names with values, as in limit=3"},
		"an argument twice":                       {"{% findings limit=1 limit=2 %}", "1:27: limit is given twice"},
		"an argument of another type":             {"{% findings limit=title %}", "1:19: limit takes a whole number, and this is text"},
		"a list of something else":                {"{% findings of=summary %}", "1:16: of takes a list of findings, and this is a list(Statement)"},
		"a finding that is missing":               {"{% finding %}", "1:4: finding takes a finding"},
		"a chart that does not exist":             {`{% chart "pie" %}`, `1:10: there is no chart "pie": there are sources-by-year, sources-by-kind, evidence-by-source, agreement, timeline`},
		"a chart whose name is an expression":     {"{% chart title %}", "1:10: chart takes the name of a chart in quotes"},
		"a pattern that is none":                  {`{{ title.matches("(") }}`, "1:18: the pattern has a mistake: missing closing )"},
		"a character that is kept for the reader": {"a\uFDD0", "1:2: this character cannot be used"},
		"NUL":               {"a\x00", "1:2: this character cannot be used"},
		"what is not UTF-8": {"a\nb\xff", "2:2: this is not UTF-8"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse(tc.source)
			require.Error(t, err)
			found, ok := errors.AsType[template.Errors](err)
			require.True(t, ok)
			require.Len(t, found, 1, err)
			require.Equal(t, tc.want, err.Error())
		})
	}
}

func TestParse_TellsAllErrorsUpToABound(t *testing.T) {
	t.Parallel()
	_, err := template.Parse("{{ a }}\n{{ title }}\n{% b %}\n{{ c }}")
	require.EqualError(t, err, "1:4: undeclared reference to 'a'\n3:4: there is no tag \"b\"\n4:4: undeclared reference to 'c'")

	_, err = template.Parse(strings.Repeat("{{ a }}\n", 100))
	found, ok := errors.AsType[template.Errors](err)
	require.True(t, ok)
	require.Len(t, found, template.MaxErrors)
	require.Equal(t, 20, found[19].Line, "the first ones are told")
}

func TestExecute_SaysWhereItFailed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ source, want string }{
		"an item that is not there":       {"a\n{{ findings[9].claim }}", "2:4: index out of bounds: 9"},
		"a key that is not there":         {`{{ sources[0].identifiers["x"] }}`, "1:4: no such key: x"},
		"a division by nothing":           {"{{ 1 / 0 }}", "1:4: division by zero"},
		"a number that is too large":      {"{{ 9223372036854775807 + 1 }}", "1:4: integer overflow"},
		"a limit of less than nothing":    {"{% findings limit=-1 %}", "1:19: limit is less than nothing"},
		"a block in code":                 {"a\n```\n{% timeline %}\n{% findings %}\n```", "3:4: blocks cannot be placed in code"},
		"Markdown that is nested too far": {"a\n\n" + strings.Repeat("> ", 40), "3:69: the Markdown is too complex: blocks are nested deeper than 32"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := template.Parse(tc.source)
			require.NoError(t, err)
			_, err = read.Execute(t.Context(), sampled(""))
			where, ok := errors.AsType[*template.Error](err)
			require.True(t, ok)
			require.Equal(t, tc.want, where.Error())
		})
	}
}
