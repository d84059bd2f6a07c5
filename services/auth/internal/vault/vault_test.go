package vault_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/seal"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/vault"
)

// fleet is SECRET_KEY of a fleet.
const fleet = "the secret of a fleet in a test, no more"

// Keys for CREDENTIALS_KEY.
var first, second = strings.Repeat("1", 32), strings.Repeat("2", 32)

func open(t *testing.T, keys, secret string) *vault.Vault {
	t.Helper()
	v, err := vault.New(keys, []byte(secret))
	require.NoError(t, err)
	return v
}

// sealed returns a credential with a secret in it.
func sealed(v *vault.Vault) store.Credential {
	owner := "ada"
	c := store.Credential{ID: "id", WorkspaceID: "workspace", UserID: &owner, Provider: "openai"}
	c.Sealed = v.Seal(c, "sk-the secret")
	return c
}

func TestOpen_NeedsTheRowThatTheSecretWasSealedFor(t *testing.T) {
	t.Parallel()
	v := open(t, first, fleet)
	secret, old, err := v.Open(sealed(v))
	require.NoError(t, err)
	require.False(t, old)
	require.Equal(t, "sk-the secret", secret)

	eve := "eve"
	for name, change := range map[string]func(*store.Credential){
		"copied to another id":        func(c *store.Credential) { c.ID = "other" },
		"copied to another workspace": func(c *store.Credential) { c.WorkspaceID = "other" },
		"copied to another provider":  func(c *store.Credential) { c.Provider = "brave" },
		"given to another member":     func(c *store.Credential) { c.UserID = &eve },
		"given to the workspace":      func(c *store.Credential) { c.UserID = nil },
	} {
		c := sealed(v)
		change(&c)
		_, _, err := v.Open(c)
		require.ErrorIs(t, err, seal.ErrCannotOpen, name)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestNew_KeysCanBeIntroducedAndChanged(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before, after string // CREDENTIALS_KEY
		opens, old    bool
	}{
		"the same key":                    {first, first, true, false},
		"a new one before the old one":    {first, second + "," + first, true, true},
		"spaces around them":              {first, second + " , " + first, true, true},
		"the old one still before":        {first, first + "," + second, true, false},
		"the old one is gone":             {first, second, false, false},
		"none, as before":                 {"", "", true, false},
		"the first one after none":        {"", first, true, true},
		"none any more: the key is lost":  {first, "", false, false},
		"the old one is the third of all": {first, second + "," + strings.Repeat("3", 32) + "," + first, true, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secret, old, err := open(t, tc.after, fleet).Open(sealed(open(t, tc.before, fleet)))
			if !tc.opens {
				require.ErrorIs(t, err, seal.ErrCannotOpen)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "sk-the secret", secret)
			require.Equal(t, tc.old, old)
		})
	}
}

func TestNew_KeysOfAnotherPurposeDoNotOpen(t *testing.T) {
	t.Parallel()
	_, _, err := open(t, "", "another fleet's secret, long enough it is").Open(sealed(open(t, "", fleet)))
	require.ErrorIs(t, err, seal.ErrCannotOpen)
}

func TestNew_RefusesAShortKeyWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string]string{
		"too short":     "0123456789",
		"the second is": first + ",0123456789",
		"an empty one":  first + ",",
	} {
		_, err := vault.New(keys, []byte(fleet))
		require.ErrorContains(t, err, "CREDENTIALS_KEY", name)
		require.NotContains(t, err.Error(), "0123456789", name)
	}
	_, err := vault.New("", []byte("short"))
	require.ErrorContains(t, err, "SECRET_KEY")
}

func TestHint_ShowsTheEndOfLongSecretsOnly(t *testing.T) {
	t.Parallel()
	require.Equal(t, "wxyz", vault.Hint("sk-abcdefghijklmnopwxyz"))
	require.Equal(t, "wxyz", vault.Hint("0123456789abwxyz"), "16 characters")
	require.Empty(t, vault.Hint("123456789abwxyz"), "15 characters")
	require.Equal(t, "äöüß", vault.Hint("0123456789abäöüß"), "characters, not bytes")
}
