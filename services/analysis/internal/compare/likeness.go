package compare

import (
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// description is a finding as it is compared.
type description struct {
	claim   string // in lower case, with single blanks
	subject string
	stems   map[string]bool
	// places are what is quoted, by what the source is known by.
	places map[string][]string
}

// describe reads the findings of a run.
func describe(r Run) []description {
	out := make([]description, len(r.Findings))
	for i, f := range r.Findings {
		d := description{claim: plain(f.GetClaim()), subject: plain(f.GetSubject()), stems: map[string]bool{}, places: map[string][]string{}}
		for _, stem := range lexical.Stems(f.GetClaim(), lexical.Detect(f.GetClaim())) {
			d.stems[stem] = true
		}
		for _, c := range f.GetCitations() {
			key := r.key(c)
			d.places[key] = append(d.places[key], plain(c.GetQuote()))
		}
		out[i] = d
	}
	return out
}

func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// likeness says how alike two findings are, and whether enough to be the same.
func likeness(a, b description) (float64, bool) {
	if a.subject != b.subject {
		return 0, false
	}
	if a.claim == b.claim {
		return 2, true
	}
	words := dice(a.stems, b.stems)
	if samePlace(a, b) {
		return words + placeBonus, words >= sameByPlace
	}
	return words, words >= sameByWords
}

// dice is the share of common words of two sets, from 0 to 1.
func dice(a, b map[string]bool) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	common := 0
	for stem := range a {
		if b[stem] {
			common++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b))
}

// samePlace reports whether both quote the same words of the same source, one of them
// perhaps more of them.
func samePlace(a, b description) bool {
	for key, quotes := range a.places {
		for _, q := range quotes {
			for _, other := range b.places[key] {
				if strings.Contains(q, other) || strings.Contains(other, q) {
					return true
				}
			}
		}
	}
	return false
}

// sourceKeys are what the sources of a finding are known by.
func sourceKeys(r Run, f *analysisv1.Finding) map[string]bool {
	keys := map[string]bool{}
	for _, c := range f.GetCitations() {
		keys[r.key(c)] = true
	}
	return keys
}
