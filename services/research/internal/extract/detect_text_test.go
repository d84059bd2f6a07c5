package extract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/extract"
)

func TestDetect_WordsThatLookLikeAFontAreAText(t *testing.T) {
	t.Parallel()
	text := "The letters LP stand at this placeLP, where a font of old browsers has its mark. Reading goes on."
	require.Equal(t, "LP", text[34:36], "else the case shows nothing")
	doc, err := reader(t, extract.Limits{}).Extract(t.Context(), extract.Input{DeclaredType: "text/markdown", Data: []byte(text)})
	require.NoError(t, err)
	require.Equal(t, text, doc.Text)
}
