package prompted

import (
	"context"
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// factQuotes bounds how many quotes a claim of a fact check has.
const factQuotes = 8

// checkFacts finds what speaks for and against given claims.
func (e *Engine) checkFacts(ctx context.Context, r engine.Request) (engine.Analysis, error) {
	out := engine.Analysis{Themes: []engine.Theme{{}}}
	claims := r.Question.Claims
	if len(claims) == 0 {
		claims = []string{r.Question.Text}
	}
	items, lost := sliced(ordered(r.Evidence), e.config.SliceTokens)
	parts, err := fanOut(ctx, e, items, func(ctx context.Context, items []engine.Evidence) part {
		return e.facts(ctx, r, claims, items)
	})
	if err != nil {
		return engine.Analysis{}, err
	}
	var all notes
	all.lost.add(lost)
	for i, claim := range claims {
		f := engine.Finding{Claim: claim, Salience: 1}
		for _, p := range parts {
			if len(p.findings) == 0 {
				continue
			}
			for at := i; at < len(p.findings); at += len(claims) { // halves follow each other
				f.Citations = append(f.Citations, p.findings[at].Citations...)
			}
		}
		f.Citations = onePerSource(f.Citations)
		f.Citations = f.Citations[:min(len(f.Citations), factQuotes)]
		out.Findings = append(out.Findings, f)
		out.Themes[0].Findings = append(out.Themes[0].Findings, i)
	}
	for _, p := range parts {
		all.add(p.notes)
	}
	out.Missing = all.sentences()
	return out, nil
}

// facts lets the model read one slice for given claims. The part has a finding for
// each claim, in order.
func (e *Engine) facts(ctx context.Context, r engine.Request, claims []string, items []engine.Evidence) part {
	w := e.questionWords(r)
	w.Claims = nil
	for i, claim := range claims {
		w.Claims = append(w.Claims, fmt.Sprintf("%d. %s", i+1, neutralLine(claim, maxQuestion)))
	}
	w.Data = dataBlock(strings.Join(w.Claims, "\n"), passages(items))
	answer, cut, err := exchange[factsReply](ctx, e, promptFacts, w)
	if err != nil {
		return part{err: err}
	}
	p := part{findings: make([]engine.Finding, len(claims))}
	if cut {
		p.notes.brokeOff++
	}
	cite := citer{items: items, known: newPlaces(r.Question.Text, r.Evidence)}
	for _, fact := range list(answer.Claims) {
		i := int(fact.Claim) - 1
		if i < 0 || i >= len(claims) {
			continue
		}
		for n := range max(len(fact.Supporting), len(fact.Opposing)) { // in turns: both are heard
			for _, side := range [][]quoteReply{fact.Supporting, fact.Opposing} {
				if n >= len(side) {
					continue
				}
				q, ok := cite.cite(int(side[n].Passage), string(side[n].Quote), claims[i])
				if ok && belongsTo(claims[i], q.Text, languageOf(r.Question)) {
					p.findings[i].Citations = append(p.findings[i].Citations, q)
				}
			}
		}
	}
	return p
}
