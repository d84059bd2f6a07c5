package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/converse"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// Conversations implements analysisv1.ConversationServiceServer.
type Conversations struct {
	analysisv1.UnsafeConversationServiceServer

	store  *store.Store
	talker *converse.Talker
}

var _ analysisv1.ConversationServiceServer = (*Conversations)(nil)

// NewConversations returns the server of conversations.
func NewConversations(s *store.Store, t *converse.Talker) *Conversations {
	return &Conversations{store: s, talker: t}
}

// Ask implements analysisv1.ConversationServiceServer.
func (c *Conversations) Ask(ctx context.Context, req *analysisv1.AskRequest) (*analysisv1.Answer, error) {
	return c.talker.Ask(ctx, req, nil)
}

// StreamAsk implements analysisv1.ConversationServiceServer.
func (c *Conversations) StreamAsk(req *analysisv1.AskRequest, stream grpc.ServerStreamingServer[analysisv1.AnswerPart]) error {
	answer, err := c.talker.Ask(stream.Context(), req, deltas(stream))
	if err != nil {
		return err
	}
	return finish(stream, answer)
}

// AnalyzeText implements analysisv1.ConversationServiceServer.
func (c *Conversations) AnalyzeText(ctx context.Context, req *analysisv1.AnalyzeTextRequest) (*analysisv1.Answer, error) {
	return c.talker.AnalyzeText(ctx, req, nil)
}

// StreamAnalyzeText implements analysisv1.ConversationServiceServer.
func (c *Conversations) StreamAnalyzeText(req *analysisv1.AnalyzeTextRequest, stream grpc.ServerStreamingServer[analysisv1.AnswerPart]) error {
	answer, err := c.talker.AnalyzeText(stream.Context(), req, deltas(stream))
	if err != nil {
		return err
	}
	return finish(stream, answer)
}

// deltas returns what sends pieces of an answer as they come.
func deltas(stream grpc.ServerStreamingServer[analysisv1.AnswerPart]) func(string) error {
	return func(text string) error {
		return stream.Send(&analysisv1.AnswerPart{Part: &analysisv1.AnswerPart_Delta{Delta: text}})
	}
}

func finish(stream grpc.ServerStreamingServer[analysisv1.AnswerPart], answer *analysisv1.Answer) error {
	return stream.Send(&analysisv1.AnswerPart{Part: &analysisv1.AnswerPart_Answer{Answer: answer}})
}

// ListMessages implements analysisv1.ConversationServiceServer.
func (c *Conversations) ListMessages(ctx context.Context, req *analysisv1.ListMessagesRequest) (*analysisv1.ListMessagesResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.store.GetAnalysis(ctx, caller.WorkspaceID, req.GetAnalysisId()); err != nil {
		return nil, err
	}
	asked, err := page.Ask[page.ID](req, page.List{Filter: store.MessageFilter(), Query: []string{"messages", req.GetAnalysisId()}})
	if err != nil {
		return nil, err
	}
	list, err := c.store.ListMessages(ctx, caller.WorkspaceID, req.GetAnalysisId(), asked.Query)
	if err != nil {
		return nil, err
	}
	resp := &analysisv1.ListMessagesResponse{}
	list, resp.NextPageToken, err = page.Turn(asked, list, func(m store.Message) page.ID { return page.ID(m.ID) })
	if err != nil {
		return nil, err
	}
	for _, row := range list {
		message, err := message(row)
		if err != nil {
			return nil, err
		}
		resp.Messages = append(resp.Messages, message)
	}
	return resp, nil
}

// message returns a row as callers see it.
func message(row store.Message) (*analysisv1.Message, error) {
	answer := &analysisv1.Answer{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Answer, answer); err != nil {
		return nil, fmt.Errorf("decode message %s: %w", row.ID, err)
	}
	return &analysisv1.Message{
		Id: row.ID, AnalysisId: row.AnalysisID, UserId: row.UserID, Question: row.Question, Answer: answer,
		CreateTime: timestamppb.New(row.CreateTime),
	}, nil
}

// ClearMessages implements analysisv1.ConversationServiceServer.
func (c *Conversations) ClearMessages(ctx context.Context, req *analysisv1.ClearMessagesRequest) (*emptypb.Empty, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, c.store.ClearMessages(ctx, caller.WorkspaceID, req.GetAnalysisId())
}
