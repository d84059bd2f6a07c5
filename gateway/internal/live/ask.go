package live

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	realtimev1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/realtime/v1"
)

// answers is an answer as analysis streams it.
type answers = grpc.ServerStreamingClient[analysisv1.AnswerPart]

// ask answers a question about an analysis, beside what else the socket does.
func (s *socket) ask(ctx context.Context, id string, req *realtimev1.Ask) error {
	return s.answer(ctx, id, func(ctx context.Context) (answers, error) {
		return s.server.conversations.StreamAsk(ctx, &analysisv1.AskRequest{
			AnalysisId: req.GetAnalysisId(), Text: req.GetText(), Engine: req.GetEngine(), Model: req.GetModel(), Cache: req.GetCache(),
		})
	})
}

// analyze looks through a text, beside what else the socket does.
func (s *socket) analyze(ctx context.Context, id string, req *realtimev1.Analyze) error {
	return s.answer(ctx, id, func(ctx context.Context) (answers, error) {
		return s.server.conversations.StreamAnalyzeText(ctx, &analysisv1.AnalyzeTextRequest{
			Text: req.GetText(), Question: req.GetQuestion(), Engine: req.GetEngine(), Model: req.GetModel(), Cache: req.GetCache(),
		})
	})
}

// answer tells an answer while it is written. A socket has only so many at a time; one
// more is refused, since whoever asks waits for the answer in any case.
func (s *socket) answer(ctx context.Context, id string, open func(context.Context) (answers, error)) error {
	if s.asking.Add(1) > int32(s.server.opts.MaxAsks) {
		s.asking.Add(-1)
		return s.refuse(ctx, id, errs.Newf(errs.ResourceExhausted, "TOO_MANY_QUESTIONS",
			"a socket asks at most %d questions at a time", s.server.opts.MaxAsks))
	}
	s.tasks.Go(func() {
		defer s.asking.Add(-1)
		ctx, cancel := context.WithTimeout(ctx, s.server.opts.AnswerTimeout)
		defer cancel()
		if err := s.tell(ctx, id, open); err != nil {
			s.end(err)
		}
	})
	return nil
}

// tell writes the parts of an answer at the pace of the client: who does not read
// holds back the stream, and in the end the model. An error means that the socket
// cannot be written to.
func (s *socket) tell(ctx context.Context, id string, open func(context.Context) (answers, error)) error {
	stream, err := open(ctx)
	for err == nil {
		var part *analysisv1.AnswerPart
		if part, err = stream.Recv(); err != nil {
			break
		}
		if err := s.send(answerMessage(id, part)); err != nil {
			return err
		}
	}
	if errors.Is(err, io.EOF) || s.gone(ctx) {
		return nil
	}
	return s.refuse(ctx, id, err)
}

// gone reports whether the socket has ended, which its close code tells.
func (*socket) gone(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

func answerMessage(id string, part *analysisv1.AnswerPart) *realtimev1.ServerMessage {
	if whole := part.GetAnswer(); whole != nil {
		return &realtimev1.ServerMessage{Id: id, Message: &realtimev1.ServerMessage_Answer{Answer: whole}}
	}
	return &realtimev1.ServerMessage{Id: id, Message: &realtimev1.ServerMessage_Delta{Delta: &realtimev1.Delta{Text: part.GetDelta()}}}
}
