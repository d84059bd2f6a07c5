// Package jwks gives the public keys that verify users' access tokens, as the
// auth service publishes them. The keys are kept in memory, so that a service
// verifies tokens by itself and goes on while auth is down.
package jwks

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

const (
	// refreshAfter is the age at which known keys are fetched again, so that a
	// withdrawn key is forgotten. An unknown key id is looked up at once.
	refreshAfter = 5 * time.Minute
	// minInterval is the time between two fetches, so that tokens with made-up
	// key ids cannot turn a service against auth.
	minInterval = time.Second
	// fetchTimeout bounds one fetch.
	fetchTimeout = 3 * time.Second
)

// Client is the part of authv1.AuthServiceClient that a Source needs.
type Client interface {
	GetJwks(ctx context.Context, in *authv1.GetJwksRequest, opts ...grpc.CallOption) (*authv1.GetJwksResponse, error)
}

// Source is a cache of the keys that auth publishes. It is safe for concurrent use.
type Source struct {
	client Client
	keys   atomic.Pointer[keySet]
	// fetching holds the one right to fetch; whoever took it out owns last.
	fetching chan *attempt
}

// keySet is what one fetch gave. It is never changed.
type keySet struct {
	keys    map[string]ed25519.PublicKey
	fetched time.Time
}

// attempt is how the last fetch went.
type attempt struct {
	ended time.Time
	err   error
}

// New returns a source over AuthService.GetJwks. It fetches nothing yet, so
// that a service can start before auth.
func New(client Client) *Source {
	s := &Source{client: client, fetching: make(chan *attempt, 1)}
	s.keys.Store(&keySet{})
	s.fetching <- &attempt{}
	return s
}

// Key returns the key with an id, and nil without an error when auth publishes
// no such key. It fails only when the id is unknown here and auth cannot be
// asked; the error is the client's.
func (s *Source) Key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	known := s.keys.Load()
	if key, ok := known.keys[kid]; ok {
		if time.Since(known.fetched) > refreshAfter {
			s.refreshSoon(ctx)
		}
		return key, nil
	}
	if err := s.refresh(ctx, known); err != nil {
		return nil, err
	}
	return s.keys.Load().keys[kid], nil
}

// refresh fetches the keys unless someone else has done so since the caller
// looked, or did a moment ago; then it answers what came of that.
func (s *Source) refresh(ctx context.Context, looked *keySet) error {
	var last *attempt
	select {
	case last = <-s.fetching:
	case <-ctx.Done():
		return fmt.Errorf("wait for the public keys: %w", ctx.Err())
	}
	defer func() { s.fetching <- last }()

	switch {
	case s.keys.Load() != looked:
		return nil
	case time.Since(last.ended) < minInterval:
		return last.err
	}
	last = s.fetch(ctx)
	return last.err
}

// refreshSoon refreshes in the background unless that is going on already. The
// caller has its key and does not wait.
func (s *Source) refreshSoon(ctx context.Context) {
	select {
	case last := <-s.fetching:
		if time.Since(last.ended) < minInterval {
			s.fetching <- last
			return
		}
		go func() { s.fetching <- s.fetch(context.WithoutCancel(ctx)) }()
	default:
	}
}

// fetch asks auth. A failure keeps the keys that are known: better to accept a
// withdrawn key for a while than to refuse everyone while auth is down.
func (s *Source) fetch(ctx context.Context) *attempt {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	resp, err := s.client.GetJwks(ctx, &authv1.GetJwksRequest{})
	if err != nil {
		if ctx.Err() == context.Canceled {
			return &attempt{err: err}
		}
		return &attempt{ended: time.Now(), err: fmt.Errorf("fetch the public keys: %w", err)}
	}
	set := &keySet{keys: make(map[string]ed25519.PublicKey, len(resp.GetKeys())), fetched: time.Now()}
	for _, jwk := range resp.GetKeys() {
		if key, ok := decode(jwk); ok {
			set.keys[jwk.GetKid()] = key
		}
	}
	s.keys.Store(set)
	return &attempt{ended: set.fetched}
}

// decode returns the key of a JWK that verifies EdDSA signatures with Ed25519
// (RFC 8037, section 2). Keys of other kinds are none of our business.
func decode(jwk *authv1.Jwk) (ed25519.PublicKey, bool) {
	if jwk.GetKty() != "OKP" || jwk.GetCrv() != "Ed25519" || jwk.GetAlg() != "EdDSA" || jwk.GetUse() != "sig" || jwk.GetKid() == "" {
		return nil, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(jwk.GetX())
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, false
	}
	return raw, true
}

// Encode returns the public JWK of a key.
func Encode(kid string, key ed25519.PublicKey) *authv1.Jwk {
	return &authv1.Jwk{
		Kty: "OKP",
		Crv: "Ed25519",
		X:   base64.RawURLEncoding.EncodeToString(key),
		Kid: kid,
		Alg: "EdDSA",
		Use: "sig",
	}
}
