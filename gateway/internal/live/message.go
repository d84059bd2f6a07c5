package live

import (
	"context"
	"encoding/json"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	"github.com/researcherpro/researcherpro/gateway/internal/websocket"
	"github.com/researcherpro/researcherpro/pkg/errs"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// handle answers one message, of a client whose credential is good at this moment.
// What is wrong with the message is told and forgotten; an error means that the
// socket has to end.
func (s *socket) handle(ctx context.Context, kind websocket.Opcode, data []byte) error {
	allowed := s.allowance.take(time.Now())
	if allowed == enough {
		return errAbuse
	}
	msg, err := decode(kind, data)
	if allowed == refusedForNow {
		return s.refuse(ctx, msg.GetId(), errs.Newf(errs.ResourceExhausted, "TOO_MANY_MESSAGES",
			"a socket sends at most %d messages a second", messagesPerSecond))
	}
	verified := s.guard.verify(ctx)
	switch {
	case refused(verified):
		return errExpired
	case verified != nil:
		return s.refuse(ctx, msg.GetId(), verified)
	case err != nil:
		return s.refuse(ctx, msg.GetId(), err)
	}
	switch request := msg.GetRequest().(type) {
	case *realtimev1.ClientMessage_Subscribe:
		return s.subscribe(ctx, msg.GetId(), request.Subscribe)
	case *realtimev1.ClientMessage_Unsubscribe:
		s.unfollow(request.Unsubscribe.GetAnalysisId())
		return s.ack(msg.GetId())
	case *realtimev1.ClientMessage_Ask:
		return s.ask(ctx, msg.GetId(), request.Ask)
	case *realtimev1.ClientMessage_Analyze:
		return s.analyze(ctx, msg.GetId(), request.Analyze)
	default:
		return s.refuse(ctx, msg.GetId(), errs.New(errs.InvalidArgument, "EMPTY_MESSAGE", "the message asks for nothing"))
	}
}

// decode reads a message. On an error the message has at least the id, where
// one can be made out, so that the client knows what is answered.
func decode(kind websocket.Opcode, data []byte) (*realtimev1.ClientMessage, error) {
	msg := &realtimev1.ClientMessage{}
	if kind != websocket.Text {
		return msg, errs.New(errs.InvalidArgument, "NOT_TEXT", "messages are JSON in text frames")
	}
	err := rest.Unmarshal(data, msg)
	if err != nil {
		var head struct {
			ID string `json:"id"`
		}
		// An error here is the one that is reported already.
		_ = json.Unmarshal(data, &head)
		msg = &realtimev1.ClientMessage{Id: head.ID}
	}
	if len(msg.GetId()) > 64 {
		msg.Id = ""
		return msg, errs.Field("id", "must be at most 64 bytes")
	}
	return msg, err
}

// ack tells the client that a message was taken.
func (s *socket) ack(id string) error {
	return s.send(&realtimev1.ServerMessage{Id: id, Message: &realtimev1.ServerMessage_Ack{Ack: &realtimev1.Ack{}}})
}

// refuse tells the client why a message was not taken.
func (s *socket) refuse(ctx context.Context, id string, err error) error {
	st := reply.Status(ctx, err)
	return s.send(&realtimev1.ServerMessage{Id: id, Message: &realtimev1.ServerMessage_Error{
		Error: &realtimev1.Error{Code: code.Code_name[int32(st.Code())], Message: st.Message()},
	}})
}

// send writes a message.
func (s *socket) send(m proto.Message) error {
	body, err := reply.JSON().Marshal(m)
	if err != nil {
		return err
	}
	s.writing.Add(1)
	defer s.writing.Add(-1)
	return s.out.write(websocket.AppendFrame(nil, websocket.Text, body))
}
