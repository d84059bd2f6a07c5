// Package compare says how the findings of a run differ from those of an earlier one.
//
// Findings have no identity beyond their run: words change, ids do. Two findings are
// taken for the same when they say nearly the same in words, or when they rest on the
// same place in the same source and share some. Pairs are made best first, each finding
// at most once, so the result does not depend on the order in which findings come. The
// method compares words: a claim that was put quite differently is one removed and one
// added.
package compare

import (
	"cmp"
	"slices"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// How alike claims must be, as the share of their common stems (Dice's coefficient), to
// be the same finding: by words alone, and with a quote of the same place.
const (
	sameByWords = 0.6
	sameByPlace = 0.3
)

// placeBonus is what a common quote is worth beside common words.
const placeBonus = 0.3

// Source is a source that findings cite.
type Source struct {
	*analysisv1.CitedSource

	// Key is what it is known by in every research: its address, the document or the
	// file, else its title.
	Key string
}

// Run is the findings of a run with the sources that they cite, by their ids.
type Run struct {
	Findings []*analysisv1.Finding
	Sources  map[string]Source
}

// key returns what a cited source is known by.
func (r Run) key(c *analysisv1.Citation) string {
	if src, ok := r.Sources[c.GetSourceId()]; ok && src.Key != "" {
		return src.Key
	}
	return c.GetSourceTitle()
}

// Runs compares a run with an earlier one. Findings that are gone and those that are new
// come in the order of their runs, changed ones in that of the newer.
func Runs(base, newer Run) *analysisv1.Comparison {
	out := &analysisv1.Comparison{}
	pairs := match(base, newer)
	found := map[int]bool{}
	for j, after := range newer.Findings {
		i, ok := pairs[j]
		if !ok {
			out.Added = append(out.Added, after)
			continue
		}
		found[i] = true
		before := base.Findings[i]
		if changes := changes(base, newer, before, after); len(changes) > 0 {
			out.Changed = append(out.Changed, &analysisv1.ChangedFinding{Before: before, After: after, Changes: changes})
		} else {
			out.Unchanged++
		}
	}
	for i, before := range base.Findings {
		if !found[i] {
			out.Removed = append(out.Removed, before)
		}
	}
	out.SourcesAdded, out.SourcesRemoved = onlyIn(newer, base), onlyIn(base, newer)
	return out
}

// candidate is a pair of findings that may be the same.
type candidate struct {
	base, newer int
	score       float64
}

// match returns, for findings of the newer run, the finding of the older that is the
// same.
func match(base, newer Run) map[int]int {
	old, fresh := describe(base), describe(newer)
	var candidates []candidate
	for j, b := range fresh {
		for i, a := range old {
			if score, ok := likeness(a, b); ok {
				candidates = append(candidates, candidate{i, j, score})
			}
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.newer, b.newer), cmp.Compare(a.base, b.base))
	})
	pairs, taken := map[int]int{}, map[int]bool{}
	for _, c := range candidates {
		if _, ok := pairs[c.newer]; ok || taken[c.base] {
			continue
		}
		pairs[c.newer], taken[c.base] = c.base, true
	}
	return pairs
}

// onlyIn returns the sources that one run cites and the other does not, in the order in
// which they are cited.
func onlyIn(a, b Run) []*analysisv1.CitedSource {
	known := map[string]bool{}
	for _, f := range b.Findings {
		for _, c := range f.GetCitations() {
			known[b.key(c)] = true
		}
	}
	var out []*analysisv1.CitedSource
	for _, f := range a.Findings {
		for _, c := range f.GetCitations() {
			if known[a.key(c)] {
				continue
			}
			known[a.key(c)] = true
			if src, ok := a.Sources[c.GetSourceId()]; ok {
				out = append(out, src.CitedSource)
			} else {
				out = append(out, &analysisv1.CitedSource{SourceId: c.GetSourceId(), Title: c.GetSourceTitle()})
			}
		}
	}
	return out
}
