package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/origin"
)

// sink keeps events.
type sink struct {
	events []audit.Event
	err    error
	late   bool // whether a call's end had ended its context
}

func (s *sink) Record(ctx context.Context, e audit.Event) error {
	s.late = s.late || ctx.Err() != nil
	s.events = append(s.events, e)
	return s.err
}

// rules is the policy of these tests.
func rules(method string) (authn.Rule, bool) {
	rule, ok := map[string]authn.Rule{
		"/a.b.Docs/Write":  {MinRole: authn.RoleResearcher, Permission: "DOCS_WRITE", Audited: true, ForServices: true},
		"/a.b.Docs/Read":   {MinRole: authn.RoleViewer, Permission: "DOCS_READ"},
		"/a.b.Docs/Rename": {MinRole: authn.RoleViewer, Audited: true, WorkspaceField: "workspace_id"},
		"/a.b.In/SignIn":   {Public: true},
	}[method]
	return rule, ok
}

// call makes a call that gets through the interceptors of both packages, of both
// kinds, which have to agree but for ids and times.
func call(ctx context.Context, t *testing.T, method string, req, answer any, handle func(context.Context) error) []audit.Event {
	t.Helper()
	v, unary, stream := authntest.Verifier(t), &sink{}, &sink{}
	got, err := audit.Unary(rules, unary)(ctx, req, &grpc.UnaryServerInfo{FullMethod: method}, func(ctx context.Context, req any) (any, error) {
		return authn.Unary(v, rules)(ctx, req, &grpc.UnaryServerInfo{FullMethod: method}, func(ctx context.Context, _ any) (any, error) {
			return answer, handle(ctx)
		})
	})
	if err == nil {
		require.Equal(t, answer, got)
	}
	if rule, _ := rules(method); rule.WorkspaceField != "" {
		return unary.events // no stream asks for a workspace by a field
	}
	streamed := audit.Stream(rules, stream)(nil, pipe{ctx: ctx}, &grpc.StreamServerInfo{FullMethod: method}, func(_ any, ss grpc.ServerStream) error {
		return authn.Stream(v, rules)(nil, ss, &grpc.StreamServerInfo{FullMethod: method}, func(_ any, ss grpc.ServerStream) error {
			require.NoError(t, ss.RecvMsg(req))
			if err := handle(ss.Context()); err != nil {
				return err
			}
			return ss.SendMsg(answer)
		})
	})
	require.Equal(t, errs.Status(err).Code(), errs.Status(streamed).Code())
	require.Len(t, stream.events, len(unary.events))
	for i, e := range unary.events {
		other := stream.events[i]
		require.NotEqual(t, e.ID, other.ID)
		e.ID, e.Time, other.ID, other.Time = "", time.Time{}, "", time.Time{}
		if e.Result == audit.OK { // a refused stream was not read
			require.Equal(t, e, other)
		}
	}
	require.False(t, unary.late || stream.late)
	return unary.events
}

// pipe is a stream whose messages are those that the test makes.
type pipe struct {
	grpc.ServerStream
	ctx context.Context
}

func (p pipe) Context() context.Context { return p.ctx }
func (p pipe) RecvMsg(any) error        { return nil }
func (p pipe) SendMsg(any) error        { return nil }

// with returns the context of a call with a token, and the metadata given.
func with(t *testing.T, token string, md ...string) context.Context {
	t.Helper()
	return metadata.NewIncomingContext(t.Context(), metadata.Pairs(append(md, "authorization", "Bearer "+token)...))
}

// done is a handler that does what it is asked.
func done(context.Context) error { return nil }

func TestInterceptors_TellWhoDidWhat(t *testing.T) {
	t.Parallel()
	ada := authntest.Caller(t, authn.RoleResearcher)
	id := uuid.NewString()
	ctx := origin.With(with(t, authntest.Token(t, ada)), origin.Origin{
		Address: netip.MustParseAddr("203.0.113.9"), UserAgent: "Brow\x00ser\n/1 \xff" + strings.Repeat("é", 300),
	})
	events := call(ctx, t, "/a.b.Docs/Write", message(t, "id", id), message(t), done)
	require.Len(t, events, 1)
	e := events[0]
	require.NoError(t, uuid.Validate(e.ID))
	require.WithinDuration(t, time.Now(), e.Time, time.Minute)
	require.Equal(t, audit.Event{
		ID: e.ID, Time: e.Time.UTC().Truncate(time.Microsecond), WorkspaceID: ada.WorkspaceID, UserID: ada.UserID,
		Action: "Docs.Write", ObjectID: id, Address: "203.0.113.9",
		UserAgent: "Browser/1 \uFFFD" + strings.Repeat("é", 256-11), Result: "OK",
	}, e)
}

func TestInterceptors_TellOfServicesThatAct(t *testing.T) {
	t.Parallel()
	ada := authntest.Caller(t, authn.RoleViewer)
	events := call(with(t, authntest.ServiceToken(t, "analysis", ada)), t, "/a.b.Docs/Write", message(t), message(t), done)
	require.Len(t, events, 1)
	require.Equal(t, "analysis", events[0].Service)
	require.Equal(t, ada.UserID, events[0].UserID)
}

func TestInterceptors_TellHowACallEnded(t *testing.T) {
	t.Parallel()
	ada := authntest.Caller(t, authn.RoleResearcher)
	tests := map[string]struct {
		err            error
		result, reason string
	}{
		"done":                          {nil, "OK", ""},
		"refused with a reason":         {errs.New(errs.NotFound, "DOCUMENT_NOT_FOUND", "no such document"), "NOT_FOUND", "DOCUMENT_NOT_FOUND"},
		"refused because of a field":    {errs.Field("title", "is too long"), "INVALID_ARGUMENT", "INVALID_FIELD"},
		"gone wrong inside":             {errors.New("password is hunter2"), "INTERNAL", "INTERNAL"},
		"what reads like no reason":     {errs.New(errs.Conflict, "it was hunter2", "x"), "ABORTED", ""},
		"given up by the client":        {context.Canceled, "CANCELLED", ""},
		"something needed is not there": {errs.Unavailable, "UNAVAILABLE", "UNAVAILABLE"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := call(with(t, authntest.Token(t, ada)), t, "/a.b.Docs/Write", message(t), message(t), func(context.Context) error { return tc.err })
			require.Len(t, events, 1)
			require.Equal(t, tc.result, events[0].Result)
			require.Equal(t, tc.reason, events[0].Reason)
		})
	}
}

func TestInterceptors_WhoIsRefusedIsToldOfWhereTheyAreKnown(t *testing.T) {
	t.Parallel()
	viewer := authntest.Caller(t, authn.RoleViewer)
	stranger := uuid.NewString()
	never := func(context.Context) error { panic("the call was refused") }
	token := authntest.Token(t, viewer)
	tests := map[string]struct {
		ctx            context.Context
		method         string
		req            any
		result, reason string
	}{
		"a role that is too low":              {with(t, token), "/a.b.Docs/Write", message(t), "PERMISSION_DENIED", "ROLE_TOO_LOW"},
		"another workspace, by header":        {with(t, token, "x-workspace-id", stranger), "/a.b.Docs/Write", message(t), "NOT_FOUND", "WORKSPACE_NOT_FOUND"},
		"another workspace, by a field":       {with(t, token), "/a.b.Docs/Rename", message(t, "workspace_id", stranger), "NOT_FOUND", "WORKSPACE_NOT_FOUND"},
		"what is no workspace at all":         {with(t, token), "/a.b.Docs/Rename", message(t, "workspace_id", "x"), "INVALID_ARGUMENT", "INVALID_FIELD"},
		"a service that asks for another one": {with(t, authntest.ServiceToken(t, "analysis", viewer), "x-workspace-id", stranger), "/a.b.Docs/Write", message(t), "NOT_FOUND", "WORKSPACE_NOT_FOUND"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := call(tc.ctx, t, tc.method, tc.req, nil, never)
			require.Len(t, events, 1)
			require.Equal(t, viewer.WorkspaceID, events[0].WorkspaceID)
			require.Equal(t, viewer.UserID, events[0].UserID)
			require.Equal(t, tc.result, events[0].Result)
			require.Equal(t, tc.reason, events[0].Reason)
		})
	}
}

func TestInterceptors_WhatIsNoEvent(t *testing.T) {
	t.Parallel()
	owner := authntest.Token(t, authntest.Caller(t, authn.RoleOwner))
	require.Empty(t, call(with(t, owner), t, "/a.b.Docs/Read", message(t), message(t), done), "reading")
	require.Empty(t, call(with(t, "made.up.token"), t, "/a.b.Docs/Write", message(t), message(t), done), "a call of nobody")
	require.Empty(t, call(t.Context(), t, "/a.b.Docs/Write", message(t), message(t), done), "one without a token")
	require.Empty(t, call(with(t, owner), t, "/a.b.Docs/Unknown", message(t), message(t), done), "a method without a rule")
	require.Empty(t, call(t.Context(), t, "/a.b.In/SignIn", message(t), message(t), done), "a public call about nobody")
	lost := authntest.ServiceToken(t, "analysis", authn.Caller{})
	require.Empty(t, call(with(t, lost), t, "/a.b.Docs/Write", message(t), message(t), done), "a service that acts for nobody")
}

func TestTell_MakesAPublicCallAnEvent(t *testing.T) {
	t.Parallel()
	events := call(t.Context(), t, "/a.b.In/SignIn", message(t), message(t), func(ctx context.Context) error {
		audit.Tell(ctx, audit.Subject{UserID: "ada", Reason: "TOKEN_REUSED"})
		return errs.New(errs.Unauthenticated, "TOKEN_INVALID", "no")
	})
	require.Len(t, events, 1)
	require.True(t, events[0].Claimed)
	require.Equal(t, "ada", events[0].UserID)
	require.Empty(t, events[0].WorkspaceID, "the sink knows the home of an account")
	require.Equal(t, "TOKEN_REUSED", events[0].Reason)

	ada := authntest.Caller(t, authn.RoleOwner)
	events = call(with(t, authntest.Token(t, ada)), t, "/a.b.Docs/Write", message(t), message(t), func(ctx context.Context) error {
		audit.Tell(ctx, audit.Subject{UserID: "eve"})
		return nil
	})
	require.Equal(t, ada.UserID, events[0].UserID, "where a token says who calls, nothing else does")
}

func TestInterceptors_WhoComesIntoAWorkspaceIsInItsLogToo(t *testing.T) {
	t.Parallel()
	ada := authntest.Caller(t, authn.RoleResearcher)
	other := uuid.NewString()
	events := call(with(t, authntest.Token(t, ada)), t, "/a.b.Docs/Write", message(t), workspace(t, other), done)
	require.Len(t, events, 2)
	require.Equal(t, ada.WorkspaceID, events[0].WorkspaceID)
	require.Equal(t, other, events[1].WorkspaceID)
	require.Equal(t, events[0].ID, events[1].ID)
	own := call(with(t, authntest.Token(t, ada)), t, "/a.b.Docs/Write", message(t), workspace(t, ada.WorkspaceID), done)
	require.Len(t, own, 1)
}

//nolint:paralleltest // it listens to the log of the process
func TestASinkThatFailsFailsNoCallAndLosesNothing(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&out, nil)))
	defer slog.SetDefault(before)
	ada := authntest.Caller(t, authn.RoleResearcher)
	failing := &sink{err: errors.New("no database")}
	ctx, hangUp := context.WithCancel(with(t, authntest.Token(t, ada)))
	info := &grpc.UnaryServerInfo{FullMethod: "/a.b.Docs/Write"}
	_, err := audit.Unary(rules, failing)(ctx, message(t), info, func(ctx context.Context, req any) (any, error) {
		return authn.Unary(authntest.Verifier(t), rules)(ctx, req, info, func(context.Context, any) (any, error) {
			hangUp() // the client did not wait; it is done all the same
			return message(t), nil
		})
	})
	require.NoError(t, err)
	require.False(t, failing.late, "the client's hanging up does not keep it out of the log")
	require.Contains(t, out.String(), ada.UserID)
	require.Contains(t, out.String(), `"action":"Docs.Write"`)
	require.Contains(t, out.String(), "no database")
}

func TestInterceptors_TellOfAHandlerThatPanics(t *testing.T) {
	t.Parallel()
	s := &sink{}
	token := with(t, authntest.Token(t, authntest.Caller(t, authn.RoleResearcher)))
	info := &grpc.UnaryServerInfo{FullMethod: "/a.b.Docs/Write"}
	require.Panics(t, func() {
		_, _ = audit.Unary(rules, s)(token, message(t), info, func(ctx context.Context, req any) (any, error) {
			return authn.Unary(authntest.Verifier(t), rules)(ctx, req, info, func(context.Context, any) (any, error) { panic("a bug") })
		})
	})
	require.Len(t, s.events, 1)
	require.Equal(t, "INTERNAL", s.events[0].Result)
}
