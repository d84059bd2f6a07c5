package verify

import "github.com/researcherpro/researcherpro/pkg/lexical"

// Negated reports whether a sentence denies: an odd number of negations.
func Negated(text string) bool {
	n := 0
	for _, t := range lexical.Tokens(text) {
		if negations[t.Text] {
			n++
		}
	}
	return n%2 == 1
}

// negations are the words that deny.
var negations = map[string]bool{
	"not": true, "no": true, "never": true, "none": true, "neither": true, "cannot": true,
	"nobody": true, "nothing": true, "without": true, "nor": true,
	"isn't": true, "aren't": true, "wasn't": true, "weren't": true, "don't": true,
	"doesn't": true, "didn't": true, "won't": true, "can't": true, "couldn't": true,
	"shouldn't": true, "wouldn't": true, "hasn't": true, "haven't": true, "hadn't": true,
	"nicht": true, "kein": true, "keine": true, "keinen": true, "nie": true, "niemals": true, "ohne": true,
	"nunca": true, "jamás": true, "ninguno": true, "ninguna": true, "sin": true,
	"ne": true, "pas": true, "jamais": true, "aucun": true, "aucune": true, "sans": true,
	"не": true, "нет": true, "никогда": true, "без": true,
}
