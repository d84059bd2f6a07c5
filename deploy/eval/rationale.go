package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// selection is a claim beside a text, cut into sentences, and which of them people
// chose: sets of sentences, each of which is enough.
type selection struct {
	claim string
	parts []string
	gold  [][]int
}

// starts are where the parts begin in the text.
func (s selection) starts() []int {
	starts, at := make([]int, len(s.parts)), 0
	for i, part := range s.parts {
		starts[i] = at
		at += len(part) + len("\n\n")
	}
	return starts
}

// rationale measures which sentences of abstracts are shown for claims.
func rationale(ctx context.Context, e *environment) error {
	corpus, claims := e.path("scifact", "corpus.jsonl.gz"), e.path("scifact", "claims_train.jsonl")
	if corpus == "" || claims == "" {
		return nil
	}
	abstracts := map[string][]string{}
	if err := lines(corpus, func(line struct {
		ID       int      `json:"doc_id"`
		Abstract []string `json:"abstract"`
	},
	) {
		abstracts[strconv.Itoa(line.ID)] = line.Abstract
	}); err != nil {
		return err
	}
	var set []selection
	if err := lines(claims, func(line struct {
		Claim    string                                 `json:"claim"`
		Evidence map[string][]struct{ Sentences []int } `json:"evidence"`
	},
	) {
		for _, id := range slices.Sorted(maps.Keys(line.Evidence)) {
			s := selection{claim: line.Claim, parts: abstracts[id]}
			for _, gold := range line.Evidence[id] {
				s.gold = append(s.gold, gold.Sentences)
			}
			set = append(set, s)
		}
	}); err != nil {
		return err
	}
	found, err := e.selected(ctx, "SciFact", set)
	if err != nil {
		return err
	}
	e.table.add(measured{
		Name: "SciFact rationale selection F1, gold abstract", Value: found.f1(found.right), Floor: 0.55,
		Best: "BM25 top-2 0.459; VerT5erini 0.608",
		Data: fmt.Sprintf("scifact claims_train: %d claims with their abstracts over CheckClaims; flagged sentences", len(set)),
	})
	e.table.add(measured{
		Name: "SciFact rationale selection F1, whole sets only", Value: found.f1(found.whole), Floor: noFloor,
		Data: "the same; a sentence counts only with all others of its set",
	})
	return nil
}

// wice measures which sentences of web pages come first for claims.
func wice(ctx context.Context, e *environment) error {
	path := e.path("claims", "wice", "entailment_retrieval", "claim", "dev.jsonl.gz")
	if path == "" {
		return nil
	}
	var set []selection
	if err := lines(path, func(line struct {
		Claim    string   `json:"claim"`
		Evidence []string `json:"evidence"`
		Gold     [][]int  `json:"supporting_sentences"`
	},
	) {
		if len(line.Gold) > 0 && len(line.Gold[0]) > 0 {
			set = append(set, selection{line.Claim, line.Evidence, line.Gold})
		}
	}); err != nil {
		return err
	}
	found, err := e.selected(ctx, "WiCE", set)
	if err != nil {
		return err
	}
	e.table.add(measured{
		Name: "WiCE supporting sentences, recall@5", Value: found.recall / float64(len(set)), Floor: 0.85,
		Best: "BM25 0.81",
		Data: fmt.Sprintf("wice dev: %d claims with evidence over CheckClaims; the best gold set", len(set)),
	})
	return nil
}

// selected asks the service for the sentences of a set.
func (e *environment) selected(ctx context.Context, name string, set []selection) (sentences, error) {
	pairs := make([]pair, len(set))
	for i, s := range set {
		pairs[i] = pair{claim: s.claim, text: strings.Join(s.parts, "\n\n")}
	}
	verdicts, err := e.checkClaims(ctx, name, pairs)
	var found sentences
	for i, v := range verdicts {
		found.add(set[i], v.GetSentences())
	}
	return found, err
}

// firstSentences is how many sentences of a ranking count.
const firstSentences = 5

// sentences counts what was selected.
type sentences struct {
	right, whole, said, wanted float64
	recall                     float64 // sum of the best set's share among the first
}

// add counts the sentences that were selected for a claim.
func (c *sentences) add(s selection, found []*analysisv1.RelevantSentence) {
	starts := s.starts()
	var order, shown []int
	for _, f := range found {
		next, _ := slices.BinarySearch(starts, int(f.GetStartOffset())+1)
		part := next - 1
		if !slices.Contains(order, part) {
			order = append(order, part)
		}
		if f.GetRationale() && !slices.Contains(shown, part) {
			shown = append(shown, part)
		}
	}
	inWhole, best := map[int]bool{}, 0.0
	for _, set := range s.gold {
		hits, all := 0.0, true
		for _, part := range set {
			if slices.Contains(order[:min(firstSentences, len(order))], part) {
				hits++
			}
			all = all && slices.Contains(shown, part)
		}
		best = max(best, hits/float64(len(set)))
		for _, part := range set {
			inWhole[part] = inWhole[part] || all
		}
	}
	for part, whole := range inWhole {
		c.wanted++
		if slices.Contains(shown, part) {
			c.right++
		}
		if whole {
			c.whole++
		}
	}
	c.said, c.recall = c.said+float64(len(shown)), c.recall+best
}

// f1 is the harmonic mean of precision and recall.
func (c *sentences) f1(hits float64) float64 { return 2 * hits / (c.said + c.wanted) }
