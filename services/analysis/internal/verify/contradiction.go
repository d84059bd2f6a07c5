package verify

import (
	"math"

	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/thesaurus"
)

// opposed reports whether a sentence has an opposite of a word of the claim, and
// has not the word itself.
func (a *alignment) opposed(s int) bool {
	held := map[string]bool{}
	for _, w := range a.words[a.first[s]:a.first[s+1]] {
		held[w.stem] = true
	}
	claimed := map[string]bool{}
	for _, t := range a.terms {
		claimed[t.stem] = true
	}
	for _, t := range a.terms {
		if held[t.stem] {
			continue
		}
		for _, opposite := range thesaurus.Opposites(t.stem) {
			if held[opposite] && !claimed[opposite] {
				return true
			}
		}
	}
	return false
}

// contradicts reports whether the text says otherwise than the claim.
func (f features) contradicts() bool {
	if f.run < math.Log1p(leastRun) {
		return false
	}
	return f.numberClash && f.window >= sameForNumber ||
		f.denial && f.sentence >= sameForDenial ||
		f.opposite && f.sentence >= sameForOpposite
}
