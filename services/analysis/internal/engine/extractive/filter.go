package extractive

import (
	"regexp"
	"slices"
)

// filter is a pattern that is tried only where it can match: on sentences that hold one
// of its words. Looking words up costs a hundredth of the pattern.
type filter struct {
	words map[string]bool // lower case, as package lexical gives them; one in every match
	form  *regexp.Regexp
}

// matches reports whether the pattern matches a sentence of the words given.
func (f filter) matches(text string, words []word) bool {
	return slices.ContainsFunc(words, func(w word) bool { return f.words[w.lower] }) && f.form.MatchString(text)
}
