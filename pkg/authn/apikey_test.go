package authn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

func TestAPIKey_IsRecognisedAndNeverTheSame(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		key := authn.NewAPIKey()
		require.Regexp(t, `^rp_[0-9A-Za-z]{46}$`, key)
		require.True(t, authn.WellFormedAPIKey(key))
		require.False(t, seen[key])
		seen[key] = true
	}
}

func TestAPIKey_OneWrongLetterIsTold(t *testing.T) {
	t.Parallel()
	key := authn.NewAPIKey()
	for i := range key {
		other := byte('a')
		if key[i] == other {
			other = 'b'
		}
		require.False(t, authn.WellFormedAPIKey(key[:i]+string(other)+key[i+1:]), "letter %d", i)
	}
	for name, wrong := range map[string]string{
		"none": "", "prefix only": "rp_", "shorter": key[:len(key)-1], "longer": key + "0", "another prefix": "sk_" + key[3:],
		"in capitals": strings.ToUpper(key), "with a space": key + " ", "letters that are none": "rp_" + strings.Repeat("é", 23),
	} {
		require.False(t, authn.WellFormedAPIKey(wrong), name)
	}
}
