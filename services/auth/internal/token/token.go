// Package token makes what a sign-in gives: access tokens, which any service
// verifies by itself, and refresh tokens, which only this service can look up. The
// tokens of invitations are made the same way as those.
package token

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// What lets people and secret scanners recognise a token.
const (
	refreshPrefix     = "rpr_"
	invitationPrefix  = "rpi_"
	transactionPrefix = "rpo_"
)

// Issuer makes access tokens. It is safe for concurrent use.
type Issuer struct {
	method  jwt.SigningMethod
	signing func() (kid string, key any)
	life    time.Duration
}

// NewEdDSA returns an issuer that signs with a private key that only this
// service has. signing returns the key of the moment and the id under which its
// public half is published.
func NewEdDSA(signing func() (kid string, key ed25519.PrivateKey), life time.Duration) *Issuer {
	return &Issuer{
		method:  jwt.SigningMethodEdDSA,
		signing: func() (string, any) { return signing() },
		life:    life,
	}
}

// NewHS256 returns an issuer that signs with the secret that all services share.
func NewHS256(secret []byte, life time.Duration) *Issuer {
	return &Issuer{
		method:  jwt.SigningMethodHS256,
		signing: func() (string, any) { return "", secret }, // a shared key has no id
		life:    life,
	}
}

// Life returns how long access tokens are good.
func (i *Issuer) Life() time.Duration { return i.life }

// Access returns an access token for a user's session.
func (i *Issuer) Access(c authn.Caller) (string, error) {
	now := time.Now()
	t := jwt.NewWithClaims(i.method, authn.UserClaims{
		Workspace:  c.WorkspaceID,
		Role:       c.Role.String(),
		Membership: c.Membership,
		Session:    c.SessionID,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    authn.Issuer,
			Subject:   c.UserID,
			Audience:  jwt.ClaimStrings{authn.Audience},
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(i.life)),
		},
	})
	t.Header["typ"] = authn.TypeUser
	kid, key := i.signing()
	if kid != "" {
		t.Header["kid"] = kid
	}
	signed, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign access token: %w", err)
	}
	return signed, nil
}

// NewRefresh returns a refresh token and the hash under which it is stored.
func NewRefresh() (token string, hash []byte) { return newOpaque(refreshPrefix) }

// NewInvitation returns the token of an invitation and the hash under which it
// is stored.
func NewInvitation() (token string, hash []byte) { return newOpaque(invitationPrefix) }

// NewTransaction returns the secret that binds an OpenID sign-in to a browser, and
// the hash under which it is stored.
func NewTransaction() (token string, hash []byte) { return newOpaque(transactionPrefix) }

// newOpaque returns a token of 256 random bits, and its hash.
func newOpaque(prefix string) (token string, hash []byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	token = prefix + base64.RawURLEncoding.EncodeToString(raw)
	return token, hashOf(token)
}

// HashRefresh returns the hash under which a refresh token is stored.
func HashRefresh(token string) []byte { return hashOf(token) }

// HashInvitation returns the hash under which the token of an invitation is
// stored.
func HashInvitation(token string) []byte { return hashOf(token) }

// HashTransaction returns the hash under which an OpenID transaction is stored.
func HashTransaction(token string) []byte { return hashOf(token) }

// HashAPIKey returns the hash under which an API key is stored.
func HashAPIKey(key string) []byte { return hashOf(key) }

// hashOf is SHA-256. A fast hash is enough: more than 200 random bits cannot be
// guessed.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
