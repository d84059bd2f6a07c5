package verify

import (
	"regexp"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

var digits = regexp.MustCompile(`\d+(?:[.,]\d+)*`)

// baselineScore is the check of fifty lines that the real one is compared with:
// the share of the claim's words, stemmed and weighted by idf, that the best window
// of the text holds, times what numbers and negation leave of it.
func baselineScore(claim, text string, idf IDF) float64 {
	const window = 30 // words; 60 and 100 are no better
	stems := lexical.Stems(claim, "en")
	if len(stems) == 0 {
		return 0
	}
	wanted, total := map[string]float64{}, 0.0
	for _, s := range stems {
		if _, ok := wanted[s]; !ok {
			wanted[s] = idf(s)
			total += wanted[s]
		}
	}
	held := lexical.Stems(text, "en")
	counts, sum, best := map[string]int{}, 0.0, 0.0
	for i, s := range held {
		if w, ok := wanted[s]; ok {
			if counts[s]++; counts[s] == 1 {
				sum += w
			}
		}
		if i >= window {
			if w, ok := wanted[held[i-window]]; ok {
				if counts[held[i-window]]--; counts[held[i-window]] == 0 {
					sum -= w
				}
			}
		}
		best = max(best, sum)
	}
	score := best / total
	for _, n := range digits.FindAllString(claim, -1) {
		if !strings.Contains(text, n) {
			score *= 0.8
		}
	}
	return score
}
