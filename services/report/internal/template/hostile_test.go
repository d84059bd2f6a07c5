package template_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// large is material of a deep analysis.
func large() *reportv1.Material {
	m := sampled("")
	m.Findings[0].Quotes[0].Text = strings.Repeat("It is 642 m deep. ", 100)
	for n := int32(5); n <= 300; n++ {
		f, _ := proto.Clone(m.GetFindings()[0]).(*reportv1.Finding)
		f.Number, f.Claim = n, fmt.Sprintf("Lake %d is %d m deep.", n, n*7)
		m.Findings = append(m.Findings, f)
	}
	return m
}

// nested is a loop in a loop in a loop.
func nested(depth int, body string) string {
	return strings.Repeat("{% for x in findings %}\n", depth) + body + "\n" + strings.Repeat("{% end %}\n", depth)
}

// patience bounds what is to be stopped by a bound of its own, and then by the clock:
// with what the machine does besides.
const patience = 60 * template.MaxTime

// TestExecute_StopsWhatDoesNotEnd runs templates that loop, print and compute more than
// they may. Each is stopped soon, and told where.
func TestExecute_StopsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	doubled := func(times int) string { return `["0123456789"]` + strings.Repeat(".map(x, x + x)", times) }
	tests := map[string]struct{ source, want string }{
		"loops six deep":              {nested(6, "{% if x.number < 0 %}a{% end %}"), "7:4: the template takes more than 100000 steps"},
		"loops with nothing in them":  {nested(6, ""), "7:1: the template takes more than 100000 steps"},
		"printing a gigabyte":         {nested(3, "{{ title + title + title + title + title + title + title + title }}"), "4:4: the text is longer than 1048576 bytes"},
		"writing a gigabyte":          {nested(3, strings.Repeat("word ", 1000)), "4:1: the Markdown is longer than 262144 bytes"},
		"placing a gigabyte":          {nested(3, "{% findings %}"), "4:4: the blocks and quotes are longer than 16777216 bytes"},
		"marks of a gigabyte":         {nested(3, "{{ findings[0] }}"), "4:4: the blocks and quotes are longer than 16777216 bytes"},
		"a text that doubles":         {"{{ " + doubled(60) + "[0] }}", "1:4: the expression is too costly"},
		"a text that doubles unseen":  {"{{ " + doubled(60) + "[0].size() }}", "1:4: the expression is too costly"},
		"a text that is joined":       {"{{ join(findings.map(f, join(findings.map(g, g.claim + f.claim), f.claim)), title) }}", "1:4: the expression is too costly"},
		"a joined text that is large": {"{{ join(findings.map(f, title + title + title + title + title + title + title + title + title + title + title + title), title) }}", "1:4: the text is longer than 65536 bytes"},
		"comprehensions ten deep":     {"{{ " + strings.Repeat("findings.exists(x, ", 10) + "false" + strings.Repeat(")", 10) + " }}", "1:4: the expression is too costly"},
		"costly expressions in turns": {"{% for a in findings %}{{ findings.filter(f, f.claim.contains(a.claim)).size() + findings.filter(f, f.claim == a.claim).size() + findings.map(f, f.claim + a.claim + f.claim + a.claim).size() + findings.map(f, f.claim + a.claim + f.claim + a.claim).size() }}{% end %}", "1:27: the expressions of the template are too costly"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := template.Parse(tc.source)
			require.NoError(t, err)
			start := time.Now()
			_, err = read.Execute(t.Context(), large())
			require.Less(t, time.Since(start), patience)
			where, ok := errors.AsType[*template.Error](err)
			require.True(t, ok, err)
			if where.Unwrap() == nil { // a slow machine may meet the clock first
				require.Equal(t, tc.want, where.Error())
			}
		})
	}
}

// TestParse_RefusesWhatCannotBeBounded are ways around the count of the costs.
func TestParse_RefusesWhatCannotBeBounded(t *testing.T) {
	t.Parallel()
	tree := "[[0]]" + strings.Repeat(".map(x, [x, x, x, x, x, x, x, x])", 10)
	tests := map[string]struct{ source, want string }{
		"lists that are added":            {"{{ (findings + findings).size() }}", "1:14: only numbers and texts can be added"},
		"lists that double":               {"{{ [[0]]" + strings.Repeat(".map(x, x + x)", 5) + ".size() }}", "1:19: only numbers and texts can be added"},
		"lists of lists that are equal":   {"{{ " + tree + " == " + tree + " }}", "lists cannot be compared"},
		"lists that are looked for":       {"{{ [0] in [[0]] }}", "1:8: in looks for a text or a number"},
		"values of any type":              {"{{ dyn(1) }}", "1:7: undeclared reference to 'dyn'"},
		"a message that is made":          {`{{ researcherpro.report.v1.Finding{claim: "x"} }}`, "messages cannot be made"},
		"a map in its own order":          {"{{ sources[0].identifiers.map(k, k).size() }}", "macros go through lists"},
		"an expression of too many parts": {"{{ " + strings.Repeat("1 + ", 40000/4) + "1 }}", "1:4: "},
		"brackets without end":            {"{{ " + strings.Repeat("(", 30000) + " }}", "1:4: "},
		"a pattern that is too large":     {`{{ title.matches("((a{30}b){30}c){1}") }}`, "1:18: the pattern is larger than 1000"},
		"a source that is too large":      {strings.Repeat("a", template.MaxSource+1), "1:1: a template has at most 65536 bytes, this one has 65537"},
		"more tags than a template has":   {strings.Repeat("{{1}}", template.MaxTags+1), "1:10001: there are more than 2000 tags"},
		"loops that are nested too deep":  {nested(33, ""), "33:4: loops and conditions are nested deeper than 32"},
		"loops that are nested far":       {strings.Repeat("{% for x in findings %}", 1000) + strings.Repeat("{% end %}", 1000), "nested deeper"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := template.Parse(tc.source)
			require.ErrorContains(t, err, tc.want)
			require.Less(t, time.Since(start), patience)
		})
	}
}

// TestExecute_APatternMadeAtRunTimeIsBounded reaches the bound that reading a template
// cannot check.
func TestExecute_APatternMadeAtRunTimeIsBounded(t *testing.T) {
	t.Parallel()
	read, err := template.Parse(`{{ title.matches("((a{30}b){30}" + "c){1}") }}`)
	require.NoError(t, err)
	_, err = read.Execute(t.Context(), sampled(""))
	require.EqualError(t, err, "1:4: the pattern is larger than 1000")
}

// TestParse_ReachesNothingButTheMaterial tries the names of what is around a template.
func TestParse_ReachesNothingButTheMaterial(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"os", "env", "getenv", "process", "run", "exec", "self", "this", "global", "config", "request", "tenant", "owner", "user",
		"workspace_id", "analysis_id", "password", "secret", "__class__", "__import__", "constructor", "file", "include", "import_",
		"now", "timestamp", "duration", "google", "net", "http", "db", "material", "document", "r", "template", "env_var",
	} {
		_, err := template.Parse("a\n  {{ " + name + " }}")
		require.EqualError(t, err, "2:6: undeclared reference to '"+name+"'")
		_, err = template.Parse("{{ " + name + `("x") }}`)
		require.ErrorContains(t, err, fmt.Sprintf("1:%d: undeclared reference to '%s'", 4+len(name), name))
		_, err = template.Parse("{{ findings[0]." + name + " }}")
		require.ErrorContains(t, err, "undefined field '"+name+"'")
	}
}

func TestExecute_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	read, err := template.Parse("a\n{{ title }}")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = read.Execute(ctx, sampled(""))
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "1:1: the template was stopped")

	ctx, cancel = context.WithTimeout(t.Context(), -1)
	defer cancel()
	_, err = read.Execute(ctx, sampled(""))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualError(t, err, "1:1: the template takes too long: it may take 2s")
}

// TestExecute_MarkdownIsStoppedByTheClock reads text that takes quadratic time, most of
// it in the reader of Markdown. The clock stops it if it is not fast enough.
func TestExecute_MarkdownIsStoppedByTheClock(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[a](", "[", "![", "*a_ ", "~~a ", "`a`` ", "<a:", "&", "1. ", "- a\n", "> ", "a | b\n- | -\n", "[a]: b\n"} {
		read, err := template.Parse("{% for x in findings %}" + strings.Repeat(text, 840/len(text)) + "{% end %}")
		require.NoError(t, err)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), template.MaxTime/10)
		_, err = read.Execute(ctx, large())
		cancel()
		require.Less(t, time.Since(start), patience, text)
		if where, ok := errors.AsType[*template.Error](err); ok {
			require.Greater(t, where.Line+where.Column, 2, "not just the beginning")
		}
	}
}

// TestExecute_AtOnce runs one template many times at once, with the same result.
func TestExecute_AtOnce(t *testing.T) {
	t.Parallel()
	read := builtin(t, "detailed").Template
	want, err := read.Execute(t.Context(), sampled("COMPARISON"))
	require.NoError(t, err)
	material := sampled("COMPARISON")
	results := make(chan string, 4*runtime.NumCPU())
	for range cap(results) {
		go func() {
			got, err := read.Execute(t.Context(), material)
			results <- fmt.Sprintf("%v%s", err, dump(got))
		}()
	}
	for range cap(results) {
		require.Equal(t, "<nil>"+dump(want), <-results)
	}
}

// FuzzTemplate reads whatever it is given and runs what can be read: it either fails
// with a place, or makes a report with limits.
func FuzzTemplate(f *testing.F) {
	all, err := template.Builtins()
	require.NoError(f, err)
	for _, b := range all {
		f.Add(b.Source)
	}
	f.Add("{{ \"}}\" }}{% if true %}\n- {{ findings[0] }}{% else %}{% end %}{# #}")
	f.Add("{% for x in {\"a\": 1} %}[{{ x }}]({{ x }}) `{{ x }}` <https://{{ x }}>{% end %}\n\n```{{ title }}\n{% timeline %}")
	material := sampled("COMPARISON")
	f.Fuzz(func(t *testing.T, source string) {
		read, err := template.Parse(source)
		if err != nil {
			found, ok := errors.AsType[template.Errors](err)
			require.True(t, ok, err)
			for _, e := range found {
				require.Positive(t, e.Line)
				require.Positive(t, e.Column)
				require.NotEmpty(t, e.Message)
			}
			return
		}
		sections, err := read.Execute(t.Context(), material)
		if err != nil {
			where, ok := errors.AsType[*template.Error](err)
			require.True(t, ok, err)
			require.Positive(t, where.Line)
			return
		}
		limits := 0
		for i, s := range sections {
			require.Equal(t, fmt.Sprintf("section-%d", i+1), s.GetAnchor())
			require.NotEmpty(t, s.GetBlocks())
			limits += strings.Count(dump([]*reportv1.Section{s}), "soundings.pdf could not be read")
		}
		require.Positive(t, limits)
		_, err = proto.Marshal(&reportv1.Document{Sections: sections})
		require.NoError(t, err, "all text is UTF-8")
	})
}
