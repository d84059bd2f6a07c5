package lexical_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

// In languages without rules for stems, the forms of a word must meet and other
// words must not.
func TestStem_FormsOfAWordMeet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lang  string
		forms []string
		other string
	}{
		"Greek endings and accents":     {"el", []string{"πόλη", "πόλης", "πόλεις", "ΠΟΛΗ"}, "πόρος"},
		"both forms of the Greek s":     {"el", []string{"νόμος", "νόμοσ", "νόμου"}, "νόημα"},
		"Polish cases":                  {"pl", []string{"komisja", "komisji", "komisję"}, "komputer"},
		"Czech cases":                   {"cs", []string{"zpráva", "zprávy", "zprávu", "zpravy"}, "zprostit"},
		"Ukrainian cases":               {"uk", []string{"комісія", "комісії", "комісію"}, "команда"},
		"Hindi cases and numbers":       {"hi", []string{"किताब", "किताबें", "किताबों"}, "किसान"},
		"Hebrew article and vowels":     {"he", []string{"מדינה", "המדינה", "במדינה", "ובמדינה", "מְדִינָה"}, "מדריך"},
		"Arabic letters in Persian":     {"fa", []string{"ايران", "ایران"}, "ابران"},
		"the Turkish capital I":         {"tr", []string{"İstanbul", "istanbul"}, "ıspanak"},
		"letters with a stroke":         {"da", []string{"smørrebrød", "smorrebrod"}, "smart"},
		"Irish and Tamil have stemmers": {"ga", []string{"fheirmeoir", "feirmeoir"}, "fear"},
	}
	stem := func(t *testing.T, word, lang string) string {
		t.Helper()
		tokens := lexical.Tokens(word)
		require.Len(t, tokens, 1)
		return lexical.Stem(tokens[0].Text, lang)
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := stem(t, tc.forms[0], tc.lang)
			for _, form := range tc.forms {
				require.Equal(t, want, stem(t, form, tc.lang), form)
			}
			require.NotEqual(t, want, stem(t, tc.other, tc.lang))
		})
	}
}

func TestStem_LightStemsLeaveSomething(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"oko": "oko", "a": "a", "aeiou": "aei", "2026": "2026", "1000000": "1000000", "nejneobhospodařovávatelnějšími": "nejneo",
	} {
		require.Equal(t, want, lexical.Stem(word, "cs"), word)
	}
	require.Equal(t, "yang", lexical.Stem("yang", "id"), "what does not inflect stays")
	require.Equal(t, "được", lexical.Stem("được", "vi"), "Vietnamese is nothing without its accents")
}

func TestTokens_ThreesInScriptsOfLetters(t *testing.T) {
	t.Parallel()
	words := func(text string) (out []string) {
		for _, token := range lexical.Tokens(text) {
			require.Equal(t, token.Text, text[token.Start:token.End])
			out = append(out, token.Text)
		}
		return out
	}
	require.Equal(t, []string{"กขค", "ขคง"}, words("กขคง"))
	require.Equal(t, []string{"กขค"}, words("กขค"))
	require.Equal(t, []string{"กข"}, words("กข"), "what is shorter is one")
	require.Equal(t, []string{"ກຂຄ", "ຂຄງ"}, words("ກຂຄງ"))
	require.Equal(t, []string{"今天", "天气", "กขค"}, words("今天气กขค"), "each script by its own rule")
	require.Equal(t, []string{"위원", "원회"}, words("위원회"))
}
