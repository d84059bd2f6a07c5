package template

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
)

// argument is what is given to a tag. Its name is empty if none was written.
type argument struct {
	name, text string
	at         int
}

// named finds the name of an argument, after white space.
var named = regexp.MustCompile(`^([a-z_]+)=`)

// split cuts what stands in a tag into its arguments: one without a name at most, which
// comes first, and then each up to the name of the next.
func split(text string, at int) []argument {
	var out []argument
	depth, start := 0, 0
	current := argument{at: at}
	finish := func(end int) {
		current.text = strings.TrimSpace(text[start:end])
		if current.name != "" || current.text != "" {
			out = append(out, current)
		}
	}
	for i := 0; i < len(text); {
		space := i == 0 || strings.ContainsRune(" \t\r\n", rune(text[i-1]))
		if m := named.FindString(text[i:]); depth == 0 && space && m != "" && !strings.HasPrefix(text[i+len(m):], "=") {
			finish(i)
			i += len(m)
			start, current = i, argument{name: strings.TrimSuffix(m, "="), at: at + i}
			continue
		}
		switch text[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '"', '\'':
			i = skipString(text, i)
			continue
		}
		i++
	}
	finish(len(text))
	return out
}

// chartName is the name of a chart in quotes.
var chartName = regexp.MustCompile(`^(?:"([^"\\]*)"|'([^'\\]*)')$`)

// block reads a tag that places blocks.
func (p *parser) block(t tag, env *cel.Env) node {
	b, known := p.tags[t.word]
	if !known {
		p.fail(t.at, "there is no tag %q", t.word)
		return nil
	}
	if !t.alone {
		p.fail(t.at, "%s stands on a line of its own", t.word)
	}
	n := &blockNode{at: t.at, tag: b, args: map[string]*expression{}}
	given := map[string]bool{}
	for _, a := range split(t.rest, t.restAt) {
		param := b.param(a.name)
		switch {
		case param == nil && a.name == "":
			p.fail(a.at, "%s takes names with values, as in limit=3", t.word)
			continue
		case param == nil:
			p.fail(a.at-len(a.name)-1, "%s takes no %s", t.word, a.name)
			continue
		case given[a.name]:
			p.fail(a.at, "%s is given twice", a.name)
			continue
		}
		given[a.name] = true
		p.argument(n, a, *param, env)
	}
	if b.needs() && !given[""] {
		p.fail(t.at, "%s takes %s", t.word, b.param("").wanted)
	}
	return n
}

// argument reads what is given to a tag and checks its type.
func (p *parser) argument(n *blockNode, a argument, param parameter, env *cel.Env) {
	if param.kind == nil { // of a chart
		m := chartName.FindStringSubmatch(a.text)
		if m == nil {
			p.fail(a.at, "%s takes %s", n.tag.name, param.wanted)
			return
		}
		n.name = m[1] + m[2]
		if !slices.Contains(ChartNames(), n.name) {
			p.fail(a.at, "there is no chart %q: there are %s", n.name, strings.Join(ChartNames(), ", "))
		}
		return
	}
	e := p.compile(a.text, a.at, env)
	if e == nil {
		return
	}
	if !param.kind(e.kind) {
		p.fail(e.at, "%s takes %s, and this is %s", cmp.Or(a.name, n.tag.name), param.wanted, describe(e.kind))
		return
	}
	n.args[a.name] = e
}
