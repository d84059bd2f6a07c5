package auditevent_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/proto/auditevent"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
)

// full returns an event whose every text is its field's name.
func full() auditevent.Event {
	e := auditevent.Event{Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)}
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.String {
			v.Field(i).SetString(v.Type().Field(i).Name)
		}
	}
	return e
}

func TestEvent_KeepsEveryFieldThatTheContractHas(t *testing.T) {
	t.Parallel()
	message := full().Proto()
	fields := message.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		require.True(t, message.ProtoReflect().Has(fields.Get(i)), fields.Get(i).Name())
	}
	want := full()
	want.WorkspaceID = "" // the caller's
	require.Equal(t, want, auditevent.FromProto(message))
}

// client answers with an error and keeps what it got.
type client struct {
	err error
	got *authv1.RecordAuditEventsRequest
}

func (c *client) RecordAuditEvents(_ context.Context, in *authv1.RecordAuditEventsRequest, _ ...grpc.CallOption) (*emptypb.Empty, error) {
	c.got = in
	return &emptypb.Empty{}, c.err
}

func TestSend_GivesOneEventAndPassesTheAnswerOn(t *testing.T) {
	t.Parallel()
	auth := &client{}
	require.NoError(t, auditevent.Send(t.Context(), auth, full()))
	require.Len(t, auth.got.GetAuditEvents(), 1)
	require.Equal(t, full().Proto().String(), auth.got.GetAuditEvents()[0].String())

	auth.err = errors.New("auth is down")
	require.ErrorIs(t, auditevent.Send(t.Context(), auth, full()), auth.err)
}
