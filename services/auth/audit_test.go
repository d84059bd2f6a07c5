package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth"
	"github.com/researcherpro/researcherpro/services/auth/authtest"
)

// patience is how long a test waits for what is written after an answer.
const patience = 10 * time.Second

// audited is a served auth service with a look at its audit log.
type audited struct {
	*authtest.Server
	authv1.AuditServiceClient
}

func serveAudited(t *testing.T) audited {
	t.Helper()
	server := authtest.Serve(t)
	return audited{Server: server, AuditServiceClient: authv1.NewAuditServiceClient(server.Conn)}
}

// events returns the log of a session's workspace as its owner sees it, the newest
// first, but for the signing up.
func (a audited) events(t *testing.T, s *authv1.Session) []*authv1.AuditEvent {
	t.Helper()
	list, err := a.ListAuditEvents(as(t.Context(), s), &authv1.ListAuditEventsRequest{PageSize: 200})
	require.NoError(t, err)
	require.NotEmpty(t, list.GetAuditEvents())
	all := list.GetAuditEvents()
	require.Equal(t, "AuthService.Register", all[len(all)-1].GetAction())
	return all[:len(all)-1]
}

// newest waits until the newest event has an action and a result, and returns it.
func (a audited) newest(t *testing.T, s *authv1.Session, action, result string) *authv1.AuditEvent {
	t.Helper()
	var found *authv1.AuditEvent
	require.Eventually(t, func() bool {
		all := a.events(t, s)
		if len(all) > 0 && all[0].GetAction() == action && all[0].GetResult() == result {
			found = all[0]
		}
		return found != nil
	}, patience, 10*time.Millisecond, "%s %s", action, result)
	return found
}

// within runs a statement in a workspace of the service's database, as its own role.
func (a audited) within(t *testing.T, workspaceID, sql string, args ...any) error {
	t.Helper()
	db, err := pg.Open(t.Context(), a.Config.DatabaseURL, pg.Options{Name: "test"})
	require.NoError(t, err)
	defer db.Close()
	return db.InWorkspace(t.Context(), workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

// asService returns a context whose calls are those of a service, for a workspace.
func (a audited) asService(t *testing.T, service, workspaceID string) context.Context {
	t.Helper()
	m, err := authn.NewMinter([]byte(a.Config.SecretKey), service)
	require.NoError(t, err)
	token, err := m.Mint(authn.Caller{WorkspaceID: workspaceID})
	require.NoError(t, err)
	return authn.WithToken(t.Context(), token)
}

func TestAudit_TellsOfWhatAUserDoes(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	before := time.Now().Add(-time.Second)
	ada := a.SignUp(t)
	ctx := metadata.AppendToOutgoingContext(as(t.Context(), ada), "x-request-id", "request-1")

	_, err := a.ChangePassword(ctx, &authv1.ChangePasswordRequest{
		CurrentPassword: authtest.Password, NewPassword: "a password nobody knows yet",
	})
	require.NoError(t, err)
	changed := a.newest(t, ada, "AuthService.ChangePassword", "OK")
	require.Equal(t, ada.GetUser().GetId(), changed.GetUserId())
	require.Equal(t, "request-1", changed.GetRequestId())
	require.Empty(t, changed.GetReason())
	require.Empty(t, changed.GetService())
	require.Contains(t, changed.GetUserAgent(), "grpc-go")
	require.WithinRange(t, changed.GetTime().AsTime(), before, time.Now().Add(time.Second))
	require.NoError(t, uuid.Validate(changed.GetId()))

	_, err = a.ChangePassword(ctx, &authv1.ChangePasswordRequest{CurrentPassword: "wrong password", NewPassword: authtest.Password})
	require.Error(t, err)
	require.Equal(t, "CREDENTIALS_WRONG", a.newest(t, ada, "AuthService.ChangePassword", "UNAUTHENTICATED").GetReason())
	_, err = a.ChangePassword(ctx, &authv1.ChangePasswordRequest{CurrentPassword: authtest.Password, NewPassword: "short"})
	require.Error(t, err)
	require.Equal(t, "INVALID_FIELD", a.newest(t, ada, "AuthService.ChangePassword", "INVALID_ARGUMENT").GetReason())
}

func TestAudit_TellsOfSignInsToAnAccountThatExists(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	login := func(email, password string) (*authv1.Session, error) {
		return a.Login(t.Context(), &authv1.LoginRequest{Email: email, Password: password})
	}

	_, err := login(ada.GetUser().GetEmail(), "not the password")
	require.Error(t, err)
	failed := a.newest(t, ada, "AuthService.Login", "UNAUTHENTICATED")
	require.Equal(t, ada.GetUser().GetId(), failed.GetUserId(), "whose account it was")
	require.Equal(t, "CREDENTIALS_WRONG", failed.GetReason())

	again, err := login(ada.GetUser().GetEmail(), authtest.Password)
	require.NoError(t, err)
	require.Equal(t, "OK", a.events(t, ada)[0].GetResult(), "what was done stands there with the answer")
	a.newest(t, ada, "AuthService.Login", "OK")

	_, err = login("nobody@example.com", "not the password")
	require.Error(t, err)
	_, err = a.Logout(as(t.Context(), again), &authv1.LogoutRequest{})
	require.NoError(t, err)
	a.newest(t, ada, "AuthService.Logout", "OK")
	require.Len(t, a.events(t, ada), 3, "an account that does not exist is in nobody's log")
}

func TestAudit_TellsOfARefreshTokenThatIsUsedTwiceAndOfNoOther(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada, other := a.SignUp(t), a.SignUp(t)
	used := &authv1.RefreshRequest{RefreshToken: other.GetRefreshToken()}
	renewed, err := a.Refresh(t.Context(), used)
	require.NoError(t, err)
	_, err = a.Refresh(t.Context(), &authv1.RefreshRequest{RefreshToken: "made up"})
	require.Error(t, err)
	require.Empty(t, a.events(t, renewed), "everyday renewal is none, and a made-up token is nobody's")

	_, err = a.Refresh(t.Context(), used)
	require.ErrorIs(t, err, errs.Unauthenticated)
	back, err := a.Login(t.Context(), &authv1.LoginRequest{Email: other.GetUser().GetEmail(), Password: authtest.Password})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(a.events(t, back)) == 2 }, patience, 10*time.Millisecond)
	reused := a.events(t, back)[1]
	require.Equal(t, "AuthService.Refresh", reused.GetAction())
	require.Equal(t, "REFRESH_TOKEN_REUSED", reused.GetReason(), "more than whoever called was told")
	require.Empty(t, a.events(t, ada))
}

func TestAudit_ACallThatIsRefusedIsAnEventWhereTheCallerIsKnown(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada, bob := a.SignUp(t), a.SignUp(t)
	logout := func(ctx context.Context) error {
		_, err := a.Logout(ctx, &authv1.LogoutRequest{})
		return err
	}

	require.ErrorIs(t, logout(in(t.Context(), bob, ada.GetWorkspace().GetId())), errs.NotFound)
	refused := a.newest(t, bob, "AuthService.Logout", "NOT_FOUND")
	require.Equal(t, bob.GetUser().GetId(), refused.GetUserId())
	require.Equal(t, "WORKSPACE_NOT_FOUND", refused.GetReason())
	require.Empty(t, a.events(t, ada), "strangers cannot write into the log of others")

	require.ErrorIs(t, logout(in(t.Context(), bob, "not a workspace")), errs.InvalidArgument)
	a.newest(t, bob, "AuthService.Logout", "INVALID_ARGUMENT")

	require.ErrorIs(t, logout(a.asService(t, "analysis", ada.GetWorkspace().GetId())), errs.PermissionDenied)
	byService := a.newest(t, ada, "AuthService.Logout", "PERMISSION_DENIED")
	require.Equal(t, "analysis", byService.GetService())
	require.Equal(t, "USER_ONLY", byService.GetReason())

	require.ErrorIs(t, logout(t.Context()), errs.Unauthenticated)
	require.ErrorIs(t, logout(authn.WithToken(t.Context(), "made.up.token")), errs.Unauthenticated)
	require.Len(t, a.events(t, ada), 1, "a call of nobody is in nobody's log")
	require.Len(t, a.events(t, bob), 2)
}

func TestAudit_ItsReadersAreTheAdminsOfTheWorkspace(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada, bob := a.SignUp(t), a.SignUp(t)
	home := ada.GetWorkspace().GetId()
	read := func(role string) error {
		require.NoError(t, a.within(t, home, `DELETE FROM memberships WHERE user_id = $1`, bob.GetUser().GetId()))
		if role != "" {
			require.NoError(t, a.within(t, home, `INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)`,
				home, bob.GetUser().GetId(), role))
		}
		_, err := a.ListAuditEvents(in(t.Context(), bob, home), &authv1.ListAuditEventsRequest{})
		return err
	}
	require.NoError(t, read("ADMIN"))
	require.ErrorIs(t, read("RESEARCHER"), errs.PermissionDenied)
	require.ErrorIs(t, read("VIEWER"), errs.PermissionDenied)
	require.ErrorIs(t, read(""), errs.NotFound)
	_, err := a.ListAuditEvents(a.asService(t, "analysis", home), &authv1.ListAuditEventsRequest{})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = a.ListAuditEvents(t.Context(), &authv1.ListAuditEventsRequest{})
	require.ErrorIs(t, err, errs.Unauthenticated)
}

// Who comes and goes is in the log of the workspace, whichever one they came from.
func TestAudit_TellsOfTheLifeOfAWorkspace(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada, bob := a.SignUp(t), a.SignUp(t)
	team, err := a.Workspaces.CreateWorkspace(as(t.Context(), ada), &authv1.CreateWorkspaceRequest{DisplayName: "Team"})
	require.NoError(t, err)
	invitation, err := a.Members.InviteMember(as(t.Context(), ada), &authv1.InviteMemberRequest{
		WorkspaceId: team.GetId(), Email: bob.GetUser().GetEmail(), Role: accessv1.Role_RESEARCHER,
	})
	require.NoError(t, err)
	_, err = a.Members.AcceptInvitation(as(t.Context(), bob), &authv1.AcceptInvitationRequest{Token: invitation.GetToken()})
	require.NoError(t, err)
	_, err = a.Members.InviteMember(as(t.Context(), bob), &authv1.InviteMemberRequest{
		WorkspaceId: team.GetId(), Email: "eve@example.com", Role: accessv1.Role_VIEWER,
	})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = a.Members.RemoveMember(as(t.Context(), ada), &authv1.RemoveMemberRequest{WorkspaceId: team.GetId(), UserId: bob.GetUser().GetId()})
	require.NoError(t, err)

	list, err := a.ListAuditEvents(in(t.Context(), ada, team.GetId()), &authv1.ListAuditEventsRequest{})
	require.NoError(t, err)
	var told []string
	for _, e := range list.GetAuditEvents() {
		told = append(told, strings.Join([]string{e.GetUserId(), e.GetAction(), e.GetObjectId(), e.GetResult()}, " "))
	}
	byAda, byBob := ada.GetUser().GetId()+" ", bob.GetUser().GetId()+" "
	require.Equal(t, []string{
		byAda + "MemberService.RemoveMember " + bob.GetUser().GetId() + " OK",
		byBob + "MemberService.InviteMember " + team.GetId() + " PERMISSION_DENIED",
		byBob + "MemberService.AcceptInvitation " + team.GetId() + " OK",
		byAda + "MemberService.InviteMember " + invitation.GetId() + " OK",
		byAda + "WorkspaceService.CreateWorkspace " + team.GetId() + " OK",
	}, told)
	require.Equal(t, "WorkspaceService.CreateWorkspace", a.events(t, ada)[0].GetAction(), "where it was done from, too")
	require.Equal(t, "MemberService.AcceptInvitation", a.events(t, bob)[0].GetAction())
}

func TestAudit_ReadingIsNoEvent(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	_, err := a.GetMe(as(t.Context(), ada), &authv1.GetMeRequest{})
	require.NoError(t, err)
	_, err = a.GetJwks(t.Context(), &authv1.GetJwksRequest{})
	require.NoError(t, err)
	require.Empty(t, a.events(t, ada))
}

func TestAudit_WhatWaitsIsWrittenWhenTheServiceStops(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	t.Run("a replica that ends", func(t *testing.T) {
		replica := authtest.Replica(t, a.Config)
		for range 5 {
			_, err := replica.Login(t.Context(), &authv1.LoginRequest{Email: ada.GetUser().GetEmail(), Password: "not the password"})
			require.Error(t, err)
		}
	})
	require.Len(t, a.events(t, ada), 5)
}

func TestRun_ForgetsEventsThatAreOldEnoughUnlessTheyAreKeptForEver(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		days int
		left int
	}{
		"thirty days": {30, 1},
		"for ever":    {0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := serveAudited(t)
			ada := a.SignUp(t)
			old, young := event(0), event(0)
			old.Time = timestamppb.New(time.Now().Add(-31 * 24 * time.Hour))
			young.Time = timestamppb.New(time.Now().Add(-29 * 24 * time.Hour))
			a.record(t, ada, old, young)

			cfg := a.Config
			cfg.AuditDays = tc.days
			svc, err := auth.New(t.Context(), cfg)
			require.NoError(t, err)
			defer svc.Close()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- svc.Run(ctx) }()
			left := func() int {
				list, err := a.ListAuditEvents(as(t.Context(), ada), &authv1.ListAuditEventsRequest{Action: "DocumentService"})
				require.NoError(t, err)
				return len(list.GetAuditEvents())
			}
			require.Eventually(t, func() bool { return left() == tc.left }, patience, 10*time.Millisecond)
			stop()
			require.NoError(t, <-ended)
			require.Equal(t, tc.left, left())
		})
	}
}

// invoke calls a method and throws the answer away.
func (a audited) invoke(ctx context.Context, method string, req any) error {
	return a.Conn.Invoke(ctx, method, req, &emptypb.Empty{})
}
