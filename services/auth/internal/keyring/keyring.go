// Package keyring holds the keys that sign access tokens: made at the first
// start of the fleet, kept in the database with the private half sealed.
package keyring

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync/atomic"

	"github.com/researcherpro/researcherpro/pkg/authn"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// Keys is the part of the store that a keyring needs.
type Keys interface {
	// SigningKeys returns all keys, the newest first. When there is none it
	// stores the one that first makes, once for all replicas.
	SigningKeys(ctx context.Context, first func() (store.SigningKey, error)) ([]store.SigningKey, error)
}

// Ring is the keys of this process. The zero value has none; Load fills it. It
// is safe for concurrent use.
type Ring struct {
	loaded atomic.Pointer[keySet]
}

// keySet is what one Load found. It is never changed.
type keySet struct {
	kid     string
	private ed25519.PrivateKey
	public  map[string]ed25519.PublicKey
	order   []string // newest first
}

var _ authn.KeySource = (*Ring)(nil)

// Load takes over the keys in the store, and makes the first one when there is
// none. secret is the fleet's secret; a key that was sealed with another one is
// an error.
func (r *Ring) Load(ctx context.Context, keys Keys, secret []byte) error {
	seal, err := newSealer(secret)
	if err != nil {
		return err
	}
	stored, err := keys.SigningKeys(ctx, func() (store.SigningKey, error) { return generate(seal) })
	if err != nil {
		return fmt.Errorf("load the signing keys: %w", err)
	}
	set := &keySet{public: make(map[string]ed25519.PublicKey, len(stored))}
	for _, k := range stored {
		set.public[k.KID] = k.Public
		set.order = append(set.order, k.KID)
	}
	newest := stored[0]
	if set.private, err = seal.open(newest); err != nil {
		return err
	}
	set.kid = newest.KID
	r.loaded.Store(set)
	return nil
}

// Signing returns the key that signs new tokens, with its id; nil before Load.
func (r *Ring) Signing() (kid string, key ed25519.PrivateKey) {
	set := r.keys()
	return set.kid, set.private
}

// Key implements authn.KeySource.
func (r *Ring) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	return r.keys().public[kid], nil
}

// Public returns the keys for publication, the signing one first.
func (r *Ring) Public() []*authv1.Jwk {
	set := r.keys()
	all := make([]*authv1.Jwk, 0, len(set.order))
	for _, kid := range set.order {
		all = append(all, jwks.Encode(kid, set.public[kid]))
	}
	return all
}

// keys returns what was loaded, or an empty set.
func (r *Ring) keys() *keySet {
	if set := r.loaded.Load(); set != nil {
		return set
	}
	return &keySet{}
}

// generate makes a new key.
func generate(seal sealer) (store.SigningKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return store.SigningKey{}, fmt.Errorf("generate a signing key: %w", err)
	}
	k := store.SigningKey{KID: thumbprint(public), Public: public}
	k.Sealed = seal.seal(k.KID, private)
	return k, nil
}

// thumbprint is the key's id: its JWK thumbprint (RFC 7638; RFC 8037, appendix
// A.3), so that the same key has the same id everywhere.
func thumbprint(key ed25519.PublicKey) string {
	b64 := base64.RawURLEncoding
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + b64.EncodeToString(key) + `"}`))
	return b64.EncodeToString(sum[:])
}
