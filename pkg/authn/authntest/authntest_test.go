package authntest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
)

func TestTokensStandForTheirCaller(t *testing.T) {
	t.Parallel()
	user := authntest.Caller(t, authn.RoleResearcher)
	got, err := authntest.Verifier(t).Verify(t.Context(), authntest.Token(t, user))
	require.NoError(t, err)
	require.Equal(t, user, got)

	got, err = authntest.Verifier(t).Verify(t.Context(), authntest.ServiceToken(t, "analysis", user))
	require.NoError(t, err)
	require.Equal(t, authn.Caller{UserID: user.UserID, WorkspaceID: user.WorkspaceID, Service: "analysis"}, got)
}
