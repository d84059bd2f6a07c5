package quantity

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unit is a base unit and how many of it one of the named unit is.
type unit struct {
	base   string
	factor float64
}

// withUnit extends a quantity by the scale ("million") and the unit that follow
// it, or notes the noun that does.
func withUnit(text string, q Quantity) Quantity {
	word, end := wordAfter(text, q.End)
	if factor, ok := scales[word]; ok {
		q.Value, q.grain, q.End = q.Value*factor, q.grain*factor, end
		word, end = wordAfter(text, q.End)
	}
	if word == "per" { // per cent
		if second, secondEnd := wordAfter(text, end); second == "cent" {
			word, end = "%", secondEnd
		}
	}
	if code, ok := currencyWords[word]; ok {
		q.Unit, q.End = code, end
		return q
	}
	if u, ok := units[word]; ok && q.Unit == "" {
		q.Unit, q.Value, q.grain, q.End = u.base, q.Value*u.factor, q.grain*u.factor, end
		return q
	}
	if q.Unit == "" && len(word) > 2 && !joining[word] {
		q.Noun = word
	}
	return q
}

// wordAfter returns the lower-cased word, or percent sign, that follows an offset
// with at most one space or hyphen between.
func wordAfter(text string, at int) (word string, end int) {
	r, size := utf8.DecodeRuneInString(text[at:])
	if r == ' ' || r == '-' || r == '\u00a0' || r == '\u202f' {
		at += size
		r, size = utf8.DecodeRuneInString(text[at:])
	}
	if currency, ok := currencySigns[r]; ok && currency == "EUR" { // 40 €
		return "eur", at + size
	}
	if r == '%' || r == '°' {
		return string(r), at + size
	}
	end = at
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !unicode.IsLetter(r) {
			break
		}
		end += size
	}
	return strings.ToLower(text[at:end]), end
}
