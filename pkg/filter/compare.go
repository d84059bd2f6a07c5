package filter

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// compare makes the condition that a field and a value stand in a relation.
func (p *parser) compare(c comparable, v value) (node, error) {
	switch f := c.field; {
	case f.Type == Map:
		return p.compareMap(c, v)
	case f.Type == Texts:
		return p.compareTexts(c, v)
	case c.op == ":" && v.all():
		return present(f), nil
	case f.Type == Text:
		return compareText(f.Column, nil, c.op, v), nil
	}
	arg, cast, err := p.argument(c.field, v)
	if err != nil {
		return nil, err
	}
	switch isOrdered := c.field.Type >= Int && c.field.Type != Bool; {
	case c.op == ":":
		c.op = "="
	case c.op != "=" && c.op != "!=" && !isOrdered:
		return nil, p.fail(c.at, "%s knows =, != and : only", c.field.Name)
	}
	return related(c.field.Column, c.op, arg, cast), nil
}

// argument returns the value as what the database compares the field with, and the
// type that it has there.
func (p *parser) argument(f Field, v value) (arg any, cast string, err error) {
	text, ok := v.text(), true
	var what string
	switch f.Type {
	case Enum:
		arg, cast, ok = text, "text", slices.Contains(f.Values, text)
		what = "one of " + strings.Join(f.Values, ", ")
	case ID:
		// The other spellings that Go knows are none to PostgreSQL.
		arg, cast, ok = text, "uuid", len(text) == 36 && uuid.Validate(text) == nil
		what = "a UUID"
	case Int:
		arg, err = strconv.ParseInt(text, 10, 64)
		cast, ok, what = "bigint", err == nil, "a whole number"
	case Float:
		number, err := strconv.ParseFloat(text, 64)
		arg, cast, ok, what = number, "float8", err == nil && isFinite(number), "a number"
	case Bool:
		arg, cast, ok, what = text == "true", "boolean", text == "true" || text == "false", "true or false"
	case Time:
		arg, ok = parseTime(text)
		cast, what = "timestamptz", "a time such as 2026-05-01T12:00:00Z, or a day"
	case Millis:
		arg, ok = parseMillis(text)
		cast, what = "float8", "milliseconds, or a duration such as 1.5s"
	}
	if !ok {
		return nil, "", p.fail(v.at, "%s is %s", f.Name, what)
	}
	return arg, cast, nil
}

func isFinite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// parseTime reads a time, cut to the microseconds that the database keeps.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// parseMillis reads a number of milliseconds, or a duration.
func parseMillis(text string) (float64, bool) {
	if d, err := time.ParseDuration(text); err == nil {
		return float64(d) / float64(time.Millisecond), true
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil && isFinite(number)
}

// compareTexts makes a condition about one of the texts of an array.
func (p *parser) compareTexts(c comparable, v value) (node, error) {
	switch {
	case c.op != ":":
		return nil, p.fail(c.at, "%s holds several texts: only : finds one of them", c.field.Name)
	case v.all():
		return plain("cardinality(" + c.field.Column + ") > 0"), nil
	case len(v.parts) == 1:
		return func(s *sql) { s.write(s.arg(v.text(), "text"), " = ANY (", c.field.Column, ")") }, nil
	}
	return func(s *sql) {
		s.write("EXISTS (SELECT FROM unnest(", c.field.Column, ") AS element WHERE element LIKE ", s.arg(v.pattern(""), "text"), ")")
	}, nil
}

// compareMap makes a condition about an entry of a JSON object, or about its keys.
func (p *parser) compareMap(c comparable, v value) (node, error) {
	key := strings.Join(c.key, ".")
	switch {
	case key != "" && c.op == ":" && v.all():
		return hasKey(c.field.Column, key), nil
	case key != "":
		return compareText(c.field.Column, &key, c.op, v), nil
	case c.op != ":":
		return nil, p.fail(c.at, "%s has entries: name one, as in %s.name", c.field.Name, c.field.Name)
	case v.all():
		return plain(c.field.Column + " <> '{}'"), nil
	default:
		return hasKey(c.field.Column, v.text()), nil
	}
}
