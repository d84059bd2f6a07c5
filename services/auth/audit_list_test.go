package auth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// noon is when the events of these tests begin: before any that the service makes.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// event returns the n-th event of a test, a second after the one before.
func event(n int) *authv1.AuditEvent {
	return &authv1.AuditEvent{
		Id: uuid.NewString(), Time: timestamppb.New(noon.Add(time.Duration(n) * time.Second)),
		UserId: uuid.NewString(), Action: "DocumentService.DeleteDocument", ObjectId: fmt.Sprintf("object-%d", n), Result: "OK",
	}
}

// record adds events to a session's workspace as the research service.
func (a audited) record(t *testing.T, s *authv1.Session, events ...*authv1.AuditEvent) {
	t.Helper()
	_, err := a.RecordAuditEvents(a.asService(t, "research", s.GetWorkspace().GetId()), &authv1.RecordAuditEventsRequest{AuditEvents: events})
	require.NoError(t, err)
}

// objects lists the objects of the events that fit, page by page. between is called
// between two pages.
func (a audited) objects(t *testing.T, s *authv1.Session, req *authv1.ListAuditEventsRequest, between func()) []string {
	t.Helper()
	var all []string
	for {
		page, err := a.ListAuditEvents(as(t.Context(), s), req)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.GetAuditEvents()), int(req.GetPageSize()))
		for _, e := range page.GetAuditEvents() {
			all = append(all, e.GetObjectId())
		}
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
		between()
	}
}

func TestListAuditEvents_FiltersAndPagesStandStillWhileEventsComeIn(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	events := make([]*authv1.AuditEvent, 12)
	for i := range events {
		events[i] = event(i)
	}
	ida := uuid.NewString()
	for _, i := range []int{2, 3, 9} {
		events[i].UserId = ida
	}
	events[3].Result, events[3].Reason = "PERMISSION_DENIED", "ROLE_TOO_LOW"
	events[5].Action, events[6].Action, events[7].Action = "ReportService.CreateReport", "ReportService.DeleteReport", "Report.Delete"
	events[8].Time = events[7].GetTime() // the id decides
	a.record(t, ada, events...)

	at := func(n int) *timestamppb.Timestamp { return timestamppb.New(noon.Add(time.Duration(n) * time.Second)) }
	tests := map[string]struct {
		req  *authv1.ListAuditEventsRequest
		want []string
	}{
		"what a user did":            {&authv1.ListAuditEventsRequest{UserId: ida}, []string{"object-9", "object-3", "object-2"}},
		"one action":                 {&authv1.ListAuditEventsRequest{Action: "ReportService.CreateReport"}, []string{"object-5"}},
		"all actions of a service":   {&authv1.ListAuditEventsRequest{Action: "ReportService"}, []string{"object-6", "object-5"}},
		"an action is not a pattern": {&authv1.ListAuditEventsRequest{Action: "Report_ervice"}, nil},
		"what was done to an object": {&authv1.ListAuditEventsRequest{ObjectId: "object-4"}, []string{"object-4"}},
		"how it ended":               {&authv1.ListAuditEventsRequest{Result: "PERMISSION_DENIED"}, []string{"object-3"}},
		"from a time, before one":    {&authv1.ListAuditEventsRequest{StartTime: at(4), EndTime: at(6)}, []string{"object-5", "object-4"}},
		"all has to fit":             {&authv1.ListAuditEventsRequest{UserId: ida, Result: "OK", EndTime: at(9)}, []string{"object-2"}},
		"nothing fits":               {&authv1.ListAuditEventsRequest{UserId: uuid.NewString()}, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int32{1, 2, 200} {
				tc.req.PageSize, tc.req.PageToken = size, ""
				newer := 0
				got := a.objects(t, ada, tc.req, func() { // newer ones that would fit move nothing
					newer++
					late := event(100_000 + newer)
					late.UserId, late.Action, late.Result = ida, "ReportService.CreateReport", "PERMISSION_DENIED"
					a.record(t, ada, late)
				})
				require.Equal(t, tc.want, withoutLate(got), "pages of %d", size)
			}
		})
	}
}

// withoutLate drops the events that these tests add while they read.
func withoutLate(objects []string) []string {
	var kept []string
	for _, o := range objects {
		if len(o) < len("object-100000") {
			kept = append(kept, o)
		}
	}
	return kept
}

func TestListAuditEvents_EveryEventStandsOnOnePage(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	events := make([]*authv1.AuditEvent, 60)
	for i := range events {
		events[i] = event(i / 7) // seven at a time: the id decides
		events[i].ObjectId = fmt.Sprintf("object-%d", i)
	}
	a.record(t, ada, events...)
	all := a.objects(t, ada, &authv1.ListAuditEventsRequest{PageSize: 4, EndTime: timestamppb.New(noon.Add(time.Hour))}, func() {})
	require.Len(t, all, 60)
	seen := map[string]bool{}
	for _, o := range all {
		require.False(t, seen[o], o)
		seen[o] = true
	}
	page, err := a.ListAuditEvents(as(t.Context(), ada), &authv1.ListAuditEventsRequest{})
	require.NoError(t, err)
	require.Len(t, page.GetAuditEvents(), 50, "the size of a page when none is asked for")
}

func TestListAuditEvents_RefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada, bob := a.SignUp(t), a.SignUp(t)
	a.record(t, ada, event(1), event(2))
	a.record(t, bob, event(1), event(2))
	first, err := a.ListAuditEvents(as(t.Context(), ada), &authv1.ListAuditEventsRequest{PageSize: 1})
	require.NoError(t, err)
	token := first.GetNextPageToken()

	tests := map[string]struct {
		who   *authv1.Session
		req   *authv1.ListAuditEventsRequest
		field string
	}{
		"a token with another filter":   {ada, &authv1.ListAuditEventsRequest{PageToken: token, Result: "OK"}, "page_token"},
		"a token of another workspace":  {bob, &authv1.ListAuditEventsRequest{PageToken: token}, "page_token"},
		"a made-up token":               {ada, &authv1.ListAuditEventsRequest{PageToken: "x"}, "page_token"},
		"a user's id that is none":      {ada, &authv1.ListAuditEventsRequest{UserId: "ada"}, "user_id"},
		"a page that is too large":      {ada, &authv1.ListAuditEventsRequest{PageSize: 201}, "page_size"},
		"a time outside of all times":   {ada, &authv1.ListAuditEventsRequest{EndTime: &timestamppb.Timestamp{Seconds: 1 << 60}}, "end_time"},
		"a beginning before all things": {ada, &authv1.ListAuditEventsRequest{StartTime: &timestamppb.Timestamp{Seconds: -1 << 60}}, "start_time"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := a.ListAuditEvents(as(t.Context(), tc.who), tc.req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

func TestRecordAuditEvents_IsSafeToRepeatAndStaysInItsWorkspace(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada, bob := a.SignUp(t), a.SignUp(t)
	e := event(1)
	a.record(t, ada, e)
	e.Action = "DocumentService.SomethingElse"
	a.record(t, ada, e, e, event(2))
	events := a.events(t, bob)
	require.Empty(t, events, "another workspace sees nothing of it")

	list, err := a.ListAuditEvents(as(t.Context(), ada), &authv1.ListAuditEventsRequest{EndTime: timestamppb.New(noon.Add(time.Hour))})
	require.NoError(t, err)
	require.Len(t, list.GetAuditEvents(), 2)
	require.Equal(t, "DocumentService.DeleteDocument", list.GetAuditEvents()[1].GetAction(), "what stands there stays")

	_, err = a.RecordAuditEvents(as(t.Context(), ada), &authv1.RecordAuditEventsRequest{AuditEvents: []*authv1.AuditEvent{event(3)}})
	require.ErrorIs(t, err, errs.PermissionDenied, "an owner may not add to their own log")
	_, err = a.RecordAuditEvents(a.asService(t, "research", uuid.NewString()), &authv1.RecordAuditEventsRequest{AuditEvents: []*authv1.AuditEvent{event(3)}})
	require.ErrorIs(t, err, errs.NotFound, "the workspace is gone")
	_, err = a.RecordAuditEvents(a.asService(t, "research", ""), &authv1.RecordAuditEventsRequest{AuditEvents: []*authv1.AuditEvent{event(3)}})
	require.ErrorIs(t, err, errs.PermissionDenied, "a service that acts for nobody")
}

func TestRecordAuditEvents_OfNobodyAreTheServicesOwn(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	own, forged := event(1), event(2)
	own.UserId, own.Service = "", ""
	forged.UserId, forged.Service = "", "analysis"
	a.record(t, ada, own, forged)
	list, err := a.ListAuditEvents(as(t.Context(), ada), &authv1.ListAuditEventsRequest{EndTime: timestamppb.New(noon.Add(time.Hour))})
	require.NoError(t, err)
	require.Equal(t, "analysis", list.GetAuditEvents()[0].GetService(), "who called the service, as it says")
	require.Equal(t, "research", list.GetAuditEvents()[1].GetService())
}

// Many replicas deliver the same events at once after an outage.
func TestRecordAuditEvents_OfManyAtOnceEachIsThereOnce(t *testing.T) {
	t.Parallel()
	a := serveAudited(t)
	ada := a.SignUp(t)
	events := []*authv1.AuditEvent{event(1), event(2), event(3)}
	reversed := []*authv1.AuditEvent{events[2], events[1], events[0]}
	ctx := a.asService(t, "research", ada.GetWorkspace().GetId())
	failures := make(chan error, 8)
	for i := range cap(failures) {
		go func() {
			batch := events
			if i%2 == 1 {
				batch = reversed // the other order must not deadlock for good
			}
			_, err := a.RecordAuditEvents(context.WithoutCancel(ctx), &authv1.RecordAuditEventsRequest{AuditEvents: batch})
			failures <- err
		}()
	}
	for range cap(failures) {
		require.NoError(t, <-failures)
	}
	require.Len(t, a.objects(t, ada, &authv1.ListAuditEventsRequest{PageSize: 2, EndTime: timestamppb.New(noon.Add(time.Hour))}, func() {}), 3)
}
