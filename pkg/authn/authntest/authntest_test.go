package authntest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
)

func TestTokensStandForTheirCaller(t *testing.T) {
	t.Parallel()
	user := authntest.Caller(t, authn.RoleResearcher)
	got, err := authntest.Verifier(t).Verify(t.Context(), authn.Credential{Token: authntest.Token(t, user)})
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(time.Hour), got.Expire, time.Minute)
	got.Expire = time.Time{}
	require.Equal(t, user, got)

	got, err = authntest.Verifier(t).Verify(t.Context(), authn.Credential{Token: authntest.ServiceToken(t, "analysis", user)})
	require.NoError(t, err)
	got.Expire = time.Time{}
	require.Equal(t, authn.Caller{UserID: user.UserID, WorkspaceID: user.WorkspaceID, Service: "analysis"}, got)
}
