package authn

import (
	"bytes"
	"crypto/ed25519"

	"github.com/golang-jwt/jwt/v5"
)

// maxProofs bounds the tokens that are remembered.
const maxProofs = 10_000

// proof is what never changes about a token: that a key has signed it, and what it
// says. A verifier remembers it, under a hash of the whole token, because a signature
// costs more to verify than most calls to answer. Everything else is asked every time:
// whether the key is still published, the clock, and what has ended.
type proof struct {
	token  jws
	key    []byte     // that signed it; nil before that is known
	claims jwt.Claims // read only
}

// claimsOf returns the claims of a token that is good now, and signed with key: in this
// order, since nothing that was not signed is interpreted.
func claimsOf[C any, P interface {
	*C
	jwt.Claims
}](ps parser, p *proof, key any) (P, error) {
	claims, read := p.claims.(P)
	if !read || !bytes.Equal(p.key, keyBytes(key)) {
		claims = new(C)
		if err := p.token.verify(ps.method, key); err != nil {
			return nil, invalid(err)
		}
		if err := readClaims(p.token.payload, claims); err != nil {
			return nil, invalid(err)
		}
		p.key, p.claims = keyBytes(key), claims
	}
	return claims, ps.check(claims)
}

// keyBytes returns the bytes of a key.
func keyBytes(key any) []byte {
	if public, ok := key.(ed25519.PublicKey); ok {
		return public
	}
	secret, _ := key.([]byte)
	return secret
}
