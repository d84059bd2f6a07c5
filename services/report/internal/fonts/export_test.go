package fonts

import "testing"

// Chain returns the fonts that are asked for a character in a style.
func (s *Set) Chain(t *testing.T, style Style) []*Font {
	t.Helper()
	var chain []*Font
	for _, l := range s.chains[style] {
		f, err := l.load()
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, f)
	}
	return chain
}
