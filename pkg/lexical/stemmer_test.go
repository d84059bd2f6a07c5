package lexical_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

func TestStemmer_GivesWhatStemsGives(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"en": "The cats and the cat, they SAT on 1,000 mats.",
		"fr": "L’homme qui arrive et l'arbre",
		"de": "Viele Häuser stehen über dem Fluß",
		"zh": "今天下雨",
		"th": "คณะกรรมการตัดสินใจ",
		"":   "the cats",
	}
	for lang, text := range texts {
		stemmer := lexical.NewStemmer(lang)
		for range 2 { // the second time out of its memory
			require.Equal(t, lexical.Stems(text, lang), stemmer.Stems(text), lang)
		}
	}
}

func TestStemmer_ForgetsNothingThatMatters(t *testing.T) {
	t.Parallel()
	stemmer := lexical.NewStemmer("en")
	var words strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&words, "word%d ", i)
	}
	require.Len(t, stemmer.Stems(words.String()), 100_000)
	require.Equal(t, []string{"cat"}, stemmer.Stems("the cats"))
}

func BenchmarkStemmer(b *testing.B) {
	text := strings.Repeat("The regulatory authorities connected several independent observations of insulin resistance. ", 20)
	stemmer := lexical.NewStemmer("en")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		stemmer.Stems(text)
	}
}
