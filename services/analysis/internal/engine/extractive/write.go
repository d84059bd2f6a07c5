package extractive

import (
	"cmp"
	"context"
	"slices"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// maxSentences bounds a summary; shortSentence is how long its sentences are at best, in
// bytes.
const (
	maxSentences  = 6
	shortSentence = 400
)

// Write implements engine.Engine: the most salient findings, one of each theme (of a
// comparison, one of each thing) before the second of any, in the order of the findings.
// The sentences are the sources', so a claim that was given and not found, as in a fact
// check, is never one of them: there it is what was found about it.
func (*Engine) Write(_ context.Context, r engine.Request, findings []engine.Finding) ([]engine.Sentence, error) {
	read := newReader(languageOf(r.Question, r.Evidence))
	order := writable(findings)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(length(findings[a]), length(findings[b])), cmp.Compare(findings[b].Salience, findings[a].Salience))
	})
	var chosen []int
	for turn := 0; len(chosen) < maxSentences && turn < len(findings); turn++ {
		taken := map[string]int{}
		for _, i := range chosen {
			taken[heading(findings[i])]++
		}
		before := len(chosen)
		for _, i := range order {
			fits := len(chosen) < maxSentences && taken[heading(findings[i])] <= turn && !slices.Contains(chosen, i)
			if fits && !repeats(findings, chosen, i, read) {
				chosen = append(chosen, i)
				taken[heading(findings[i])]++
			}
		}
		if turn > 0 && len(chosen) == before {
			break
		}
	}
	slices.Sort(chosen)
	sentences := make([]engine.Sentence, len(chosen))
	for i, n := range chosen {
		sentences[i] = engine.Sentence{Text: spoken(r, findings[n]), Findings: []int{n}}
	}
	return sentences, nil
}

// writable are the findings with a source to rest on.
func writable(findings []engine.Finding) []int {
	var order []int
	for i, f := range findings {
		if len(f.Citations) > 0 {
			order = append(order, i)
		}
	}
	return order
}

// heading is what a finding stands under.
func heading(f engine.Finding) string { return cmp.Or(f.Subject, f.Theme) }

// length is 1 for a finding that is long for a summary, else 0.
func length(f engine.Finding) int {
	if len(f.Claim) > shortSentence {
		return 1
	}
	return 0
}

// spoken is the sentence of a finding.
func spoken(r engine.Request, f engine.Finding) string {
	if r.Question.Kind == engine.FactCheck {
		return plainSpace(f.Citations[0].Text)
	}
	return f.Claim
}

// repeats reports whether a finding says what a chosen one says.
func repeats(findings []engine.Finding, chosen []int, i int, read *reader) bool {
	own := stemSet(read.words(findings[i].Claim))
	return slices.ContainsFunc(chosen, func(c int) bool {
		shared := 0
		other := stemSet(read.words(findings[c].Claim))
		for stem := range other {
			if own[stem] {
				shared++
			}
		}
		return float64(shared) >= sameRecall*float64(min(len(own), len(other)))
	})
}
