package extractive

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

// Fact check constants: the share of a claim's words, by weight, that a quote for or
// against it must hold, the share that a neighbour must add to be quoted with it, and how
// many sentences are looked at closely.
const (
	minBearing = 0.4
	minAdded   = 0.15
	maxBearing = 30
)

// checkFacts finds for each claim, in order, the sentences that speak for or against it.
// The claim stays as it was given; the verdict is given later, by what is quoted.
func checkFacts(ctx context.Context, req engine.Request) (engine.Analysis, error) {
	var out engine.Analysis
	var all engine.Theme
	for i, claim := range req.Question.Claims {
		if err := ctx.Err(); err != nil {
			return engine.Analysis{}, fmt.Errorf("analyse: %w", err)
		}
		f := engine.Finding{Claim: claim}
		f.Citations, f.Salience = bearing(claim, req)
		if len(f.Citations) == 0 {
			out.Missing = append(out.Missing, fmt.Sprintf("No source speaks of the claim “%s”.", strings.TrimRight(claim, ".!。 ")))
		}
		out.Findings = append(out.Findings, f)
		all.Findings = append(all.Findings, i)
	}
	if len(out.Findings) == 0 {
		return engine.Analysis{}, engine.ErrNoQuestion
	}
	out.Themes = []engine.Theme{all}
	return out, nil
}

// witness is a quote with how it bears on a claim.
type witness struct {
	*candidate
	recall  float64
	verdict verify.Verdict
}

// weight orders witnesses: those that decide come first.
func (w witness) weight() float64 {
	weight := w.recall + w.verdict.Score/2
	if w.verdict.Support == verify.Contradicted || w.verdict.Support == verify.Supported {
		weight++
	}
	if w.evidence.Retracted {
		weight /= 2
	}
	return weight
}

// bearing returns the quotes that bear on a claim, the best first, one for each source,
// and how much of the claim the best one holds.
func bearing(claim string, req engine.Request) (quotes []engine.Quote, best float64) {
	read := newReader(languageOf(engine.Question{Text: claim, Language: req.Question.Language}, req.Evidence))
	q := newQuestion(claim, read)
	if len(q.terms) == 0 {
		return nil, 0
	}
	p := newPool(req.Evidence, q, read, nil)
	words := read.words(claim)
	wanted, names := p.vectorOf(words), properNames(words, claim)
	var found []witness
	for _, c := range p.candidates {
		c.widen(wanted, p)
		// What is said of another thing, however alike, neither proves nor disproves.
		if r := recall(wanted, c.vector); r >= minBearing && !c.caption && !apart(names, properNames(c.words, c.text)) {
			found = append(found, witness{candidate: c, recall: r})
		}
	}
	slices.SortStableFunc(found, func(a, b witness) int { return cmp.Compare(b.recall, a.recall) })
	found = found[:min(len(found), maxBearing)]
	for i := range found {
		found[i].verdict = verify.Check(claim, found[i].claim, nil)
	}
	slices.SortStableFunc(found, func(a, b witness) int { return cmp.Compare(b.weight(), a.weight()) })
	sources := map[string]bool{}
	for _, w := range found {
		if !sources[w.evidence.SourceID] && len(quotes) < maxQuotes {
			sources[w.evidence.SourceID] = true
			quotes = append(quotes, w.quote())
			best = max(best, w.recall)
		}
	}
	return quotes, math.Round(best*1000) / 1000
}

// widen quotes the sentence before a candidate with it, if that holds words of the claim
// which the candidate itself lacks: the subject is often named there.
func (c *candidate) widen(wanted vector, p *pool) {
	if c.joined || c.previous == nil || c.caption {
		return
	}
	gap := c.evidence.Text[c.previous.end:c.start]
	if plainSpace(gap) != "" || !readsAlone(c.previous.text, c.previous.words) {
		return
	}
	words := p.read.words(c.evidence.Text[c.previous.start : c.start+len(c.text)])
	v := p.vectorOf(words)
	if recall(c.vector, wanted) == 0 || recall(wanted, v) < recall(wanted, c.vector)+minAdded {
		return
	}
	c.text = c.evidence.Text[c.previous.start : c.start+len(c.text)]
	c.start, c.words, c.vector, c.claim = c.previous.start, words, v, plainSpace(c.text)
}
