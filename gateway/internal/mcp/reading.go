package mcp

import (
	"context"
	"errors"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	"github.com/researcherpro/researcherpro/gateway/internal/live"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// addReading adds the tools that read what came of research.
func (s *Server) addReading() error {
	list, ask := &analysisv1.ListFindingsRequest{}, &analysisv1.AskRequest{}
	reports := &reportv1.ListReportsRequest{}
	report := pieceArguments(of(&reportv1.ExportReportRequest{}, "id"))
	report["version"] = of(&reportv1.ExportReportRequest{}, "version")
	return errors.Join(
		addTool(s, tool{"read_findings", "Read findings", findWords, reads, limit.Read, arguments{
			"id": of(list, "analysis_id"), "pageSize": upTo(50, 20), "pageToken": of(list, "page_token"),
		}}, s.findings),
		addTool(s, tool{"read_report", "Read a report", reportWords, reads, limit.Download, report}, s.readReport),
		addTool(s, tool{"list_reports", "List reports", reportsWords, reads, limit.Read, arguments{
			"researchId": of(reports, "analysis_id"), "pageSize": upTo(50, 20), "pageToken": of(reports, "page_token"),
		}}, s.listReports),
		addTool(s, tool{
			"read_source", "Read a source", sourceWords, reads, limit.Download,
			pieceArguments(of(&researchv1.GetSourceContentRequest{}, "id")),
		}, s.readSource),
		addTool(s, tool{"ask", "Ask about research", askWords, adds, limit.Ask, arguments{
			"id": of(ask, "analysis_id"), "question": of(ask, "text"), "engine": of(ask, "engine"),
		}}, s.ask),
	)
}

// sourceInput are the arguments of read_source.
type sourceInput struct {
	ID string `json:"id" jsonschema:"The sourceId of a citation"`
	pieceInput
}

// sourcePiece is a part of a source.
type sourcePiece struct {
	ID string `json:"id"`
	piece
}

func (p sourcePiece) words() string { return p.fenced() }

func (s *Server) readSource(ctx context.Context, _ *sdk.CallToolRequest, in sourceInput) (sourcePiece, error) {
	text, err := s.readText(ctx, in.pieceInput, func(ctx context.Context, offset, length int64) (content, error) {
		return s.Research.GetSourceContent(ctx, &researchv1.GetSourceContentRequest{Id: in.ID, Offset: offset, Length: length})
	})
	return sourcePiece{ID: in.ID, piece: text}, err
}

// readText reads a part of a text that open opens.
func (s *Server) readText(
	ctx context.Context, in pieceInput, open func(ctx context.Context, offset, length int64) (content, error),
) (piece, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return piece{}, err
	}
	defer end()
	first, length := in.window()
	stream, err := open(ctx, first, length)
	if err != nil {
		return piece{}, err
	}
	return readPiece(stream, first, in.Offset, in.size())
}

// askInput are the arguments of ask.
type askInput struct {
	ID       string `json:"id" jsonschema:"The id of the research"`
	Question string `json:"question" jsonschema:"What to ask about its evidence"`
	Engine   string `json:"engine,omitempty" jsonschema:"What answers; that of the research when left out"`
}

// answered is what ask returns.
type answered struct {
	Answer     string     `json:"answer" jsonschema:"The answer; a mark such as [2] refers to the second citation"`
	NoEvidence bool       `json:"noEvidence" jsonschema:"Whether nothing in the evidence answers the question"`
	Citations  []citation `json:"citations"`
	Engine     string     `json:"engine"`
	CostUSD    float64    `json:"costUsd"`
}

func (s *Server) ask(ctx context.Context, req *sdk.CallToolRequest, in askInput) (answered, error) {
	ctx, c, end, err := begin(ctx, s.opts.Answer)
	if err != nil {
		return answered{}, err
	}
	defer end()
	defer c.out.keepAlive(s.opts.Heartbeat)()
	ctx, release, err := c.admitted.Hold(ctx)
	if err != nil {
		return answered{}, err
	}
	defer release()
	stream, err := s.Conversations.StreamAsk(ctx, &analysisv1.AskRequest{AnalysisId: in.ID, Text: in.Question, Engine: in.Engine})
	progress, characters := newProgress(req), 0
	for err == nil {
		var part *analysisv1.AnswerPart
		if part, err = stream.Recv(); err != nil {
			break
		}
		if whole := part.GetAnswer(); whole != nil {
			return newAnswered(whole), nil
		}
		// What is written is not checked yet, so only that it is gets told.
		characters += utf8.RuneCountInString(part.GetDelta())
		progress.tell(ctx, float64(characters), "The answer is being written")
	}
	if errors.Is(context.Cause(ctx), live.ErrExpired) {
		return answered{}, errExpired()
	}
	return answered{}, err
}

func newAnswered(a *analysisv1.Answer) answered {
	return answered{
		Answer: a.GetText(), NoEvidence: a.GetNoEvidence(), Citations: newCitations(a.GetCitations()),
		Engine: a.GetEngine(), CostUSD: a.GetUsage().GetCostUsd(),
	}
}

// errExpired ends what a credential had open when it is taken back.
func errExpired() error {
	return errs.New(errs.Unauthenticated, "TOKEN_INVALID", "the access token is no longer good")
}
