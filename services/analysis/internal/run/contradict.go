package run

import (
	"fmt"
	"slices"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify/quantity"
)

// maxPaired is how many findings are compared with each other, the first ones.
const maxPaired = 100

// pairs reports whether findings that contradict each other are looked for. Those of a
// timeline speak of different times; those of a fact check are the user's own.
func (t *task) pairs() bool {
	kind := t.req.GetKind()
	return kind != analysisv1.Kind_TIMELINE && kind != analysisv1.Kind_FACT_CHECK
}

// contradict pairs findings whose sources contradict each other, beyond those that the
// engine has paired: the quote of each contradicts the claim of the other. One direction
// alone is often a sentence that speaks of something more besides.
func (c *checker) contradict(findings []*analysisv1.Finding) {
	findings = first(findings, maxPaired)
	for i, a := range findings {
		for _, b := range findings[i+1:] {
			if paired(a, b) || a.GetSubject() != b.GetSubject() || sameSources(a, b) {
				continue
			}
			verdict, ok := c.against(a, b)
			if !ok {
				continue
			}
			if _, ok := c.against(b, a); ok {
				pair(a, b, disagreement(a.GetClaim(), b.GetClaim(), verdict))
			}
		}
	}
}

// against reports whether the best quote of b contradicts the claim of a.
func (c *checker) against(a, b *analysisv1.Finding) (verify.Verdict, bool) {
	if len(b.GetCitations()) == 0 {
		return verify.Verdict{}, false
	}
	verdict := verify.Check(a.GetClaim(), b.GetCitations()[0].GetQuote(), c.idf)
	return verdict, verdict.Support == verify.Contradicted
}

func paired(a, b *analysisv1.Finding) bool {
	return slices.ContainsFunc(a.GetContradictions(), func(c *analysisv1.Contradiction) bool { return c.GetFindingId() == b.GetId() })
}

// sameSources reports whether all that one of two findings cites is cited by the other
// as well: a source seldom contradicts itself.
func sameSources(a, b *analysisv1.Finding) bool {
	in := func(list []*analysisv1.Citation) map[string]bool {
		ids := map[string]bool{}
		for _, c := range list {
			ids[c.GetSourceId()] = true
		}
		return ids
	}
	left, right := in(a.GetCitations()), in(b.GetCitations())
	for id := range left {
		if !right[id] {
			return false
		}
	}
	return true
}

// disagreement says what two claims disagree on, with the values where there are some.
func disagreement(a, b string, v verify.Verdict) string {
	if slices.Contains(v.Reasons, verify.NegationDiffers) {
		return "One denies what the other says."
	}
	for _, left := range quantity.Find(a) {
		for _, right := range quantity.Find(b) {
			if quantity.Comparable(left, right) && !quantity.Agree(left, right) {
				return fmt.Sprintf("One says %s, the other %s.", value(a, left), value(b, right))
			}
		}
	}
	return "They give different values of the same thing."
}

// value is a quantity as it is written, with the word that it counts.
func value(text string, q quantity.Quantity) string {
	written := text[q.Start:q.End]
	if q.Noun == "" || strings.HasSuffix(strings.ToLower(written), q.Noun) {
		return written
	}
	return written + " " + q.Noun
}
