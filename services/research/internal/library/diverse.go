package library

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
)

const (
	// candidatesPerText is how many hits each text brings into the choice.
	candidatesPerText = 100
	// perDocument is how many passages one document may give.
	perDocument = 8
	// rankConstant damps the first ranks in the fusion; 60 after Cormack, Clarke
	// and Büttcher, "Reciprocal Rank Fusion" (SIGIR 2009).
	rankConstant = 60
)

// DiverseQuery asks for passages on several aspects of a question.
type DiverseQuery struct {
	// Texts are the question and its sub-queries.
	Texts []string
	// Collections to look in; empty means all.
	Collections []string
	// MaxDocuments and MaxPassages bound the answer.
	MaxDocuments int
	MaxPassages  int
}

// SearchDiverse returns passages that together cover the texts: each is searched
// by itself, the rankings are fused by reciprocal ranks, and out of the fused
// ranking passages are chosen that repeat each other little.
func (l *Library) SearchDiverse(ctx context.Context, workspaceID string, q DiverseQuery) ([]Hit, error) {
	s, err := l.current(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	hits, err := l.load(ctx, workspaceID, s, bestOf(s.fused(q), candidatesPerText*2))
	if err != nil {
		return nil, err
	}
	candidates := make([]index.Candidate, len(hits))
	byKey := make(map[passageKey]Hit, len(hits))
	for i, h := range hits {
		hit := index.Hit{DocID: h.Document.ID, Ordinal: int(h.Passage.Ordinal), Score: h.Score}
		candidates[i] = index.Candidate{Hit: hit, Text: h.Passage.Text, Language: h.Document.Language}
		byKey[passageKey{hit.DocID, hit.Ordinal}] = h
	}
	var out []Hit
	documents := map[string]bool{}
	for _, c := range s.index.Diversify(candidates, q.MaxPassages, index.Spread{PerDocument: perDocument}) {
		if !documents[c.DocID] && len(documents) == q.MaxDocuments {
			continue
		}
		documents[c.DocID] = true
		out = append(out, byKey[passageKey{c.DocID, c.Ordinal}])
	}
	slices.SortStableFunc(out, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return out, nil
}

// fused searches for each text, as many at once as there are processors, and returns
// the sum of the reciprocal ranks of each passage that was found.
func (s *shelf) fused(q DiverseQuery) map[passageKey]float64 {
	rankings := make([][]index.Hit, len(q.Texts))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, text := range q.Texts {
		group.Go(func() error {
			rankings[i] = s.index.Search(text, candidatesPerText, s.in(q.Collections))
			return nil
		})
	}
	_ = group.Wait() // none of them fails
	scores := map[passageKey]float64{}
	for _, ranking := range rankings { // in the order of the texts: sums come out alike
		for rank, h := range ranking {
			scores[passageKey{h.DocID, h.Ordinal}] += 1 / float64(rankConstant+rank+1)
		}
	}
	return scores
}

type passageKey struct {
	document string
	ordinal  int
}

// bestOf returns the n passages with the highest fused score, ties by name, so
// that the same library gives the same answer.
func bestOf(fused map[passageKey]float64, n int) []index.Hit {
	hits := make([]index.Hit, 0, len(fused))
	for key, score := range fused {
		hits = append(hits, index.Hit{DocID: key.document, Ordinal: key.ordinal, Score: score})
	}
	slices.SortFunc(hits, func(a, b index.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.DocID, b.DocID), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return hits[:min(n, len(hits))]
}
