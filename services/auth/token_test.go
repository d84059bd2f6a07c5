package auth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// withHS256 signs tokens with the fleet's secret.
func withHS256(c *auth.Config) { c.Algorithm = authn.HS256 }

// Another service verifies by itself, with nothing but the published keys.
func TestAccessTokens_VerifyWithThePublishedKeys(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	elsewhere, err := authn.NewVerifier(authn.Options{
		Secret: []byte(server.Config.SecretKey), Keys: jwks.New(server),
	})
	require.NoError(t, err)

	caller, err := elsewhere.Verify(t.Context(), authn.Credential{Token: session.GetAccessToken()})
	require.NoError(t, err)
	require.Equal(t, session.GetUser().GetId(), caller.UserID)
	require.Equal(t, session.GetWorkspace().GetId(), caller.WorkspaceID)
	require.Equal(t, authn.RoleOwner, caller.Role)
	require.NotEmpty(t, caller.SessionID)
}

func TestAccessTokens_OfAnotherFleetAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*auth.Config){"EdDSA": func(*auth.Config) {}, "HS256": withHS256} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours := authtest.Serve(t, change)
			theirs := authtest.Serve(t, change, func(c *auth.Config) { c.SecretKey = "another fleet's secret, long enough it is" })
			_, err := ours.GetMe(as(t.Context(), theirs.SignUp(t)), &authv1.GetMeRequest{})
			require.ErrorIs(t, err, errs.Unauthenticated)
		})
	}
}

func TestHS256_SignsWithTheSecretAndPublishesNoKey(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t, withHS256)
	session := server.SignUp(t)
	_, err := server.GetMe(as(t.Context(), session), &authv1.GetMeRequest{})
	require.NoError(t, err)

	keys, err := server.GetJwks(t.Context(), &authv1.GetJwksRequest{})
	require.NoError(t, err)
	require.Empty(t, keys.GetKeys())

	elsewhere, err := authn.NewVerifier(authn.Options{Secret: []byte(server.Config.SecretKey), Algorithm: authn.HS256})
	require.NoError(t, err)
	_, err = elsewhere.Verify(t.Context(), authn.Credential{Token: session.GetAccessToken()})
	require.NoError(t, err)
}

func TestSigningKey_SurvivesARestart(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	before, err := server.GetJwks(t.Context(), &authv1.GetJwksRequest{})
	require.NoError(t, err)
	require.Len(t, before.GetKeys(), 1)

	restarted := authtest.Replica(t, server.Config)
	after, err := restarted.GetJwks(t.Context(), &authv1.GetJwksRequest{})
	require.NoError(t, err)
	require.Equal(t, before.GetKeys()[0].GetKid(), after.GetKeys()[0].GetKid())
	_, err = restarted.GetMe(as(t.Context(), session), &authv1.GetMeRequest{})
	require.NoError(t, err)
}

func TestSigningKey_NeedsTheSecretItWasSealedWith(t *testing.T) {
	t.Parallel()
	cfg := authtest.Serve(t).Config
	cfg.SecretKey = "not the secret that sealed the signing key"
	_, err := auth.New(t.Context(), cfg)
	require.ErrorContains(t, err, "SECRET_KEY")
}

// A service acts for a workspace; it has no account of its own.
func TestServiceTokens_DoNotOpenAccounts(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	session := server.SignUp(t)
	minter, err := authn.NewMinter([]byte(server.Config.SecretKey), "analysis")
	require.NoError(t, err)
	token, err := minter.Mint(authn.Caller{UserID: session.GetUser().GetId(), WorkspaceID: session.GetWorkspace().GetId()})
	require.NoError(t, err)

	_, err = server.GetMe(authn.WithToken(t.Context(), token), &authv1.GetMeRequest{})
	require.ErrorIs(t, err, errs.PermissionDenied)
}
