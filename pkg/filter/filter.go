// Package filter reads the filters of lists after AIP-160
// (https://google.aip.dev/160) and makes conditions of SQL out of them.
//
// A filter is a few restrictions such as `state = FAILED`, joined by AND, OR, NOT
// (also `-`) and parentheses. As in AIP-160, OR binds closer than AND, and what
// stands side by side is joined by AND: `a = 1 b = 2 OR c = 3` is
// `a = 1 AND (b = 2 OR c = 3)`. A word without a field is looked for in the texts
// of the list.
//
// The parser is our own since the published one (go.einride.tech/aip/filtering)
// refuses what AIP-160 gives as examples of times and durations unless they are
// quoted, tells of a wrong type without its place, and bounds neither the depth nor
// the number of restrictions.
package filter

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// The bounds of a filter. They keep a hostile one as cheap as any other.
const (
	// MaxLength is in characters; the contract names it.
	MaxLength = 2048
	// maxTerms is how many restrictions there may be.
	maxTerms = 50
	// maxDepth is how deep parentheses may be nested.
	maxDepth = 16
	// maxWildcards is how many `*` one value may have: each is a search in the text.
	maxWildcards = 8
)

// Type says what a field holds, and so which operators and values it takes.
type Type int

// The types of fields.
const (
	// Text is compared as it is written, with `*` for anything; `:` finds a part of
	// it in either case.
	Text Type = iota
	// Enum takes one of the field's Values.
	Enum
	// ID is a UUID.
	ID
	// Int is a whole number.
	Int
	// Float is any number.
	Float
	// Bool is true or false.
	Bool
	// Time is a time after RFC 3339 or a day, which begins at midnight UTC.
	Time
	// Millis is a number of milliseconds, also given as a duration such as 1.5s.
	Millis
	// Texts is an array of texts, one of which `:` finds.
	Texts
	// Map is a JSON object of texts; its entries are fields: `identifiers.doi`.
	Map
)

// Field is one field that a list can be filtered by.
type Field struct {
	// Name is that of the contract, such as create_time. A filter may also spell it
	// as JSON does: createTime.
	Name string
	// Column is the column, or an expression of SQL, that holds it.
	Column string
	Type   Type
	// Values are the names of an Enum.
	Values []string
}

// List says what the entries of a list can be filtered by.
type List struct {
	Fields []Field
	// Text are the columns that a word without a field is looked for in; without any
	// such a word is refused.
	Text []string
}

// Where is the condition that a filter makes. The zero Where is fulfilled by all.
type Where struct {
	root node
}

// node writes a condition.
type node func(*sql)

// Where reads a filter. An error is an InvalidArgument of the field `filter` that
// names the character where it is.
func (l List) Where(text string) (Where, error) {
	if utf8.RuneCountInString(text) > MaxLength {
		return Where{}, errs.Field("filter", fmt.Sprintf("must be at most %d characters", MaxLength))
	}
	// PostgreSQL takes neither in a text.
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return Where{}, errs.Field("filter", "must be text in UTF-8 without zero bytes")
	}
	p := &parser{text: text, list: l}
	root, err := p.filter()
	if err != nil {
		return Where{}, err
	}
	return Where{root: root}, nil
}

// And returns the condition as what a WHERE goes on with, beginning with AND, and the
// query's arguments with its own behind them. Without a filter it is empty.
func (w Where) And(args ...any) (string, []any) {
	if w.root == nil {
		return "", args
	}
	s := &sql{args: slices.Clone(args)}
	s.text.WriteString(" AND (")
	w.root(s)
	s.text.WriteString(")")
	return s.text.String(), s.args
}

// find returns the field with a path, and what is left of the path: the key in a Map.
func (l List) find(path []string) (Field, []string, bool) {
	for _, f := range l.Fields {
		if names := strings.Split(f.Name, "."); len(path) >= len(names) && slices.EqualFunc(names, path[:len(names)], sameName) {
			if rest := path[len(names):]; len(rest) == 0 || f.Type == Map {
				return f, rest, true
			}
		}
	}
	return Field{}, nil, false
}

// sameName reports whether two spellings are one name: create_time and createTime.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, "_", ""), strings.ReplaceAll(b, "_", ""))
}

// names returns the names of the fields for an error.
func (l List) names() string {
	names := make([]string, len(l.Fields))
	for i, f := range l.Fields {
		if names[i] = f.Name; f.Type == Map {
			names[i] += ".*"
		}
	}
	return strings.Join(names, ", ")
}

// Named returns fields of a type that are called like their columns.
func Named(t Type, names ...string) []Field {
	fields := make([]Field, len(names))
	for i, name := range names {
		fields[i] = Field{Name: name, Column: name, Type: t}
	}
	return fields
}
