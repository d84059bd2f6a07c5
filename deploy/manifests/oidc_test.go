package manifests

import (
	"path"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/stretchr/testify/require"
)

func TestComposeOIDC_GivesAuthTheProviderAndAWayToIt(t *testing.T) {
	t.Parallel()
	options, err := cli.NewProjectOptions(
		[]string{path.Join(root, "deploy/compose.yaml"), path.Join(root, "deploy/compose.oidc.yaml")},
		cli.WithEnv(append(secretEnv(t), "OIDC_ISSUER=https://login.example.com", "OIDC_CLIENT_ID=id",
			"OIDC_REDIRECT_URL=https://research.example.com/signed-in")),
	)
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	auth, err := project.GetService("auth")
	require.NoError(t, err)
	require.Contains(t, auth.Networks, "outside")
	require.Contains(t, auth.Networks, "data")
	names := configNames(t)
	for _, name := range []string{"OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URL"} {
		require.Contains(t, auth.Environment, name)
		require.Contains(t, names, name)
	}
	require.Contains(t, auth.Environment, "DATABASE_URL", "the rest stays")
	plain, err := loadCompose(t, secretEnv(t))
	require.NoError(t, err)
	require.NotContains(t, plain.Services["auth"].Networks, "outside", "nobody else's installation opens")
}
