package samework_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
)

// FuzzNormalize: what is normalised stays as it is when it is normalised again,
// and finding an identifier never panics.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"10.1038/nature12373", "https://doi.org/10.1002/a%28b%29%3C1%3E?x=y", "arXiv:math.GT/0309136v1", "0-8044-2957-X", "PMC12.1", "%", "W1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, kind := range []string{
			samework.DOI, samework.ArXiv, samework.PMID, samework.PMCID, samework.OpenAlex, samework.S2, samework.ISBN, samework.Wikipedia,
		} {
			if id, ok := samework.Normalize(kind, value); ok {
				again, ok := samework.Normalize(kind, id)
				require.True(t, ok, "%s %q", kind, id)
				require.Equal(t, id, again, kind)
			}
		}
		if kind, id := samework.Find(value); kind != "" {
			require.NotEmpty(t, id)
		}
		samework.Keys(connector.Item{Title: value, URL: value, Authors: []string{value}, Published: value}, addresses)
		samework.FingerprintOf(value)
	})
}
