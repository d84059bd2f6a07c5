package live

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// Ask serves ConversationService.Ask as Server-Sent Events: `delta`s, then the
// `answer`, or an `error`. The path value is the analysis' id.
func (s *Server) Ask(w http.ResponseWriter, r *http.Request, analysisID string) {
	req := &analysisv1.AskRequest{}
	s.streamAnswer(w, r, req, func(ctx context.Context) (answers, error) {
		req.AnalysisId = analysisID
		return s.conversations.StreamAsk(ctx, req)
	})
}

// Analyze serves ConversationService.AnalyzeText in the same way.
func (s *Server) Analyze(w http.ResponseWriter, r *http.Request) {
	req := &analysisv1.AnalyzeTextRequest{}
	s.streamAnswer(w, r, req, func(ctx context.Context) (answers, error) {
		return s.conversations.StreamAnalyzeText(ctx, req)
	})
}

// streamAnswer reads the request into req and writes the answer as it comes. What goes
// wrong before the first part is answered as JSON with its HTTP status.
func (s *Server) streamAnswer(w http.ResponseWriter, r *http.Request, req proto.Message, open func(context.Context) (answers, error)) {
	body, err := io.ReadAll(r.Body) // the body is limited by the edge
	if err != nil {
		reply.Error(w, r, &reply.BadField{Field: "body", Rule: "broke off before its end"})
		return
	}
	if len(body) > 0 {
		if err := rest.Unmarshal(body, req); err != nil {
			reply.Error(w, r, err)
			return
		}
	}
	admitted, err := s.admit(r)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	ctx, end := context.WithCancelCause(edge.Outgoing(r))
	defer end(nil)
	admitted.ctx, admitted.end = ctx, end
	defer admitted.watch()()
	parts := make(chan part)
	stream, err := open(ctx)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	go receive(ctx, stream, parts)
	out := &eventStream{w: w, rc: http.NewResponseController(w), opts: s.opts}
	out.answer(r, parts)
}

// part is what came of waiting for the next part of an answer.
type part struct {
	*analysisv1.AnswerPart
	err error
}

// receive passes on what a stream has until it ends or ctx does.
func receive(ctx context.Context, stream answers, parts chan<- part) {
	defer close(parts)
	for {
		next, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return
		}
		select {
		case parts <- part{next, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// answer writes the parts of an answer, with a comment every heartbeat, since a model
// may think for a while.
func (s *eventStream) answer(r *http.Request, parts <-chan part) {
	begun := false
	beat := time.NewTicker(s.opts.Heartbeat)
	defer beat.Stop()
	for {
		var frame []byte
		select {
		case <-beat.C:
			frame = []byte(": heartbeat\n\n")
		case p, more := <-parts:
			if !more {
				return
			}
			if p.err != nil && !begun {
				reply.Error(s.w, r, p.err)
				return
			}
			frame = answerFrame(r, p)
		}
		if !begun {
			s.w.Header().Set("Content-Type", "text/event-stream")
			s.w.Header().Set("X-Accel-Buffering", "no")
			begun = true
		}
		if err := s.write(frame); err != nil {
			slog.DebugContext(r.Context(), "answer stream ended", "error", err)
			return
		}
	}
}

// answerFrame is one event: what was written, the whole answer, or what went wrong.
func answerFrame(r *http.Request, p part) []byte {
	name, message := "delta", proto.Message(p.AnswerPart)
	switch {
	case p.err != nil:
		name, message = "error", reply.Status(r.Context(), p.err).Proto()
	case p.GetAnswer() != nil:
		name, message = "answer", p.GetAnswer()
	}
	body, err := reply.JSON().Marshal(message)
	if err != nil {
		slog.ErrorContext(r.Context(), "encode answer", "error", err)
		return []byte("event: error\ndata: {\"code\":13,\"message\":\"internal error\",\"details\":[]}\n\n")
	}
	return []byte("event: " + name + "\ndata: " + string(body) + "\n\n") // one line: protojson breaks none
}
