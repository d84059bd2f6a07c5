// Package auditevent turns audit events into those of the contract and back, and
// gives them to the auth service.
package auditevent

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// Event is an audit event. It has the shape of pkg/audit.Event, so that one converts
// to the other; neither module imports the other's.
type Event struct {
	ID   string
	Time time.Time
	// WorkspaceID is not in the contract's event: it is that of whoever calls.
	WorkspaceID string
	UserID      string
	APIKeyID    string
	Service     string
	Action      string
	ObjectID    string
	Address     string
	UserAgent   string
	Result      string
	Reason      string
	RequestID   string
	// Claimed is not in the contract's event: auth alone makes such.
	Claimed bool
}

// Proto returns the contract's event.
func (e Event) Proto() *authv1.AuditEvent {
	return &authv1.AuditEvent{
		Id: e.ID, Time: timestamppb.New(e.Time), UserId: e.UserID, ApiKeyId: e.APIKeyID, Service: e.Service,
		Action: e.Action, ObjectId: e.ObjectID, Address: e.Address, UserAgent: e.UserAgent,
		Result: e.Result, Reason: e.Reason, RequestId: e.RequestID,
	}
}

// FromProto is the inverse of Proto.
func FromProto(m *authv1.AuditEvent) Event {
	return Event{
		ID: m.GetId(), Time: m.GetTime().AsTime(), UserID: m.GetUserId(), APIKeyID: m.GetApiKeyId(), Service: m.GetService(),
		Action: m.GetAction(), ObjectID: m.GetObjectId(), Address: m.GetAddress(), UserAgent: m.GetUserAgent(),
		Result: m.GetResult(), Reason: m.GetReason(), RequestID: m.GetRequestId(),
	}
}

// Client is the part of authv1.AuditServiceClient that a Sender needs.
type Client interface {
	RecordAuditEvents(ctx context.Context, in *authv1.RecordAuditEventsRequest, opts ...grpc.CallOption) (*emptypb.Empty, error)
}

// Send gives an event to the auth service, as the service and for the workspace whose
// token the context carries. What the service answers is the error.
func Send(ctx context.Context, auth Client, e Event) error {
	_, err := auth.RecordAuditEvents(ctx, &authv1.RecordAuditEventsRequest{AuditEvents: []*authv1.AuditEvent{e.Proto()}})
	return err
}
