// Package quantity reads the quantities out of a text: numbers with their units,
// percentages, amounts of money, and years.
//
// It is what makes two sentences comparable where words alone are not enough:
// "took 40 ms" and "took 400 ms" share every word but one. Units of time, bytes,
// length and mass are brought to one base unit, so that "60 s" equals "1 minute".
package quantity

import (
	"math"
	"strings"
)

// Quantity is one number in a text.
type Quantity struct {
	// Value is the number, in the base unit if Unit is one.
	Value float64
	// Unit is "s", "B", "m", "g", "%", a currency code, "year" for what looks
	// like a calendar year, or empty for a plain number.
	Unit string
	// Noun is the lower-cased word after a plain number, such as "replicas".
	Noun string
	// Start and End are byte offsets of the number, with its unit, in the text.
	Start, End int

	// grain is the size of the last digit that was written, in the base unit:
	// 3.1 million has a grain of 100,000.
	grain float64
}

// Find returns the quantities of a text in their order. Digits inside a word
// or an identifier (HTTP/2 aside) are not quantities.
func Find(text string) []Quantity {
	var found []Quantity
	for at := 0; at < len(text); {
		q, next, ok := read(text, at)
		if ok {
			found = append(found, q)
		}
		at = next
	}
	return found
}

// Comparable reports whether two quantities measure the same kind of thing: the
// same unit, or the same noun for plain numbers.
func Comparable(a, b Quantity) bool {
	if a.Unit != b.Unit {
		return false
	}
	return a.Unit != "" || (a.Noun != "" && sameNoun(a.Noun, b.Noun))
}

// Agree reports whether a reader would call the two the same amount: their units
// do not clash, and they are equal once the more exact is rounded to the grain
// of the other, so that "3.1 million" agrees with "3,097,412".
func Agree(a, b Quantity) bool {
	if a.Unit != b.Unit && !yearOrPlain(a, b) && a.Unit != "" && b.Unit != "" {
		return false
	}
	if a.Value == b.Value {
		return true
	}
	coarse, fine := a, b
	if b.grain > a.grain {
		coarse, fine = b, a
	}
	if coarse.Unit == "year" || coarse.grain <= fine.grain {
		return false
	}
	return math.Abs(coarse.Value-fine.Value) <= coarse.grain/2*(1+1e-9)
}

// yearOrPlain reports whether the two differ only in that one looks like a year.
func yearOrPlain(a, b Quantity) bool {
	return (a.Unit == "year" && b.Unit == "") || (a.Unit == "" && b.Unit == "year")
}

// sameNoun compares nouns without their plural ending.
func sameNoun(a, b string) bool {
	return strings.TrimSuffix(a, "s") == strings.TrimSuffix(b, "s")
}
