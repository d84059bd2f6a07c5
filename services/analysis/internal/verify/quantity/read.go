package quantity

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// read reads the quantity that starts at a byte offset, if one does, and returns
// the offset to go on from.
func read(text string, at int) (q Quantity, next int, ok bool) {
	r, size := utf8.DecodeRuneInString(text[at:])
	switch {
	case isDigit(r):
		return readDigits(text, at)
	case unicode.IsLetter(r):
		end := wordEnd(text, at)
		if value, spelled := spelledOut[strings.ToLower(text[at:end])]; spelled {
			q = Quantity{Value: value, Start: at, End: end, grain: 1}
			q = withUnit(text, q)
			// "one" is far more often a pronoun than a count.
			return q, q.End, value != 1 || q.Unit != ""
		}
		return q, end, false
	default:
		return q, at + size, false
	}
}

// readDigits reads a number in digits with its sign, currency, scale and unit.
func readDigits(text string, at int) (Quantity, int, bool) {
	end := numberEnd(text, at)
	literal := text[at:end]
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	if unicode.IsLetter(before) || before == '_' {
		return Quantity{}, wordEnd(text, at), false // v2, int64
	}
	value, grain, ok := parse(literal)
	if !ok {
		return Quantity{}, end, false // 1.2.3, an address or a version
	}
	q := Quantity{Value: value, Start: at, End: end, grain: grain}
	if code, found := currencySigns[before]; found {
		q.Unit, q.Start = code, at-utf8.RuneLen(before)
	}
	q = withUnit(text, q)
	if q.Unit == "" && q.Noun == "" && looksLikeYear(literal, value) {
		q.Unit = "year"
	}
	return q, q.End, true
}

// parse reads digits with separators. A comma or a narrow space before groups of
// three separates thousands, as does a dot where there are two such groups;
// otherwise a dot, or a comma, starts the decimals.
func parse(literal string) (value, grain float64, ok bool) {
	decimals := ""
	groups := strings.FieldsFunc(literal, func(r rune) bool { return !isDigit(r) })
	switch {
	case len(groups) == 1:
	case strings.Count(literal, ".") == 1 && strings.LastIndex(literal, ".") > strings.LastIndex(literal, ","):
		decimals, groups = groups[len(groups)-1], groups[:len(groups)-1]
	case len(groups) == 2 && strings.Contains(literal, ",") && len(groups[1]) != 3:
		decimals, groups = groups[1], groups[:1]
	}
	for _, group := range groups[1:] {
		if len(group) != 3 || len(groups[0]) > 3 {
			return 0, 0, false
		}
	}
	value, err := strconv.ParseFloat(strings.Join(groups, "")+"."+decimals+"0", 64)
	if err != nil {
		return 0, 0, false
	}
	grain = math.Pow10(-len(decimals))
	if decimals == "" { // trailing zeros of a round number count as not given
		for v := value; v >= 100 && math.Mod(v, 10) == 0; v /= 10 {
			grain *= 10
		}
	}
	return value, grain, true
}

// numberEnd returns where a number in digits ends: separators belong to it only
// between digits.
func numberEnd(text string, at int) int {
	end := at
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !isDigit(r) {
			if r != '.' && r != ',' && r != '\u202f' {
				break
			}
			after, _ := utf8.DecodeRuneInString(text[end+size:])
			if !isDigit(after) {
				break
			}
		}
		end += size
	}
	return end
}

// wordEnd returns where a run of letters and digits ends.
func wordEnd(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !unicode.IsLetter(r) && !isDigit(r) && r != '_' {
			break
		}
		at += size
	}
	return at
}

// looksLikeYear reports whether four plain digits are more likely a year.
func looksLikeYear(literal string, value float64) bool {
	return len(literal) == 4 && value >= 1200 && value <= 2199
}

// isDigit reports whether a rune is an ASCII digit, the only ones read here.
func isDigit(r rune) bool { return r >= '0' && r <= '9' }
