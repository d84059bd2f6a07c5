// Package seal encrypts what the database must not be able to tell: AES-256-GCM
// with a random nonce in front, and beside it, authenticated, what the secret
// belongs to, so that sealed secrets cannot be exchanged for one another.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"strings"
)

// ErrCannotOpen says that none of the keys opens a sealed secret, or that it was
// sealed for something else, or changed.
var ErrCannotOpen = errors.New("none of the keys opens it")

// Box seals and opens secrets. It is safe for concurrent use.
type Box struct {
	current cipher.AEAD
	older   []cipher.AEAD
}

// New returns a box that seals with the first of the keys and opens with any of
// them. Keys have 32 bytes.
func New(current []byte, older ...[]byte) (*Box, error) {
	b := &Box{}
	var err error
	if b.current, err = gcm(current); err != nil {
		return nil, err
	}
	for _, key := range older {
		aead, err := gcm(key)
		if err != nil {
			return nil, err
		}
		b.older = append(b.older, aead)
	}
	return b, nil
}

// gcm sets up the cipher. It draws a random nonce for each message, which is
// good for 2^32 messages with one key (NIST SP 800-38D, section 8.3).
func gcm(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("the key has %d bytes, AES-256 takes 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("set up the cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("set up the cipher: %w", err)
	}
	return aead, nil
}

// Seal encrypts a secret that belongs to what about names.
func (b *Box) Seal(secret []byte, about ...string) []byte {
	return b.current.Seal(nil, nil, secret, associated(about)) //nolint:gosec // the cipher makes a random nonce by itself
}

// Open decrypts what Seal made for the same about, or fails with ErrCannotOpen.
// It reports whether an older key was needed: then seal it anew.
func (b *Box) Open(sealed []byte, about ...string) (secret []byte, old bool, err error) {
	data := associated(about)
	if secret, err = b.current.Open(nil, nil, sealed, data); err == nil {
		return secret, false, nil
	}
	for _, aead := range b.older {
		if secret, err = aead.Open(nil, nil, sealed, data); err == nil {
			return secret, true, nil
		}
	}
	return nil, false, ErrCannotOpen
}

// associated joins names so that no two lists give the same bytes: no name holds
// a zero byte.
func associated(about []string) []byte { return []byte(strings.Join(about, "\x00")) }
