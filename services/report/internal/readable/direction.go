package readable

import "golang.org/x/text/language"

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
