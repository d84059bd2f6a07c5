package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What ends a word besides space, by where it stands. Only in a value may it have
// colons and dots, as times do, and hyphens and signs may stand anywhere.
const (
	pathStop     = `()",'=<>!:.`
	literalStop  = `()",'=<>!:`
	argumentStop = `()",'=<>!`
)

// value is a word or a quoted text.
type value struct {
	at     int
	quoted bool
	// parts are what stands between the wildcards: one part has none.
	parts []string
}

// text returns the value as a text without wildcards.
func (v value) text() string { return strings.Join(v.parts, "*") }

// all reports whether the value is a lone `*`, which asks whether there is anything.
func (v value) all() bool { return !v.quoted && v.text() == "*" }

// pattern returns the value as a pattern of LIKE, with something before and after it.
func (v value) pattern(around string) string {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	parts := make([]string, len(v.parts))
	for i, part := range v.parts {
		parts[i] = escape.Replace(part)
	}
	return around + strings.Join(parts, "%") + around
}

// value reads a word up to one of the characters of stop, or a quoted text.
func (p *parser) value(stop string) (value, error) {
	v := value{at: p.at}
	if q := p.peek(); q == '"' || q == '\'' {
		v.quoted = true
		if err := p.quoted(&v, q); err != nil {
			return v, err
		}
	} else {
		rest := p.text[p.at:]
		end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(stop, r) })
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return v, p.fail(p.at, "a name or a value is expected, not %s", p.sight())
		}
		v.parts = strings.Split(rest[:end], "*")
		p.at += end
	}
	if len(v.parts) > maxWildcards+1 {
		return v, p.fail(v.at, "a value may have %d wildcards", maxWildcards)
	}
	return v, nil
}

// quoted reads a text in quotes into v. A backslash takes the meaning away from a
// quote, a wildcard or a backslash.
func (p *parser) quoted(v *value, quote byte) error {
	var part strings.Builder
	for p.at++; p.at < len(p.text); {
		r, size := utf8.DecodeRuneInString(p.text[p.at:])
		p.at += size
		switch r {
		case rune(quote):
			v.parts = append(v.parts, part.String())
			return nil
		case '*':
			v.parts = append(v.parts, part.String())
			part.Reset()
		case '\\':
			next := p.peek()
			if next == 0 || !strings.ContainsRune(`\*"'`, rune(next)) {
				return p.fail(p.at-1, `a backslash stands before \, *, " or ' only`)
			}
			p.at++
			part.WriteByte(next)
		default:
			part.WriteRune(r)
		}
	}
	return p.fail(v.at, "the quoted text is not closed")
}
