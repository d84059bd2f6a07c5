package index

import "cmp"

// better orders hits, the best first.
func better(a, b Hit) int {
	if a.Score != b.Score { // nearly always; comparing names takes longer
		return cmp.Compare(b.Score, a.Score)
	}
	return cmp.Or(cmp.Compare(a.DocID, b.DocID), cmp.Compare(a.Ordinal, b.Ordinal))
}

// worst is a heap of hits with the worst of them on top.
type worst []Hit

func (w worst) Len() int           { return len(w) }
func (w worst) Less(i, j int) bool { return better(w[i], w[j]) > 0 }
func (w worst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push and Pop implement heap.Interface.
func (w *worst) Push(x any) { *w = append(*w, x.(Hit)) }

// Pop removes the last element.
func (w *worst) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

// least returns what a score must reach to be among the best k, a little less to be
// sure; 0 while there are fewer.
func (w worst) least(k int) float64 {
	if len(w) < k {
		return 0
	}
	return w[0].Score * (1 - rounding)
}
