package server

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/proto/auditevent"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// Audit implements authv1.AuditServiceServer.
type Audit struct {
	authv1.UnsafeAuditServiceServer
	store *store.Store
}

var _ authv1.AuditServiceServer = (*Audit)(nil)

// NewAudit returns the server of the audit log.
func NewAudit(s *store.Store) *Audit { return &Audit{store: s} }

// ListAuditEvents implements authv1.AuditServiceServer.
func (s *Audit) ListAuditEvents(ctx context.Context, req *authv1.ListAuditEventsRequest) (*authv1.ListAuditEventsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	filter, err := auditFilter(req)
	if err != nil {
		return nil, err
	}
	// A token continues this list with these filters, and no other one.
	list := []string{
		"audit", caller.WorkspaceID, filter.UserID, filter.Action, filter.ObjectID, filter.Result,
		micros(filter.Start), micros(filter.End),
	}
	asked, err := page.Ask[store.AuditKey](req, page.List{Filter: store.AuditEventFilter(), Query: list})
	if err != nil {
		return nil, err
	}
	events, err := s.store.AuditEvents(ctx, caller.WorkspaceID, filter, asked.Query)
	if err != nil {
		return nil, err
	}
	events, next, err := page.Turn(asked, events, func(e audit.Event) store.AuditKey { return store.AuditKey{Time: e.Time, ID: e.ID} })
	if err != nil {
		return nil, err
	}
	answer := &authv1.ListAuditEventsResponse{NextPageToken: next}
	for _, e := range events {
		answer.AuditEvents = append(answer.AuditEvents, auditevent.Event(e).Proto())
	}
	return answer, nil
}

// RecordAuditEvents implements authv1.AuditServiceServer. The workspace is that of
// the service's token. Who called the service is what the service says: the token
// proves no more, as all services hold the same secret. An event that names neither a
// user nor a service is something that the service did by itself.
func (s *Audit) RecordAuditEvents(ctx context.Context, req *authv1.RecordAuditEventsRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	events := make([]audit.Event, 0, len(req.GetAuditEvents()))
	for _, m := range req.GetAuditEvents() {
		e := audit.Event(auditevent.FromProto(m))
		if e.UserID == "" && e.Service == "" {
			e.Service = caller.Service
		}
		events = append(events, e)
	}
	if err := s.store.AppendAuditEvents(ctx, caller.WorkspaceID, events...); err != nil {
		return nil, fmt.Errorf("record events of %s: %w", caller.Service, err)
	}
	return &emptypb.Empty{}, nil
}

// auditFilter reads which events are asked for.
func auditFilter(req *authv1.ListAuditEventsRequest) (store.AuditFilter, error) {
	f := store.AuditFilter{
		UserID: req.GetUserId(), Action: req.GetAction(), ObjectID: req.GetObjectId(), Result: req.GetResult(),
	}
	var v errs.Violations
	v.Check(validTime(req.GetStartTime()), "start_time", "must be a time from the year 1 to 9999")
	v.Check(validTime(req.GetEndTime()), "end_time", "must be a time from the year 1 to 9999")
	if err := v.Err(); err != nil {
		return f, err
	}
	if req.GetStartTime() != nil {
		f.Start = req.GetStartTime().AsTime()
	}
	if req.GetEndTime() != nil {
		f.End = req.GetEndTime().AsTime()
	}
	return f, nil
}

// validTime reports whether a time is one, if it is given.
func validTime(t *timestamppb.Timestamp) bool { return t == nil || t.IsValid() }

// micros writes a time as a part of what a page token is good for.
func micros(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMicro(), 10)
}
