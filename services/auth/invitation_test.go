package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// invite invites an address to the workspace that a session is in.
func invite(t *testing.T, server *authtest.Server, by *authv1.Session, email string, role accessv1.Role) *authv1.Invitation {
	t.Helper()
	made, err := server.Members.InviteMember(as(t.Context(), by), &authv1.InviteMemberRequest{
		WorkspaceId: by.GetWorkspace().GetId(), Email: email, Role: role,
	})
	require.NoError(t, err)
	return made
}

// accept shows a token.
func accept(t *testing.T, server *authtest.Server, by *authv1.Session, token string) (*authv1.Membership, error) {
	t.Helper()
	return server.Members.AcceptInvitation(as(t.Context(), by), &authv1.AcceptInvitationRequest{Token: token})
}

func TestAcceptInvitation_MakesAMember(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, bob := server.SignUp(t), server.SignUp(t)
	made := invite(t, server, ada, strings.ToUpper(bob.GetUser().GetEmail()), accessv1.Role_RESEARCHER)
	require.Equal(t, bob.GetUser().GetEmail(), made.GetEmail(), "lower-cased")
	require.Regexp(t, `^rpi_[A-Za-z0-9_-]{43}$`, made.GetToken())
	require.Equal(t, ada.GetUser().GetId(), made.GetInviterId())
	require.Equal(t, 7*24*time.Hour, made.GetExpireTime().AsTime().Sub(made.GetCreateTime().AsTime()))

	membership, err := accept(t, server, bob, made.GetToken())
	require.NoError(t, err)
	require.Equal(t, ada.GetWorkspace().GetId(), membership.GetWorkspace().GetId())
	require.Equal(t, ada.GetWorkspace().GetDisplayName(), membership.GetWorkspace().GetDisplayName())
	require.Equal(t, accessv1.Role_RESEARCHER, membership.GetRole())
	caller, err := server.GetCaller(in(t.Context(), bob, ada.GetWorkspace().GetId()), &authv1.GetCallerRequest{})
	require.NoError(t, err, "from the next call on")
	require.Equal(t, accessv1.Role_RESEARCHER, caller.GetRole())
}

// All ways to be no good look alike, so a token cannot be tried out.
func TestAcceptInvitation_HasOneAnswerForAllThatIsNoGood(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, bob := server.SignUp(t), server.SignUp(t)
	email := bob.GetUser().GetEmail()
	workspace := ada.GetWorkspace().GetId()

	withdrawn := invite(t, server, ada, email, accessv1.Role_VIEWER)
	_, err := server.Members.DeleteInvitation(as(t.Context(), ada), &authv1.DeleteInvitationRequest{WorkspaceId: workspace, Id: withdrawn.GetId()})
	require.NoError(t, err)
	replaced := invite(t, server, ada, email, accessv1.Role_VIEWER)
	used := invite(t, server, ada, email, accessv1.Role_VIEWER)
	elsewhere := invite(t, server, ada, "somebody@example.com", accessv1.Role_ADMIN)

	var answers []string
	refused := func(name, token string) {
		_, err := accept(t, server, bob, token)
		require.ErrorIs(t, err, errs.NotFound, name)
		answers = append(answers, err.Error())
	}
	refused("withdrawn", withdrawn.GetToken())
	refused("replaced by a newer one", replaced.GetToken())
	refused("for another address", elsewhere.GetToken())
	refused("unknown", "rpi_"+strings.Repeat("A", 43))
	refused("no token at all", "' OR 1=1 --")
	_, err = accept(t, server, bob, used.GetToken())
	require.NoError(t, err)
	refused("used", used.GetToken())
	for _, answer := range answers {
		require.Equal(t, answers[0], answer)
	}
}

func TestAcceptInvitation_OfManyAtTheSameTimeOneWins(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	replica := authtest.Replica(t, server.Config)
	ada, bob := server.SignUp(t), server.SignUp(t)
	token := invite(t, server, ada, bob.GetUser().GetEmail(), accessv1.Role_VIEWER).GetToken()
	results := make([]error, 6)
	var group sync.WaitGroup
	for i := range results {
		at := []*authtest.Server{server, replica}[i%2]
		group.Go(func() {
			_, results[i] = at.Members.AcceptInvitation(as(t.Context(), bob), &authv1.AcceptInvitationRequest{Token: token})
		})
	}
	group.Wait()
	var won int
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, errs.NotFound)
	}
	require.Equal(t, 1, won)
}

func TestInviteMember_SaysOnlyOfMembersThatTheyAreThere(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, stranger := server.SignUp(t), server.SignUp(t)
	member := server.Join(t, ada, accessv1.Role_VIEWER)
	for _, email := range []string{member.GetUser().GetEmail(), strings.ToUpper(ada.GetUser().GetEmail())} {
		_, err := server.Members.InviteMember(as(t.Context(), ada), &authv1.InviteMemberRequest{
			WorkspaceId: ada.GetWorkspace().GetId(), Email: email, Role: accessv1.Role_VIEWER,
		})
		require.ErrorIs(t, err, errs.AlreadyExists)
	}
	known := invite(t, server, ada, stranger.GetUser().GetEmail(), accessv1.Role_VIEWER)
	unknown := invite(t, server, ada, "nobody@example.com", accessv1.Role_VIEWER)
	known.Id, known.Token, known.Email, known.CreateTime, known.ExpireTime = "", "", "", nil, nil
	unknown.Id, unknown.Token, unknown.Email, unknown.CreateTime, unknown.ExpireTime = "", "", "", nil, nil
	require.Equal(t, unknown.String(), known.String(), "an address with an account and one without look alike")
}

func TestInviteMember_RefusesBadInput(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	tests := map[string]struct {
		email string
		role  accessv1.Role
		field string
	}{
		"what is no address":   {"bob", accessv1.Role_VIEWER, "email"},
		"no role":              {"bob@example.com", accessv1.Role_ROLE_UNSPECIFIED, "role"},
		"an owner":             {"bob@example.com", accessv1.Role_OWNER, "role"},
		"a role that is none":  {"bob@example.com", 17, "role"},
		"an address too long":  {strings.Repeat("a", 250) + "@example.com", accessv1.Role_VIEWER, "email"},
		"a list of addresses":  {"bob@example.com,eve@example.com", accessv1.Role_VIEWER, "email"},
		"an address in braces": {"Bob <bob@example.com>", accessv1.Role_VIEWER, "email"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := server.Members.InviteMember(as(t.Context(), ada), &authv1.InviteMemberRequest{
				WorkspaceId: ada.GetWorkspace().GetId(), Email: tc.email, Role: tc.role,
			})
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

func TestListInvitations_PagesTheOpenOnesFromTheNewestOn(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, bob := server.SignUp(t), server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	var want []string
	for _, name := range []string{"a", "b", "c", "d"} {
		want = append([]string{invite(t, server, ada, name+"@example.com", accessv1.Role_VIEWER).GetId()}, want...)
	}
	_, err := accept(t, server, bob, invite(t, server, ada, bob.GetUser().GetEmail(), accessv1.Role_VIEWER).GetToken())
	require.NoError(t, err)

	var got []string
	req := &authv1.ListInvitationsRequest{WorkspaceId: id, PageSize: 3}
	for {
		page, err := server.Members.ListInvitations(as(t.Context(), ada), req)
		require.NoError(t, err)
		for _, i := range page.GetInvitations() {
			require.Empty(t, i.GetToken(), "the token is shown once")
			got = append(got, i.GetId())
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Equal(t, want, got)
}

func TestDeleteInvitation_OfAnotherWorkspaceIsNotFound(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada, eve := server.SignUp(t), server.SignUp(t)
	made := invite(t, server, ada, "bob@example.com", accessv1.Role_VIEWER)
	_, err := server.Members.DeleteInvitation(as(t.Context(), eve), &authv1.DeleteInvitationRequest{
		WorkspaceId: eve.GetWorkspace().GetId(), Id: made.GetId(),
	})
	require.ErrorIs(t, err, errs.NotFound)
	list, err := server.Members.ListInvitations(as(t.Context(), ada), &authv1.ListInvitationsRequest{WorkspaceId: ada.GetWorkspace().GetId()})
	require.NoError(t, err)
	require.Len(t, list.GetInvitations(), 1)
}

// An ADMIN who is about to go could otherwise leave a door open for themself.
func TestInvitationsEndWithTheRightToInvite(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*authtest.Server, *authv1.Session, *authv1.Session) error{
		"removed": func(s *authtest.Server, ada, admin *authv1.Session) error {
			_, err := s.Members.RemoveMember(as(t.Context(), ada), &authv1.RemoveMemberRequest{
				WorkspaceId: ada.GetWorkspace().GetId(), UserId: admin.GetUser().GetId(),
			})
			return err
		},
		"left": func(s *authtest.Server, ada, admin *authv1.Session) error {
			_, err := s.Workspaces.LeaveWorkspace(as(t.Context(), admin), &authv1.LeaveWorkspaceRequest{Id: ada.GetWorkspace().GetId()})
			return err
		},
		"made a RESEARCHER": func(s *authtest.Server, ada, admin *authv1.Session) error {
			return setRole(as(t.Context(), ada), s, ada.GetWorkspace().GetId(), admin, accessv1.Role_RESEARCHER)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := authtest.Serve(t)
			ada, bob := server.SignUp(t), server.SignUp(t)
			admin := server.Join(t, ada, accessv1.Role_ADMIN)
			made, err := server.Members.InviteMember(as(t.Context(), admin), &authv1.InviteMemberRequest{
				WorkspaceId: ada.GetWorkspace().GetId(), Email: bob.GetUser().GetEmail(), Role: accessv1.Role_ADMIN,
			})
			require.NoError(t, err)
			kept := invite(t, server, ada, "kept@example.com", accessv1.Role_VIEWER)

			require.NoError(t, end(server, ada, admin))
			_, err = accept(t, server, bob, made.GetToken())
			require.ErrorIs(t, err, errs.NotFound)
			list, err := server.Members.ListInvitations(as(t.Context(), ada), &authv1.ListInvitationsRequest{WorkspaceId: ada.GetWorkspace().GetId()})
			require.NoError(t, err)
			require.Len(t, list.GetInvitations(), 1)
			require.Equal(t, kept.GetId(), list.GetInvitations()[0].GetId())
		})
	}
}

// However the two meet, no invitation of a former ADMIN is left.
func TestInviteMember_DoesNotOutliveADemotionAtTheSameTime(t *testing.T) {
	t.Parallel()
	server := authtest.Serve(t)
	ada := server.SignUp(t)
	id := ada.GetWorkspace().GetId()
	for range 8 {
		admin := server.Join(t, ada, accessv1.Role_ADMIN)
		var invited, demoted error
		var group sync.WaitGroup
		group.Go(func() {
			_, invited = server.Members.InviteMember(as(t.Context(), admin), &authv1.InviteMemberRequest{
				WorkspaceId: id, Email: "door@example.com", Role: accessv1.Role_ADMIN,
			})
		})
		group.Go(func() { demoted = setRole(as(t.Context(), ada), server, id, admin, accessv1.Role_VIEWER) })
		group.Wait()
		require.NoError(t, demoted)
		require.True(t, invited == nil || errors.Is(invited, errs.PermissionDenied), "%v", invited)
		list, err := server.Members.ListInvitations(as(t.Context(), ada), &authv1.ListInvitationsRequest{WorkspaceId: id})
		require.NoError(t, err)
		require.Empty(t, list.GetInvitations())
	}
}
