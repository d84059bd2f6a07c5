package password

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRules_RefuseWhatIsGuessedFirst(t *testing.T) {
	t.Parallel()
	rules := NewRules("Acme Library")
	const common, own, repeated = "common password", "your address", "again and again"
	tests := map[string]struct {
		password string
		says     string // "" when it is accepted
	}{
		"several words":                            {"correct horse battery staple", ""},
		"few words that do not belong together":    {"long enough it is", ""},
		"words in another language":                {"Wir schaffen das 7", ""},
		"another script":                           {"грибы растут в лесу", ""},
		"random characters":                        {"kX9vQ2mZr7Lp", ""},
		"no digit and no upper case is needed":     {"flimsy otter gazebo", ""},
		"common words inside are no harm":          {"a password nobody knows yet", ""},
		"as long as the contract allows":           {strings.Repeat("some words in a row, ", 12)[:250] + "other", ""},
		"a common one":                             {"qwertyuiop123", common},
		"a common one, written twice":              {"trustno1trustno1", repeated},
		"a common one with digits":                 {"password12345", common},
		"a common one with signs for letters":      {"P@ssw0rd1234", common},
		"a name with a year":                       {"jennifer2010", common},
		"digits in a row":                          {"123456789012", common},
		"letters in a row":                         {"abcdefghijkl", common},
		"keys in a row":                            {"1q2w3e4r5t6y", common},
		"one letter":                               {strings.Repeat("a", 256), repeated},
		"one letter of another script":             {strings.Repeat("緑", 12), repeated},
		"the same letters again, and cut off":      {"abcabcabcabcab", repeated},
		"the address":                              {"ada.k@example.com", own},
		"the name":                                 {"Ada Lovelace", own},
		"the name with a year":                     {"lovelace1815", own},
		"a part of the address":                    {"kingsford2026", own},
		"the product":                              {"researcherpro1", own},
		"the installation":                         {"acmelibrary12", own},
		"the installation's name, in another case": {"ACME library 1", own},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := rules.Broken(tc.password, "ada.k@example.com", "Ada Lovelace", "kingsford")
			if tc.says == "" {
				require.Empty(t, got)
				return
			}
			require.Contains(t, got, tc.says)
		})
	}
}

// The work grows exponentially with the number of different signs in the library;
// nobody may keep a processor busy with a password.
func TestRules_TakeLittleTimeWhateverThePassword(t *testing.T) {
	t.Parallel()
	for name, password := range map[string]string{
		"every sign":        strings.Repeat("(4@8{[<369!|1i0$5+7%2", 13)[:256],
		"few signs, short":  "i8{<[7i8{<[7i8{<[7i8x<[7",
		"the longest words": strings.Repeat("correct horse battery ", 11) + "staple",
		"wide characters":   strings.Repeat("緑茶と", 85) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			_ = NewRules("").Broken(password, "ada@example.com", "Ada")
			require.Less(t, time.Since(begin), time.Second)
		})
	}
}

func TestUnit_IsWhatATextRepeats(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a": "a", "aa": "a", "ab": "ab", "abab": "ab", "ababa": "ab", "aba": "aba", "abcab": "abcab", "xabab": "xabab",
	} {
		require.Equal(t, want, string(unit([]rune(text))), text)
	}
}
