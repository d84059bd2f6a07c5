package filter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// parser reads a filter by recursive descent. It looks at no word more than twice, so
// its time grows with the text alone.
type parser struct {
	text  string
	at    int // the byte that is read next
	list  List
	terms int
	depth int
	// of is the restriction whose value is being read when that is in parentheses.
	of *comparable
}

// comparable is a field with an operator, before its value.
type comparable struct {
	field Field
	key   []string // in a Map
	op    string
	at    int
}

// fail returns an error about a byte of the filter. Users count characters from 1.
func (p *parser) fail(at int, format string, args ...any) error {
	place := utf8.RuneCountInString(p.text[:at]) + 1
	return errs.Field("filter", fmt.Sprintf("character %d: %s", place, fmt.Sprintf(format, args...)))
}

// filter = [expression]
func (p *parser) filter() (node, error) {
	if p.space(); p.at == len(p.text) {
		return nil, nil
	}
	root, err := p.expression()
	if err == nil && p.at < len(p.text) {
		return nil, p.fail(p.at, "unexpected %s", p.sight())
	}
	return root, err
}

// expression = factor {[AND] factor}. Sequences, which AIP-160 has between the two,
// are joined by AND just the same.
func (p *parser) expression() (node, error) {
	var list []node
	for {
		n, err := p.factor()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.space(); p.keyword("AND") {
			continue
		}
		if p.at == len(p.text) || p.peek() == ')' {
			return joined("AND", list), nil
		}
	}
}

// factor = term {OR term}
func (p *parser) factor() (node, error) {
	var list []node
	for {
		n, err := p.term()
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.space(); !p.keyword("OR") {
			return joined("OR", list), nil
		}
	}
}

// term = [NOT | "-"] simple
func (p *parser) term() (node, error) {
	p.space()
	negated := p.keyword("NOT")
	if !negated && p.of == nil && p.peek() == '-' { // before a value it is its sign
		p.at++
		negated = true
	}
	n, err := p.simple()
	if err != nil || !negated {
		return n, err
	}
	return not(n), nil
}

// simple = "(" expression ")" | restriction
func (p *parser) simple() (node, error) {
	p.space()
	if p.peek() != '(' {
		return p.restriction()
	}
	return p.composite()
}

// composite = "(" expression ")"
func (p *parser) composite() (node, error) {
	open := p.at
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(open, "parentheses may be nested %d deep", maxDepth)
	}
	p.at++
	n, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.fail(open, "the parenthesis is not closed")
	}
	p.at++
	p.depth--
	return n, nil
}

// restriction = path operator (value | composite) | literal
func (p *parser) restriction() (node, error) {
	start := p.at
	if p.terms++; p.terms > maxTerms {
		return nil, p.fail(start, "there may be %d restrictions", maxTerms)
	}
	if p.of != nil { // one of several values of a field
		return p.valueOf(*p.of)
	}
	if p.keyword("AND") || p.keyword("OR") || p.keyword("NOT") {
		return nil, p.fail(start, "a restriction is expected, not %s", p.text[start:p.at])
	}
	path, err := p.path()
	end := p.at
	p.space()
	at := p.at
	op := p.operator()
	if op == "" { // what is no path may still be text, such as a sentence's end
		return p.literal(start)
	}
	if err != nil {
		return nil, err
	}
	field, key, ok := p.list.find(path)
	if !ok {
		return nil, p.fail(start, "there is no field %q; there are %s", p.text[start:end], p.list.names())
	}
	p.space()
	c := comparable{field: field, key: key, op: op, at: at}
	if p.peek() != '(' {
		return p.valueOf(c)
	}
	p.of = &c
	n, err := p.composite()
	p.of = nil
	return n, err
}

// valueOf reads a value and compares a field with it.
func (p *parser) valueOf(c comparable) (node, error) {
	v, err := p.value(argumentStop)
	if err != nil {
		return nil, err
	}
	if p.of != nil {
		if p.space(); p.operator() != "" {
			return nil, p.fail(v.at, "only values of %s can stand here", c.field.Name)
		}
	}
	return p.compare(c, v)
}

// literal reads again from start, as text that is looked for everywhere.
func (p *parser) literal(start int) (node, error) {
	p.at = start
	v, err := p.value(literalStop)
	if err != nil {
		return nil, err
	}
	if !v.quoted && p.peek() == '(' {
		return nil, p.fail(start, "there are no functions")
	}
	if len(p.list.Text) == 0 {
		return nil, p.fail(start, "a field must be named; there are %s", p.list.names())
	}
	return contains(v, p.list.Text...), nil
}

// path = name {"." (name | string)}
func (p *parser) path() ([]string, error) {
	var path []string
	for {
		v, err := p.value(pathStop)
		if err != nil {
			return nil, err
		}
		if path = append(path, v.text()); p.peek() != '.' {
			return path, nil
		}
		p.at++
	}
}

// operator returns the operator that stands next, or "".
func (p *parser) operator() string {
	for _, op := range []string{"!=", "<=", ">=", "=", "<", ">", ":"} {
		if strings.HasPrefix(p.text[p.at:], op) {
			p.at += len(op)
			return op
		}
	}
	return ""
}

// keyword reads a word such as AND, when it stands next and by itself.
func (p *parser) keyword(word string) bool {
	rest, ok := strings.CutPrefix(p.text[p.at:], word)
	if !ok {
		return false
	}
	next, _ := utf8.DecodeRuneInString(rest)
	if rest != "" && !unicode.IsSpace(next) && next != '(' {
		return false
	}
	p.at += len(word)
	return true
}

func (p *parser) space() {
	p.at = len(p.text) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// peek returns the byte that is read next, 0 at the end.
func (p *parser) peek() byte {
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}

// sight describes what stands next for an error.
func (p *parser) sight() string {
	if p.at == len(p.text) {
		return "end"
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.at:])
	return fmt.Sprintf("%q", r)
}
