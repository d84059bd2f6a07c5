// Package authntest makes tokens for tests of services, without the auth
// service: an Issuer stands for the fleet's identity, signed with a shared secret.
package authntest

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// Secret is the SECRET_KEY of a fleet in a test. With it goes ALGORITHM=HS256.
const Secret = "the secret of a fleet in a test, no more"

// Verifier returns a verifier of the tokens that this package makes.
func Verifier(t testing.TB) *authn.TokenVerifier {
	t.Helper()
	v, err := authn.NewVerifier(authn.Options{Secret: []byte(Secret), Algorithm: authn.HS256})
	require.NoError(t, err)
	return v
}

// Caller returns a new user with a role in a new workspace.
func Caller(t testing.TB, role authn.Role) authn.Caller {
	t.Helper()
	return authn.Caller{UserID: newID(t), WorkspaceID: newID(t), SessionID: newID(t), Role: role}
}

// Token returns an access token of a user, good for an hour.
func Token(t testing.TB, c authn.Caller) string {
	t.Helper()
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, authn.UserClaims{
		Workspace: c.WorkspaceID, Role: c.Role.String(), Membership: c.Membership, Session: c.SessionID,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: authn.Issuer, Subject: c.UserID, Audience: jwt.ClaimStrings{authn.Audience},
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(time.Hour)),
		},
	})
	token.Header["typ"] = authn.TypeUser
	signed, err := token.SignedString([]byte(Secret))
	require.NoError(t, err)
	return signed
}

// ServiceToken returns a token with which a service acts for a workspace and a
// user of it.
func ServiceToken(t testing.TB, service string, c authn.Caller) string {
	t.Helper()
	m, err := authn.NewMinter([]byte(Secret), service)
	require.NoError(t, err)
	token, err := m.Mint(c)
	require.NoError(t, err)
	return token
}

func newID(t testing.TB) string {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id.String()
}
