// Package keyring holds the keys that sign access tokens: made at the first start
// of the fleet, kept in the database with the private half sealed, and replaced from
// time to time without anyone noticing.
//
// A new key is published long before it signs, so that every replica, whichever is
// asked, knows it when the first token with it comes; and the old key is published
// until the last token that it signed has expired. The database's clock decides what
// time it is. See Schedule for the times.
package keyring

import (
	"context"
	"crypto/ed25519"
	"sync/atomic"

	"github.com/researcherpro/researcherpro/pkg/authn"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
)

// Ring is the keys that this process knows. The zero value has none; a Keeper fills
// it. It is safe for concurrent use.
type Ring struct {
	loaded atomic.Pointer[keySet]
}

// keySet is the keys of one moment. It is never changed.
type keySet struct {
	kid     string
	private ed25519.PrivateKey
	public  map[string]ed25519.PublicKey
	order   []string // newest first
}

var _ authn.KeySource = (*Ring)(nil)

// Signing returns the key that signs new tokens, with its id; nil before it is
// filled.
func (r *Ring) Signing() (kid string, key ed25519.PrivateKey) {
	set := r.keys()
	return set.kid, set.private
}

// Key implements authn.KeySource.
func (r *Ring) Key(_ context.Context, kid string) (ed25519.PublicKey, error) {
	return r.keys().public[kid], nil
}

// Public returns the keys for publication, the newest first.
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
