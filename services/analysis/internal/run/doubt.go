package run

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
)

// contextBytes is how much of the snapshot on either side of a quote a model gets to
// see, in bytes.
const contextBytes = 600

// settleDoubts asks the engine of the step verify about the citations that words alone
// cannot decide. It returns what the answer lacks because it could not. The engine that
// needs no model has no opinion of its own; then the verdicts stay.
func (t *task) settleDoubts(ctx context.Context, c *checker) (missing []string, err error) {
	if len(c.doubts) == 0 {
		return nil, nil
	}
	questions := make([]engine.Doubt, len(c.doubts))
	for i, d := range c.doubts {
		text := c.texts[d.citation.GetSourceId()]
		questions[i] = engine.Doubt{
			Claim: d.finding.GetClaim(), Quote: d.citation.GetQuote(),
			Context: around(text, int(d.citation.GetStartOffset()), int(d.citation.GetEndOffset())),
		}
	}
	var judgements []engine.Judgement
	reason, err := t.withModel(ctx, engine.StepVerify, func(ctx context.Context, e engine.Engine) (err error) {
		judgements, err = e.Judge(ctx, questions)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	if reason != "" {
		return []string{"Doubtful citations were not judged by a model, because " + reason + "."}, nil
	}
	by := routeOf(t.plan, t.a, engine.StepVerify).Engine
	for i, judgement := range first(judgements, len(c.doubts)) {
		c.apply(c.doubts[i].citation, judgement, by)
	}
	return nil, nil
}

// apply takes a judgement over, as far as words do not tell better: a model that finds
// support does not make good a number, a date or a denial that differs or is missing.
func (c *checker) apply(q *analysisv1.Citation, j engine.Judgement, by string) {
	support := map[engine.Judgement]analysisv1.Support{
		engine.Supports: analysisv1.Support_SUPPORTED, engine.Partly: analysisv1.Support_PARTIAL,
		engine.Not: analysisv1.Support_UNSUPPORTED, engine.Against: analysisv1.Support_CONTRADICTED,
	}[j]
	if support == analysisv1.Support_SUPPORT_UNSPECIFIED {
		return
	}
	if support == analysisv1.Support_SUPPORTED && slices.ContainsFunc(c.verdicts[q].Reasons, isFact) {
		return
	}
	q.Support, q.CheckedBy = support, by
}

// isFact reports whether a reason is a matter of fact that no reading of the text
// changes.
func isFact(r verify.Reason) bool {
	return r == verify.NumberDiffers || r == verify.NumberMissing || r == verify.NegationDiffers
}

// around returns the text around a span, cut between characters.
func around(text string, start, end int) string {
	from, to := max(0, start-contextBytes), min(len(text), end+contextBytes)
	for from < start && !utf8.RuneStart(text[from]) {
		from++
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return text[from:to]
}

// why says why a verdict is not better; empty when it is SUPPORTED.
func (c *checker) why(f *analysisv1.Finding) string {
	citations := f.GetCitations()
	switch {
	case f.GetSupport() == analysisv1.Support_SUPPORTED:
		return ""
	case len(citations) == 0:
		return "No source says anything about it."
	case c.facts && hasVerdict(citations, analysisv1.Support_SUPPORTED):
		return "Sources disagree about it."
	}
	i := slices.IndexFunc(citations, func(q *analysisv1.Citation) bool { return q.GetSupport() == f.GetSupport() })
	if i < 0 {
		return ""
	}
	if q := citations[i]; q.GetCheckedBy() != byCheck {
		return map[analysisv1.Support]string{
			analysisv1.Support_PARTIAL:      "The model says that the text bears out a part of it.",
			analysisv1.Support_UNSUPPORTED:  "The model says that the text does not bear it out.",
			analysisv1.Support_CONTRADICTED: "The model says that the text speaks against it.",
		}[q.GetSupport()]
	}
	for _, reason := range c.verdicts[citations[i]].Reasons {
		if words := reason.Sentence(); words != "" { // a reason of a later version has none
			return words
		}
	}
	return "The text says it in other words."
}
