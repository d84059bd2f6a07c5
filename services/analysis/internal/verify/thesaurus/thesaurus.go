// Package thesaurus holds small lists of words that say the same, say the opposite,
// or say hardly anything, written by hand for the check of claims. They are English
// where nothing else is said; words of other languages are simply not in them.
//
// Words are looked up by the stem that package lexical gives them. All lists are
// read-only.
package thesaurus

import (
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// language is that of the lists.
const language = "en"

var (
	fillerStems = stemsOf(fillers)
	lightStems  = stemsOf(light)
	groups      = groupsOf(synonyms)
	bases       = basesOf(irregular)
	contraries  = contrariesOf(opposites)
	aimStems    = stemsOf(aims)
	resultStems = stemsOf(results)
)

// Weight is how much a stem counts beside others of the same rarity, from 0 to 1.
func Weight(stem string) float64 {
	switch {
	case fillerStems[stem]:
		return 0.15
	case lightStems[stem]:
		return 0.6
	}
	return 1
}

// Filler reports whether a stem carries hardly anything of what a sentence claims.
func Filler(stem string) bool { return fillerStems[stem] }

// Base returns the stem that the irregular forms of a word of a language share; the
// stem itself for all other words.
func Base(stem, lang string) string {
	if base, ok := bases[stem]; ok && lang == language {
		return base
	}
	return stem
}

// Groups returns the groups of synonyms that a stem is in.
func Groups(stem string) []int { return groups[stem] }

// Opposites returns the stems that say the contrary of a stem.
func Opposites(stem string) []string { return contraries[stem] }

// Aim reports whether a stem is of a word with which studies say what they set out
// to do.
func Aim(stem string) bool { return aimStems[stem] }

// Result reports whether a stem is of a word with which studies say what they found.
func Result(stem string) bool { return resultStems[stem] }

func contrariesOf(list string) map[string][]string {
	out := map[string][]string{}
	for _, line := range strings.Split(list, "\n") {
		these, those, _ := strings.Cut(line, "/")
		for _, a := range strings.Fields(these) {
			for _, b := range strings.Fields(those) {
				a, b := lexical.Stem(a, language), lexical.Stem(b, language)
				out[a], out[b] = append(out[a], b), append(out[b], a)
			}
		}
	}
	return out
}

func stemsOf(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[lexical.Stem(w, language)] = true
	}
	return set
}

func groupsOf(list string) map[string][]int {
	out := map[string][]int{}
	for i, line := range strings.Split(list, "\n") {
		for _, w := range strings.Fields(line) {
			stem := lexical.Stem(w, language)
			out[stem] = append(out[stem], i)
		}
	}
	return out
}

func basesOf(list string) map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(list, "\n") {
		words := strings.Fields(line)
		for _, w := range words {
			stem := lexical.Stem(w, language)
			if _, ok := out[stem]; !ok {
				out[stem] = lexical.Stem(words[0], language)
			}
		}
	}
	return out
}
