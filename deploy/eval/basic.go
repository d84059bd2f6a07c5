package main

import (
	"math"
	"regexp"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// numerals are numbers in digits.
var numerals = regexp.MustCompile(`\d+(?:[.,]\d+)*`)

// basicWindow is the window of the basic check in content words.
const basicWindow = 30

// basicScores are the scores of a check of fifty lines, which the service's is
// compared with: the share of the claim's words, stemmed and weighted by idf, that the
// best window of the text holds, and a fifth off for each number that the text lacks.
func basicScores(pairs []pair) []float64 {
	texts, counts := make([][]string, len(pairs)), map[string]float64{}
	for i, p := range pairs {
		texts[i] = lexical.Stems(p.text, "en")
		seen := map[string]bool{}
		for _, stem := range texts[i] {
			if !seen[stem] {
				seen[stem] = true
				counts[stem]++
			}
		}
	}
	scores := make([]float64, len(pairs))
	for i, p := range pairs {
		wanted, total := map[string]float64{}, 0.0
		for _, stem := range lexical.Stems(p.claim, "en") {
			if wanted[stem] == 0 {
				wanted[stem] = math.Log(2 + float64(len(pairs))/(1+counts[stem]))
				total += wanted[stem]
			}
		}
		if total == 0 {
			continue
		}
		scores[i] = bestWindow(texts[i], wanted) / total
		for _, number := range numerals.FindAllString(p.claim, -1) {
			if !strings.Contains(p.text, number) {
				scores[i] *= 0.8
			}
		}
	}
	return scores
}

// bestWindow is the greatest weight of wanted stems within any window of a text.
func bestWindow(text []string, wanted map[string]float64) float64 {
	held, sum, best := map[string]int{}, 0.0, 0.0
	for i, stem := range text {
		if held[stem]++; held[stem] == 1 {
			sum += wanted[stem]
		}
		if i >= basicWindow {
			gone := text[i-basicWindow]
			if held[gone]--; held[gone] == 0 {
				sum -= wanted[gone]
			}
		}
		best = max(best, sum)
	}
	return best
}
