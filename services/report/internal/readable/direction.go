package readable

import (
	"slices"

	"github.com/go-text/typesetting/bidi"
	"golang.org/x/text/language"
)

// RightToLeft reports whether a language, after BCP 47, is written from right to left: in
// the script that its tag names, or else in the one that it is mostly written in.
func RightToLeft(tag string) bool {
	script, _ := language.Make(tag).Script()
	switch script.String() {
	case "Adlm", "Arab", "Armi", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa":
		return true
	}
	return false
}

// Reorder puts the parts of a line from the order in which they are read into that in
// which they are seen, after rule L2 of the bidirectional algorithm (UAX 9): from the
// highest level to the lowest odd one, every sequence of that level or higher is turned
// round.
func Reorder[T any](parts []T, level func(T) bidi.Level) {
	var highest bidi.Level
	for _, p := range parts {
		highest = max(highest, level(p))
	}
	for at := highest; at > 0; at-- {
		for i := 0; i < len(parts); i++ {
			from := i
			for i < len(parts) && level(parts[i]) >= at {
				i++
			}
			slices.Reverse(parts[from:i])
		}
	}
}
