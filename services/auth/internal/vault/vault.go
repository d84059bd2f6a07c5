// Package vault seals the secrets with which workspaces use outside services,
// with keys from the environment, and never shows one in a text of its own.
package vault

import (
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/services/auth/internal/seal"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

const (
	// purpose derives the sealing keys.
	purpose = "seal credentials"
	// hinted is the least length of a secret, in characters, that may show its last
	// ones: of a shorter one they would give too much away.
	hinted = 16
	// hint is how many characters are shown.
	hint = 4
)

// Vault seals and opens credentials. It is safe for concurrent use.
type Vault struct{ box *seal.Box }

// New returns a vault. keys is CREDENTIALS_KEY: keys separated by commas, of
// which the first seals and all open. The fleet's secret opens as well, and seals
// where there are no keys, so that keys can be introduced later.
func New(keys string, secret []byte) (*Vault, error) {
	var derived [][]byte
	for i, key := range split(keys) {
		if len(key) < authn.MinSecret {
			return nil, fmt.Errorf("CREDENTIALS_KEY: key %d has %d bytes, at least %d are needed", i+1, len(key), authn.MinSecret)
		}
		one, err := authn.DeriveKey([]byte(key), purpose)
		if err != nil {
			return nil, err
		}
		derived = append(derived, one)
	}
	own, err := authn.DeriveKey(secret, purpose)
	if err != nil {
		return nil, err
	}
	derived = append(derived, own)
	box, err := seal.New(derived[0], derived[1:]...)
	if err != nil {
		return nil, err
	}
	return &Vault{box: box}, nil
}

// split returns the keys of CREDENTIALS_KEY; none when it is unset.
func split(keys string) []string {
	if keys == "" {
		return nil
	}
	all := strings.Split(keys, ",")
	for i, key := range all {
		all[i] = strings.TrimSpace(key)
	}
	return all
}

// Seal encrypts a secret for a credential, of which id, workspace, owner and
// provider must be set.
func (v *Vault) Seal(c store.Credential, secret string) []byte {
	return v.box.Seal([]byte(secret), about(c)...)
}

// Open decrypts the secret of a credential; seal.ErrCannotOpen when the key is
// lost, or when the row was made out of another one. It reports whether an older
// key was needed.
func (v *Vault) Open(c store.Credential) (secret string, old bool, err error) {
	plain, old, err := v.box.Open(c.Sealed, about(c)...)
	return string(plain), old, err
}

// about is what a secret is sealed for. A row that is copied to another workspace
// or member, or named for another provider, does not open.
func about(c store.Credential) []string {
	owner := ""
	if c.UserID != nil {
		owner = *c.UserID
	}
	return []string{c.ID, c.WorkspaceID, owner, c.Provider}
}

// Hint returns the last four characters of a secret, to recognise it by; none
// for one under 16.
func Hint(secret string) string {
	letters := []rune(secret)
	if len(letters) < hinted {
		return ""
	}
	return string(letters[len(letters)-hint:])
}
