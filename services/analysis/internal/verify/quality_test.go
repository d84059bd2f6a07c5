package verify

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCheck_AttributionBench measures the check against human labels, beside the
// check of fifty lines, with thresholds from cross-validation and with its own.
func TestCheck_AttributionBench(t *testing.T) {
	t.Parallel()
	pairs := attributionBench(t)
	idf := someIDFs(pairs)[1]
	scores, basic, truth := make([]float64, len(pairs)), make([]float64, len(pairs)), make([]bool, len(pairs))
	var own confusion
	bySet := map[string]*confusion{}
	for i, p := range pairs {
		verdict := Check(p.claim, p.text, idf)
		scores[i], basic[i], truth[i] = verdict.Score, baselineScore(p.claim, p.text, idf), p.truth
		own.add(p.truth, verdict.Support == Supported)
		if bySet[p.set] == nil {
			bySet[p.set] = &confusion{}
		}
		bySet[p.set].add(p.truth, verdict.Support == Supported)
	}
	ours, theirs := crossMacro(scores, truth), crossMacro(basic, truth)
	t.Logf("macro-F1, thresholds by cross-validation: %.4f, fifty lines %.4f; the verdicts as they are: %.4f", ours, theirs, own.macroF1())
	t.Logf("area under the curve: %.4f, fifty lines %.4f", areaUnder(scores, truth), areaUnder(basic, truth))
	for set, c := range bySet {
		t.Logf("  %s: %.4f", set, c.macroF1())
	}
	require.GreaterOrEqual(t, ours, 0.74)
	// The standard error of either is 0.013, with 1,198 pairs.
	require.GreaterOrEqual(t, ours-theirs, 0.06)
	require.GreaterOrEqual(t, own.macroF1(), 0.73)
}

// TestCheck_SwappedTexts measures how often the text of another claim is rejected,
// and how often the right one is kept.
func TestCheck_SwappedTexts(t *testing.T) {
	t.Parallel()
	pairs := attributionBench(t)
	idf := someIDFs(pairs)[1]
	kept, all, rejected := 0.0, 0.0, 0.0
	for i, p := range pairs {
		if p.truth {
			all++
			kept += indicator(Check(p.claim, p.text, idf).Support != Unsupported)
		}
		other := pairs[(i+len(pairs)/2+1)%len(pairs)].text
		rejected += indicator(Check(p.claim, other, idf).Support == Unsupported)
	}
	t.Logf("kept %.4f of the true texts, rejected %.4f of the others", kept/all, rejected/float64(len(pairs)))
	require.GreaterOrEqual(t, kept/all, 0.95)
	require.GreaterOrEqual(t, rejected/float64(len(pairs)), 0.995)
}

// TestCheck_FeverSymmetric measures the check where words of the claim alone say
// nothing, since each claim is once supported and once refuted.
func TestCheck_FeverSymmetric(t *testing.T) {
	t.Parallel()
	pairs := feverSymmetric(t)
	idf := someIDFs(pairs)[1]
	scores, truth := make([]float64, len(pairs)), make([]bool, len(pairs))
	var own confusion
	contradicted, rightly := 0.0, 0.0
	for i, p := range pairs {
		verdict := Check(p.claim, p.text, idf)
		scores[i], truth[i] = verdict.Score, p.truth
		own.add(p.truth, verdict.Support == Supported)
		if verdict.Support == Contradicted {
			contradicted++
			rightly += indicator(!p.truth)
		}
	}
	accuracy := crossValidate(scores, truth, (*confusion).accuracy)
	t.Logf("accuracy, threshold by cross-validation: %.4f; the verdicts as they are: %.4f", accuracy, own.accuracy())
	t.Logf("called contradicted: %.0f, rightly: %.3f", contradicted, rightly/contradicted)
	require.GreaterOrEqual(t, accuracy, 0.65)
	require.GreaterOrEqual(t, own.accuracy(), 0.63)
}

// TestSelect_Quality measures which sentences are chosen against those that people
// chose.
func TestSelect_Quality(t *testing.T) {
	t.Parallel()
	var abstracts tally
	set := sciFact(t)
	idf := selectionIDF(set)
	for _, s := range set {
		abstracts.add(s, Select(s.claim, first(s.text()), idf))
	}
	t.Logf("SciFact: rationale F1 %.4f, with whole sets only %.4f", abstracts.f1(abstracts.right), abstracts.f1(abstracts.whole))
	require.GreaterOrEqual(t, abstracts.f1(abstracts.right), 0.55)

	var pages tally
	set = wice(t)
	idf = selectionIDF(set)
	for _, s := range set {
		pages.add(s, Select(s.claim, first(s.text()), idf))
	}
	t.Logf("WiCE: recall of the best set in five sentences %.4f, rationale F1 %.4f", pages.recall/float64(len(set)), pages.f1(pages.right))
	require.GreaterOrEqual(t, pages.recall/float64(len(set)), 0.85)
}

func first(text string, _ []int) string { return text }

// tally counts chosen sentences.
type tally struct {
	right, whole, said, wanted float64
	recall                     float64 // sum of the best set's share among the first five
}

// add counts the sentences that were chosen for a claim.
func (c *tally) add(s selection, found []Sentence) {
	_, starts := s.text()
	var order, shown []int
	for _, f := range found {
		part, _ := slices.BinarySearch(starts, f.Start+1)
		if !slices.Contains(order, part-1) {
			order = append(order, part-1)
		}
		if f.Rationale && !slices.Contains(shown, part-1) {
			shown = append(shown, part-1)
		}
	}
	inWhole, best := map[int]bool{}, 0.0
	for _, set := range s.gold {
		hits := 0.0
		for _, part := range set {
			hits += indicator(slices.Contains(order[:min(5, len(order))], part))
			if !slices.ContainsFunc(set, func(other int) bool { return !slices.Contains(shown, other) }) {
				inWhole[part] = true
			}
		}
		best = max(best, hits/float64(len(set)))
	}
	for part := range s.parts {
		c.wanted += indicator(s.chosen(part))
		c.right += indicator(s.chosen(part) && slices.Contains(shown, part))
	}
	c.said, c.whole, c.recall = c.said+float64(len(shown)), c.whole+float64(len(inWhole)), c.recall+best
}

// f1 is the harmonic mean of precision and recall.
func (c *tally) f1(hits float64) float64 { return 2 * hits / (c.said + c.wanted) }
