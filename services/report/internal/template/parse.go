package template

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"

	"github.com/researcherpro/researcherpro/services/report/internal/prose"
)

// parser makes a tree of a source. It goes on after errors, so that all are told.
type parser struct {
	source source
	pieces []piece
	next   int
	errors Errors
	root   *cel.Env
	tags   map[string]*blockTag
}

// newParser returns a parser of a source that can be read at all.
func newParser(text string) (*parser, error) {
	p := &parser{source: newSource(text), tags: blockTags()}
	switch {
	case len(text) > MaxSource:
		p.fail(0, "a template has at most %d bytes, this one has %d", MaxSource, len(text))
	case !utf8.ValidString(text):
		p.fail(len(strings.ToValidUTF8(text, "\x00")[:invalidAt(text)]), "this is not UTF-8")
	}
	if at := strings.IndexFunc(text, func(c rune) bool { return c == 0 || prose.IsReserved(c) }); at >= 0 {
		p.fail(at, "this character cannot be used")
	}
	if err := p.errors.or(); err != nil {
		return nil, err
	}
	env, err := newEnv()
	p.root = env
	return p, err
}

// invalidAt returns where a text stops being UTF-8.
func invalidAt(text string) int {
	for at := 0; at < len(text); {
		c, size := utf8.DecodeRuneInString(text[at:])
		if c == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(text)
}

// fail notes an error.
func (p *parser) fail(at int, format string, args ...any) {
	p.errors = append(p.errors, p.source.errorf(at, format, args...))
}

// tag is what stands in a tag: its first word, and the rest with its place.
type tag struct {
	word, rest string
	at, restAt int
	alone      bool
}

// wordAt finds the first word of a tag.
var wordAt = regexp.MustCompile(`^\s*([A-Za-z_]\w*)?\s*`)

// tagOf reads a piece as a tag.
func tagOf(q piece) tag {
	m := wordAt.FindStringSubmatchIndex(q.text)
	t := tag{rest: q.text[m[1]:], restAt: q.at + m[1], at: q.at, alone: q.alone}
	if m[2] >= 0 {
		t.word, t.at = q.text[m[2]:m[3]], q.at+m[2]
	}
	t.rest = strings.TrimRight(t.rest, " \t\r\n")
	return t
}

// parse reads the whole source.
func (p *parser) parse() []node {
	p.pieces = p.scan()
	var nodes []node
	for {
		more, stop := p.body(p.root, 0)
		nodes = append(nodes, more...)
		if stop == nil {
			return nodes
		}
		p.fail(stop.at, "%s has no if or for before it", stop.word)
	}
}

// body reads nodes up to a tag that ends or divides what they are in, which it returns;
// nil at the end of the source.
func (p *parser) body(env *cel.Env, depth int) ([]node, *tag) {
	var nodes []node
	for p.next < len(p.pieces) {
		q := p.pieces[p.next]
		p.next++
		switch q.kind {
		case textPiece:
			if q.text != "" {
				nodes = append(nodes, &textNode{at: q.at, text: strings.ReplaceAll(q.text, "\r\n", "\n")})
			}
		case printPiece:
			if value := p.printed(q.text, q.at, env); value != nil {
				nodes = append(nodes, &printNode{value})
			}
		case tagPiece:
			t := tagOf(q)
			switch t.word {
			case "end", "else", "elif":
				return nodes, &t
			}
			if n := p.tag(t, env, depth); n != nil {
				nodes = append(nodes, n)
			}
		case commentPiece:
		}
	}
	return nodes, nil
}

// tag reads a tag, with what it governs.
func (p *parser) tag(t tag, env *cel.Env, depth int) node {
	switch t.word {
	case "for", "if":
		if depth == MaxNesting {
			p.fail(t.at, "loops and conditions are nested deeper than %d", MaxNesting)
			env = nil // what is in it is read nevertheless, for its end
		}
		if t.word == "for" {
			return p.loop(t, env, depth+1)
		}
		return p.condition(t, env, depth+1)
	case "":
		p.fail(t.at, "a tag begins with its name")
		return nil
	}
	return p.block(t, env)
}

// forAt finds the parts of a loop before its list.
var forAt = regexp.MustCompile(`^([A-Za-z_]\w*)\s+in\s+`)

// loop reads a loop up to its end.
func (p *parser) loop(t tag, env *cel.Env, depth int) node {
	n := &forNode{at: t.at}
	var inner *cel.Env
	if m := forAt.FindStringSubmatchIndex(t.rest); m == nil {
		p.fail(t.restAt, "a loop is written as: for name in list")
	} else {
		n.name = t.rest[m[2]:m[3]]
		n.list = p.compile(t.rest[m[1]:], t.restAt+m[1], env)
		inner = p.loopEnv(n, t.restAt, env)
	}
	body, stop := p.body(inner, depth)
	n.body = body
	for stop != nil && stop.word != "end" {
		p.fail(stop.at, "%s belongs to an if, and this is a for", stop.word)
		_, stop = p.body(inner, depth)
	}
	p.ended(t, stop)
	return n
}

// loopEnv returns the variables in a loop; nil, in which nothing is checked, if they
// cannot be known.
func (p *parser) loopEnv(n *forNode, at int, env *cel.Env) *cel.Env {
	if n.list == nil || env == nil {
		return nil
	}
	if n.name == "index" {
		p.fail(at, "index is the number of the turn, and no name for its item")
		return nil
	}
	item := itemType(n.list.kind)
	if item == nil {
		p.fail(n.list.at, "a loop goes through a list, and this is %s", describe(n.list.kind))
		return nil
	}
	inner, err := env.Extend(cel.Variable(n.name, item), cel.Variable("index", cel.IntType))
	if err != nil {
		p.fail(at, "%q is no name for a variable", n.name)
		return nil
	}
	return inner
}

// condition reads a condition with all its branches up to its end.
func (p *parser) condition(t tag, env *cel.Env, depth int) node {
	n := &ifNode{at: t.at}
	stop, otherwise := &t, false
	for stop != nil && stop.word != "end" {
		b := branch{}
		switch {
		case otherwise:
			p.fail(stop.at, "%s after else", stop.word)
		case stop.word == "else":
			otherwise = true
			p.nothing(*stop)
		default:
			b.condition = p.compile(stop.rest, stop.restAt, env)
			if b.condition != nil && !b.condition.kind.IsExactType(cel.BoolType) {
				p.fail(b.condition.at, "a condition is true or false, and this is %s", describe(b.condition.kind))
			}
		}
		b.body, stop = p.body(env, depth)
		n.branches = append(n.branches, b)
	}
	p.ended(t, stop)
	return n
}

// ended notes what a for or an if ends with, if not as it should.
func (p *parser) ended(t tag, end *tag) {
	if end == nil {
		p.fail(t.at, "this %s has no end", t.word)
		return
	}
	p.nothing(*end)
}

// nothing notes what stands in a tag that has nothing but its name.
func (p *parser) nothing(t tag) {
	if t.rest != "" {
		p.fail(t.restAt, "%s stands alone in its tag", t.word)
	}
}

// printed reads an expression whose value can be printed.
func (p *parser) printed(text string, at int, env *cel.Env) *expression {
	e := p.compile(text, at, env)
	if e != nil && !printable(e.kind) {
		p.fail(e.at, "%s cannot be printed%s", describe(e.kind), instead(e.kind))
		return nil
	}
	return e
}
