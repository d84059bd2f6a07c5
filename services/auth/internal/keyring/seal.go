package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// sealer encrypts private keys for the database: AES-256-GCM with a random
// nonce in front, the key's id authenticated beside it, so that sealed keys
// cannot be exchanged for one another.
type sealer struct{ aead cipher.AEAD }

// newSealer derives the sealing key from the fleet's secret.
func newSealer(secret []byte) (sealer, error) {
	key, err := authn.DeriveKey(secret, "seal signing keys")
	if err != nil {
		return sealer{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, fmt.Errorf("set up the cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("set up the cipher: %w", err)
	}
	return sealer{aead: aead}, nil
}

// seal encrypts the private key. What is kept is its 32-byte seed.
func (s sealer) seal(kid string, key ed25519.PrivateKey) []byte {
	return s.aead.Seal(nil, nil, key.Seed(), []byte(kid)) //nolint:gosec // the cipher makes a random nonce by itself
}

// open decrypts the private key and checks that it belongs to the public one.
func (s sealer) open(k store.SigningKey) (ed25519.PrivateKey, error) {
	seed, err := s.aead.Open(nil, nil, k.Sealed, []byte(k.KID))
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
