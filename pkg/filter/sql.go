package filter

import (
	"strconv"
	"strings"
)

// sql is a condition that is being written. Values are arguments, always; what is
// written into its text comes from declarations and from this package.
type sql struct {
	text strings.Builder
	args []any
}

func (s *sql) write(parts ...string) {
	for _, part := range parts {
		s.text.WriteString(part)
	}
}

// arg adds an argument and returns what stands for it.
func (s *sql) arg(v any, cast string) string {
	s.args = append(s.args, v)
	return "$" + strconv.Itoa(len(s.args)) + "::" + cast
}

// plain is a condition without arguments.
func plain(text string) node { return func(s *sql) { s.write(text) } }

// joined joins conditions by AND or OR.
func joined(by string, list []node) node {
	if len(list) == 1 {
		return list[0]
	}
	return func(s *sql) {
		for i, n := range list {
			if i > 0 {
				s.write(" ", by, " ")
			}
			s.write("(")
			n(s)
			s.write(")")
		}
	}
}

// not is fulfilled where n is not. What SQL does not know, of a field that is absent,
// counts as not fulfilled, so that each entry is in a list or in its negation.
func not(n node) node {
	return func(s *sql) {
		s.write("(")
		n(s)
		s.write(") IS NOT TRUE")
	}
}

// present is fulfilled where a field has a value.
func present(f Field) node {
	if f.Type == Text {
		return plain(f.Column + " <> ''")
	}
	return plain(f.Column + " IS NOT NULL")
}

// related compares a column. An absent value differs from all, and is neither less nor
// greater.
func related(column, op string, arg any, cast string) node {
	if op == "!=" {
		return not(related(column, "=", arg, cast))
	}
	return func(s *sql) { s.write(column, " ", op, " ", s.arg(arg, cast)) }
}

// compareText compares a text, or with a key the entry of a JSON object. Texts are
// ordered by their characters' numbers, which is the same in every database.
func compareText(column string, key *string, op string, v value) node {
	left := func(s *sql) string {
		if key == nil {
			return column
		}
		return "(" + column + " ->> " + s.arg(*key, "text") + ")"
	}
	switch {
	case op == "!=":
		return not(compareText(column, key, "=", v))
	case op == ":":
		return func(s *sql) { s.write(left(s), " ILIKE ", s.arg(v.pattern("%"), "text")) }
	case op == "=" && len(v.parts) > 1:
		return func(s *sql) { s.write(left(s), " LIKE ", s.arg(v.pattern(""), "text")) }
	case op == "=":
		return func(s *sql) { s.write(left(s), " = ", s.arg(v.text(), "text")) }
	}
	return func(s *sql) { s.write(left(s), ` COLLATE "C" `, op, " ", s.arg(v.text(), "text")) }
}

// contains is fulfilled where one of the columns has a text in it, in either case.
func contains(v value, columns ...string) node {
	return func(s *sql) {
		pattern := s.arg(v.pattern("%"), "text")
		for i, column := range columns {
			if i > 0 {
				s.write(" OR ")
			}
			s.write(column, " ILIKE ", pattern)
		}
	}
}

// hasKey is fulfilled where a JSON object has a key.
func hasKey(column, key string) node {
	return func(s *sql) { s.write("jsonb_exists(", column, ", ", s.arg(key, "text"), ")") }
}
