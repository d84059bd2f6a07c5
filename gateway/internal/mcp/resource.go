package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

const (
	reportScheme   = "researcher-pro://reports/"
	findingScheme  = "researcher-pro://research/"
	findingsEnd    = "/findings"
	maxResource    = 1 << 20 // bytes of a report that is attached as a whole
	maxAttachments = 200     // findings
)

// addResources lets users attach reports and findings to a conversation.
func (s *Server) addResources() {
	s.server.AddResourceTemplate(&sdk.ResourceTemplate{
		Name: "report", Title: "Report", MIMEType: "text/markdown", URITemplate: reportScheme + "{id}",
		Description: "The newest version of a report as Markdown." + isData,
	}, resource(s.reportResource))
	s.server.AddResourceTemplate(&sdk.ResourceTemplate{
		Name: "findings", Title: "Findings", MIMEType: "application/json", URITemplate: findingScheme + "{id}" + findingsEnd,
		Description: "The findings of research with their verdicts and quotes." + isData,
	}, resource(s.findingsResource))
}

// resource makes the errors of a handler those of the protocol.
func resource(read sdk.ResourceHandler) sdk.ResourceHandler {
	return func(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
		result, err := read(ctx, req)
		switch {
		case errors.Is(err, errs.NotFound), errors.Is(err, errs.InvalidArgument):
			return nil, sdk.ResourceNotFoundError(req.Params.URI) // an id that is none is not there either
		case err != nil:
			return nil, protocolError(ctx, err)
		}
		return result, nil
	}
}

func (s *Server) reportResource(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	ctx, c, end, err := begin(ctx, 2*s.opts.Call)
	if err != nil {
		return nil, err
	}
	defer end()
	defer c.out.keepAlive(s.opts.Heartbeat)()
	id := strings.TrimPrefix(req.Params.URI, reportScheme)
	whole, err := s.reportPiece(ctx, reportInput{ID: id, pieceInput: pieceInput{MaxBytes: maxResource}})
	if err != nil {
		return nil, err
	}
	if whole.NextOffset > 0 {
		whole.Text += "\n\n[The report is longer: read_report has all of it.]\n"
	}
	return contents(req.Params.URI, "text/markdown", whole.Text), nil
}

func (s *Server) findingsResource(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return nil, err
	}
	defer end()
	id := strings.TrimSuffix(strings.TrimPrefix(req.Params.URI, findingScheme), findingsEnd)
	page, err := s.Analyses.ListFindings(ctx, &analysisv1.ListFindingsRequest{AnalysisId: id, PageSize: maxAttachments})
	if err != nil {
		return nil, err
	}
	found := findingList{Findings: []finding{}, NextPageToken: page.GetNextPageToken()}
	for _, f := range page.GetFindings() {
		found.Findings = append(found.Findings, newFinding(f))
	}
	text, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	return contents(req.Params.URI, "application/json", string(text)), nil
}

func contents(uri, mediaType, text string) *sdk.ReadResourceResult {
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: mediaType, Text: text}}}
}
