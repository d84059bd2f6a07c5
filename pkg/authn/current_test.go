package authn_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// answers is a Directory and Revocations by heart.
type answers struct {
	directory func(authn.Query) (authn.Caller, error)
	standing  map[string]authn.Standing // by workspace
	asked     *[]authn.Query
}

// Lookup implements authn.Directory.
func (a answers) Lookup(_ context.Context, q authn.Query) (authn.Caller, error) {
	*a.asked = append(*a.asked, q)
	return a.directory(q)
}

// Standing implements authn.Revocations.
func (a answers) Standing(_ context.Context, c authn.Caller) (authn.Standing, error) {
	return a.standing[c.WorkspaceID], nil
}

var (
	apiKey = authn.NewAPIKey()
	// keyCaller is whose the key is.
	keyCaller = authn.Caller{UserID: "user-1", WorkspaceID: "ws-1", KeyID: "k", Role: authn.RoleAdmin, Membership: 3}
)

// as answers what a question knows, as auth would, in the workspace that it asks for.
func as(role authn.Role, version int64) func(authn.Query) (authn.Caller, error) {
	return func(q authn.Query) (authn.Caller, error) {
		c := q.Known
		if c.UserID == "" {
			c = keyCaller
		}
		if q.WorkspaceID != "" {
			c.WorkspaceID = q.WorkspaceID
		}
		c.Role, c.Membership = role, version
		return c, nil
	}
}

// says answers always the same.
func says(c authn.Caller, err error) func(authn.Query) (authn.Caller, error) {
	return func(authn.Query) (authn.Caller, error) { return c, err }
}

func TestVerify_WhatHoldsNow(t *testing.T) {
	t.Parallel()
	changed := func(workspace string, version int64) map[string]authn.Standing {
		return map[string]authn.Standing{workspace: {Membership: version}}
	}
	ended := map[string]authn.Standing{"ws-1": {Ended: true}, "ws-2": {Ended: true}}
	user := func(c authn.Caller) authn.Caller { c.UserID, c.SessionID = "user-1", "sid-1"; return c }
	tests := map[string]struct {
		apiKey    bool
		workspace string
		directory func(authn.Query) (authn.Caller, error)
		standing  map[string]authn.Standing
		role      authn.Role // 0: refused
		reason    string
		kind      error
		asked     int
	}{
		"nothing has changed: nobody is asked":           {false, "", nil, nil, authn.RoleAdmin, "", nil, 0},
		"the token's own workspace by its name":          {false, "ws-1", nil, nil, authn.RoleAdmin, "", nil, 0},
		"a change that the token knows":                  {false, "", nil, changed("ws-1", 3), authn.RoleAdmin, "", nil, 0},
		"a change that it does not":                      {false, "", as(authn.RoleViewer, 4), changed("ws-1", 4), authn.RoleViewer, "", nil, 1},
		"a change elsewhere":                             {false, "", nil, changed("ws-2", 4), authn.RoleAdmin, "", nil, 0},
		"no member any more":                             {false, "", says(authn.Caller{}, errs.NotFound), changed("ws-1", 4), 0, "TOKEN_INVALID", errs.Unauthenticated, 1},
		"auth is down when it has to be asked":           {false, "", says(authn.Caller{}, errs.Unavailable), changed("ws-1", 4), 0, "", errs.Unavailable, 1},
		"session ended":                                  {false, "", nil, ended, 0, "TOKEN_INVALID", errs.Unauthenticated, 0},
		"session ended, in another workspace":            {false, "ws-2", as(authn.RoleViewer, 1), ended, 0, "TOKEN_INVALID", errs.Unauthenticated, 0},
		"member of another workspace":                    {false, "ws-2", as(authn.RoleViewer, 1), nil, authn.RoleViewer, "", nil, 1},
		"no member of another workspace":                 {false, "ws-2", says(authn.Caller{}, errs.NotFound), nil, 0, "WORKSPACE_NOT_FOUND", errs.NotFound, 1},
		"auth does not take the token":                   {false, "ws-2", says(authn.Caller{}, errs.Unauthenticated), nil, 0, "TOKEN_INVALID", errs.Unauthenticated, 1},
		"an answer about another user is not believed":   {false, "ws-2", says(authn.Caller{UserID: "user-2", SessionID: "sid-1", WorkspaceID: "ws-2", Role: authn.RoleOwner}, nil), nil, 0, "", errs.Unavailable, 1},
		"nor about another workspace":                    {false, "ws-2", says(user(authn.Caller{WorkspaceID: "ws-3", Role: authn.RoleOwner}), nil), nil, 0, "", errs.Unavailable, 1},
		"nor about another session":                      {false, "ws-2", says(authn.Caller{UserID: "user-1", SessionID: "sid-2", WorkspaceID: "ws-2", Role: authn.RoleOwner}, nil), nil, 0, "", errs.Unavailable, 1},
		"a key":                                          {true, "", as(authn.RoleAdmin, 3), nil, authn.RoleAdmin, "", nil, 1},
		"a key with its workspace's name":                {true, "ws-1", as(authn.RoleAdmin, 3), nil, authn.RoleAdmin, "", nil, 1},
		"a key is for one workspace":                     {true, "ws-2", as(authn.RoleAdmin, 3), nil, 0, "WORKSPACE_NOT_FOUND", errs.NotFound, 1},
		"a key that is not good":                         {true, "", says(authn.Caller{}, errs.Unauthenticated), nil, 0, "TOKEN_INVALID", errs.Unauthenticated, 1},
		"a key that was ended since it was remembered":   {true, "", as(authn.RoleAdmin, 3), ended, 0, "TOKEN_INVALID", errs.Unauthenticated, 1},
		"a key whose user has another role since":        {true, "", as(authn.RoleViewer, 4), changed("ws-1", 5), authn.RoleViewer, "", nil, 2},
		"a key that has expired since it was remembered": {true, "", says(authn.Caller{UserID: "user-1", WorkspaceID: "ws-1", KeyID: "k", Expire: time.Now().Add(-time.Second)}, nil), nil, 0, "TOKEN_EXPIRED", errs.Unauthenticated, 1},
		"a key, when nobody can say whose":               {true, "", says(authn.Caller{}, errs.Unavailable), nil, 0, "", errs.Unavailable, 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []authn.Query
			a := answers{tc.directory, tc.standing, &asked}
			v := verifier(t, func(o *authn.Options) { o.Directory, o.Revocations = a, a })
			tk := good(time.Now())
			tk.claims.Membership = 3
			shown := authn.Credential{Token: tk.sign(t), WorkspaceID: tc.workspace}
			if tc.apiKey {
				shown.Token = apiKey
			}
			got, err := v.Verify(t.Context(), shown)
			require.ErrorIs(t, err, tc.kind)
			require.Equal(t, tc.reason, errs.Reason(err))
			require.Equal(t, tc.role, got.Role)
			require.Len(t, asked, tc.asked)
			if err == nil && !tc.apiKey {
				require.False(t, got.Expire.IsZero(), "a role elsewhere lasts no longer than the token")
			}
		})
	}
}

func TestVerify_AsksForTheNewestMembershipInTheWorkspaceItIsAbout(t *testing.T) {
	t.Parallel()
	var asked []authn.Query
	a := answers{as(authn.RoleViewer, 9), map[string]authn.Standing{"ws-2": {Membership: 9}}, &asked}
	v := verifier(t, func(o *authn.Options) { o.Directory, o.Revocations = a, a })
	token := good(time.Now()).sign(t)
	_, err := v.Verify(t.Context(), authn.Credential{Token: token, WorkspaceID: "ws-2"})
	require.NoError(t, err)
	require.Len(t, asked, 1)
	require.Equal(t, int64(9), asked[0].Since)
	require.Equal(t, authn.Credential{Token: token, WorkspaceID: "ws-2"}, asked[0].Credential)
	require.Equal(t, "user-1", asked[0].Known.UserID)
}

func TestVerify_WithoutADirectoryThereIsOnlyTheToken(t *testing.T) {
	t.Parallel()
	v := verifier(t, nil)
	_, err := v.Verify(t.Context(), authn.Credential{Token: apiKey})
	require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
	_, err = v.Verify(t.Context(), authn.Credential{Token: good(time.Now()).sign(t), WorkspaceID: "ws-2"})
	require.ErrorIs(t, err, errs.NotFound)
	require.False(t, v.Hears())
	v.Watch(authn.Caller{}, nil)()
}

func TestVerify_AKeyThatCannotBeOneIsNotAskedFor(t *testing.T) {
	t.Parallel()
	var asked []authn.Query
	a := answers{says(keyCaller, nil), nil, &asked}
	v := verifier(t, func(o *authn.Options) { o.Directory = a })
	for _, key := range []string{"rp_", apiKey[:len(apiKey)-1], apiKey + "0", "rp_" + apiKey} {
		_, err := v.Verify(t.Context(), authn.Credential{Token: key})
		require.Equal(t, "TOKEN_INVALID", errs.Reason(err))
	}
	require.Empty(t, asked)
}

func TestVerify_AServiceIsInItsTokensWorkspaceOnly(t *testing.T) {
	t.Parallel()
	m, err := authn.NewMinter(secret, "analysis")
	require.NoError(t, err)
	token, err := m.Mint(authn.Caller{WorkspaceID: "ws-1"})
	require.NoError(t, err)
	for workspace, kind := range map[string]error{"": nil, "ws-1": nil, "ws-2": errs.NotFound} {
		_, err := verifier(t, nil).Verify(t.Context(), authn.Credential{Token: token, WorkspaceID: workspace})
		require.ErrorIs(t, err, kind, workspace)
	}
	lost, err := m.Mint(authn.Caller{})
	require.NoError(t, err)
	_, err = verifier(t, nil).Verify(t.Context(), authn.Credential{Token: lost, WorkspaceID: "ws-1"})
	require.ErrorIs(t, err, errs.NotFound)
}
