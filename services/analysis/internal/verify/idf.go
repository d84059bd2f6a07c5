package verify

import (
	"cmp"
	"math"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// IDF weighs a stem: the rarer, the heavier.
type IDF func(stem string) float64

// NewIDF counts stems over texts, such as the passages of a run, and returns
// their inverse document frequency. With few texts it is nearly even, which is
// right: little is known then. Language is an ISO 639-1 code, or empty to tell it
// from the texts.
func NewIDF(texts []string, language string) IDF {
	counts := map[string]int{}
	for _, text := range texts {
		seen := map[string]bool{}
		for _, stem := range lexical.Stems(text, cmp.Or(language, languageOf(text))) {
			if !seen[stem] {
				seen[stem] = true
				counts[stem]++
			}
		}
	}
	n := float64(len(texts))
	return func(stem string) float64 {
		return math.Log(2 + n/(1+float64(counts[stem])))
	}
}

// evenIDF is used where the caller gives none.
func evenIDF(string) float64 { return 1 }

// languageOf guesses the language of a text; English where it cannot be told.
func languageOf(text string) string { return cmp.Or(lexical.Detect(text), "en") }
