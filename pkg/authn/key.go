package authn

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// MinSecret is the least length of the fleet's secret, in bytes: that of the
// hash that it keys (RFC 7518, section 3.2).
const MinSecret = 32

// keySize is the length of derived keys, in bytes.
const keySize = 32

// KeySource gives the public keys that verify users' tokens. Key returns nil
// without an error for a key id that is not, or no longer, published, and an
// error when it cannot tell. It is called on every request, so it caches.
type KeySource interface {
	Key(ctx context.Context, kid string) (ed25519.PublicKey, error)
}

// DeriveKey derives the key for one purpose from the fleet's secret, with HKDF
// (RFC 5869) over SHA-256, so that no key is used for two things. The result
// has 32 bytes. A secret under MinSecret bytes is an error.
func DeriveKey(secret []byte, purpose string) ([]byte, error) {
	if err := checkSecret(secret); err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "researcherpro "+purpose, keySize)
	if err != nil {
		return nil, fmt.Errorf("derive the key for %s: %w", purpose, err)
	}
	return key, nil
}

// checkSecret refuses a secret that is short enough to be guessed.
func checkSecret(secret []byte) error {
	if len(secret) < MinSecret {
		return fmt.Errorf("SECRET_KEY has %d bytes, at least %d are needed", len(secret), MinSecret)
	}
	return nil
}

// serviceKey returns the key of service tokens.
func serviceKey(secret []byte) ([]byte, error) {
	return DeriveKey(secret, "service token")
}
