package auth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/proto/jwks"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// A Redis that was restarted empty must not bring ended sessions back, nor roles
// that were taken.
func TestRecall_WhatRedisForgetsItIsToldAgain(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	client, err := redisx.Open(t.Context(), server.Config.RedisURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	owner, left := server.SignUp(t), server.SignUp(t)
	member := server.Join(t, owner, accessv1.Role_RESEARCHER)
	_, err = server.Logout(authn.WithToken(t.Context(), left.GetAccessToken()), &authv1.LogoutRequest{})
	require.NoError(t, err)
	_, err = server.Members.UpdateMember(authn.WithToken(t.Context(), owner.GetAccessToken()), &authv1.UpdateMemberRequest{
		WorkspaceId: owner.GetWorkspace().GetId(), UserId: member.GetUser().GetId(), Role: accessv1.Role_VIEWER,
	})
	require.NoError(t, err)

	require.NoError(t, client.FlushDB(t.Context()).Err())
	elsewhere, err := authn.NewVerifier(authn.Options{
		Secret: []byte(server.Config.SecretKey), Keys: jwks.New(server), Revocations: authn.NewRedisRevocations(client, time.Minute),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := elsewhere.Verify(t.Context(), authn.Credential{Token: left.GetAccessToken()})
		return err != nil
	}, time.Minute, 20*time.Millisecond)
	_, err = elsewhere.Verify(t.Context(), authn.Credential{Token: left.GetAccessToken()})
	require.Equal(t, "TOKEN_INVALID", errs.Reason(err))

	changed, err := authn.NewRedisRevocations(client, time.Minute).Standing(t.Context(), authn.Caller{
		UserID: member.GetUser().GetId(), WorkspaceID: owner.GetWorkspace().GetId(), SessionID: "any",
	})
	require.NoError(t, err)
	require.Positive(t, changed.Membership, "a changed role is known again, too")
}
