package live

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/coder/websocket"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/feed"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// follow is one analysis that a socket follows.
type follow struct {
	subscribeID string // of the message that asked for it, for its errors
	analysisID  string
	reader      *feed.Reader
	stop        context.CancelFunc
	done        chan struct{} // closed when nothing more is written
}

// handle answers one message, of a client whose credential is good at this moment.
// What is wrong with the message is told and forgotten; an error means that the
// socket has to end.
func (s *socket) handle(ctx context.Context, kind websocket.MessageType, data []byte) error {
	msg, err := decode(kind, data)
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
		return s.send(ctx, &realtimev1.ServerMessage{
			Id: msg.GetId(), Message: &realtimev1.ServerMessage_Ack{Ack: &realtimev1.Ack{}},
		})
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
func decode(kind websocket.MessageType, data []byte) (*realtimev1.ClientMessage, error) {
	msg := &realtimev1.ClientMessage{}
	if kind != websocket.MessageText {
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

// subscribe starts to write an analysis' events, and first the ack.
func (s *socket) subscribe(ctx context.Context, id string, req *realtimev1.Subscribe) error {
	s.unfollow(req.GetAnalysisId()) // subscribing again moves the reading point
	reader, err := s.open(ctx, req)
	if err != nil {
		return s.refuse(ctx, id, publicError(err))
	}
	ack := &realtimev1.ServerMessage{Id: id, Message: &realtimev1.ServerMessage_Ack{Ack: &realtimev1.Ack{}}}
	if err := s.send(ctx, ack); err != nil {
		reader.Close()
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	f := &follow{subscribeID: id, analysisID: req.GetAnalysisId(), reader: reader, stop: stop, done: make(chan struct{})}
	s.mu.Lock()
	s.follows[f.analysisID] = f
	s.mu.Unlock()
	s.tasks.Go(func() { s.stream(ctx, f) })
	return nil
}

// open checks the request and authorises the reader.
func (s *socket) open(ctx context.Context, req *realtimev1.Subscribe) (*feed.Reader, error) {
	var v errs.Violations
	v.Check(req.GetAnalysisId() != "", "subscribe.analysis_id", "must be the id of an analysis")
	v.Check(req.GetAfterSequence() >= 0, "subscribe.after_sequence", "must not be negative")
	if err := v.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	full := len(s.follows) >= s.server.opts.MaxFollows
	s.mu.Unlock()
	if full {
		return nil, errs.Newf(errs.ResourceExhausted, "TOO_MANY_SUBSCRIPTIONS",
			"a socket follows at most %d analyses", s.server.opts.MaxFollows)
	}
	return s.server.hub.Follow(ctx, req.GetAnalysisId(), req.GetAfterSequence())
}

// unfollow stops writing an analysis' events. When it returns, none follows.
func (s *socket) unfollow(analysisID string) {
	s.mu.Lock()
	f := s.follows[analysisID]
	s.mu.Unlock()
	if f != nil {
		f.stop()
		<-f.done
	}
}

// stream writes what a reader reads, at the pace of the client.
func (s *socket) stream(ctx context.Context, f *follow) {
	defer close(f.done)
	defer s.drop(f)
	for {
		batch, err := f.reader.Next(ctx)
		if err == nil {
			if err = s.writeBatch(ctx, f, batch); err != nil {
				s.cancel(err)
				return
			}
			continue
		}
		// The end of the run was its last event; the ends of the socket and of
		// the server are told by closing. What is left is a refusal.
		if ctx.Err() == nil && !errors.Is(err, io.EOF) && !errors.Is(err, feed.ErrClosed) {
			if err := s.refuse(ctx, f.subscribeID, err); err != nil {
				s.cancel(err)
			}
		}
		return
	}
}

// drop forgets a follow that has ended.
func (s *socket) drop(f *follow) {
	f.stop()
	f.reader.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.follows[f.analysisID] == f {
		delete(s.follows, f.analysisID)
	}
}

// writeBatch writes events, or that the client was too slow for them.
func (s *socket) writeBatch(ctx context.Context, f *follow, batch feed.Batch) error {
	if batch.Lagged {
		lagged := &realtimev1.Lagged{AnalysisId: f.analysisID, ResumeAfter: batch.Position}
		body, err := reply.JSON().Marshal(lagged)
		if err != nil {
			return err
		}
		return s.write(ctx, append(append([]byte(`{"lagged":`), body...), '}'))
	}
	for _, event := range batch.Events {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // unsubscribed, or closing: nobody reads on
		}
		if err := s.write(ctx, event.Frame); err != nil {
			return err
		}
	}
	return nil
}

// refuse tells the client why a message was not taken.
func (s *socket) refuse(ctx context.Context, id string, err error) error {
	st := reply.Status(ctx, err)
	return s.send(ctx, &realtimev1.ServerMessage{Id: id, Message: &realtimev1.ServerMessage_Error{
		Error: &realtimev1.Error{Code: code.Code_name[int32(st.Code())], Message: st.Message()},
	}})
}

// send writes a message.
func (s *socket) send(ctx context.Context, m proto.Message) error {
	body, err := reply.JSON().Marshal(m)
	if err != nil {
		return err
	}
	return s.write(ctx, body)
}
