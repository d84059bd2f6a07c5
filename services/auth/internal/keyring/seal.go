package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/services/auth/internal/seal"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// sealer encrypts private keys for the database, each for its own id, so that
// sealed keys cannot be exchanged for one another.
type sealer struct{ box *seal.Box }

// newSealer derives the sealing key from the fleet's secret.
func newSealer(secret []byte) (sealer, error) {
	key, err := authn.DeriveKey(secret, "seal signing keys")
	if err != nil {
		return sealer{}, err
	}
	box, err := seal.New(key)
	return sealer{box: box}, err
}

// seal encrypts the private key. What is kept is its 32-byte seed.
func (s sealer) seal(kid string, key ed25519.PrivateKey) []byte {
	return s.box.Seal(key.Seed(), kid)
}

// open decrypts the private key and checks that it belongs to the public one.
func (s sealer) open(k store.SigningKey) (ed25519.PrivateKey, error) {
	seed, _, err := s.box.Open(k.Sealed, k.KID)
	if err != nil {
		return nil, fmt.Errorf("signing key %s cannot be opened with this SECRET_KEY: "+
			"start with the one it was made with, or delete the row from signing_keys, which signs everyone out", k.KID)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("signing key %s: the seed has %d bytes", k.KID, len(seed))
	}
	key := ed25519.NewKeyFromSeed(seed)
	if !k.Public.Equal(key.Public()) {
		return nil, errors.New("signing key " + k.KID + ": the public key is another one's")
	}
	return key, nil
}
