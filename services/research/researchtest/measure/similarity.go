// Package measure holds what the quality of reading and ranking is measured with:
// a reference to compare a ranking with, and the likeness of texts.
package measure

// Similarity returns one minus the normalized Levenshtein distance of two texts.
func Similarity(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	if len(x) == 0 && len(y) == 0 {
		return 1
	}
	return 1 - float64(levenshtein(x, y))/float64(max(len(x), len(y)))
}

// levenshtein returns the edit distance, 64 rows of the table at a time (Myers
// 1999, in Hyyrö's form for texts longer than a word).
func levenshtein(a, b []rune) int {
	if len(a) == 0 {
		return len(b)
	}
	blocks := (len(a) + 63) / 64
	peq := map[rune][]uint64{}
	for i, r := range a {
		if peq[r] == nil {
			peq[r] = make([]uint64, blocks)
		}
		peq[r][i/64] |= 1 << (i % 64)
	}
	none := make([]uint64, blocks)
	pv, mv := make([]uint64, blocks), make([]uint64, blocks)
	for i := range pv {
		pv[i] = ^uint64(0)
	}
	last := uint64(1) << ((len(a) - 1) % 64)
	distance := len(a)
	for _, r := range b {
		row := peq[r]
		if row == nil {
			row = none
		}
		carryP, carryM := uint64(1), uint64(0)
		for i := range blocks {
			eq := row[i]
			xv := eq | mv[i]
			eq |= carryM
			xh := (((eq & pv[i]) + pv[i]) ^ pv[i]) | eq
			ph := mv[i] | ^(xh | pv[i])
			mh := pv[i] & xh
			if i == blocks-1 {
				if ph&last != 0 {
					distance++
				}
				if mh&last != 0 {
					distance--
				}
			}
			outP, outM := ph>>63, mh>>63
			ph = ph<<1 | carryP
			mh = mh<<1 | carryM
			carryP, carryM = outP, outM
			pv[i] = mh | ^(xv | ph)
			mv[i] = ph & xv
		}
	}
	return distance
}
