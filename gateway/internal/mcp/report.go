package mcp

import (
	"context"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// pieceInput asks for a part of a text.
type pieceInput struct {
	Offset   int64 `json:"offset,omitempty" jsonschema:"Where to begin, in bytes; the nextOffset of the piece before to go on"`
	MaxBytes int64 `json:"maxBytes,omitempty" jsonschema:"At most so many bytes"`
}

// size is how many bytes are asked for. The least leaves room for any character.
func (in pieceInput) size() int64 { return max(in.MaxBytes, 8) }

// window returns the part of a content to ask for. The byte before the offset tells
// whether that is at the very end, which is no error for somebody who goes on; some
// behind the piece tell whether there is more.
func (in pieceInput) window() (offset, length int64) {
	return max(0, in.Offset-1), in.size() + 2*utf8.UTFMax
}

// pieceArguments are the limits of a pieceInput.
func pieceArguments(id argument) arguments {
	return arguments{"id": id, "offset": upTo(1<<40, 0), "maxBytes": upTo(maxPiece, usualPiece)}
}

// reportInput are the arguments of read_report.
type reportInput struct {
	ID      string `json:"id" jsonschema:"The id of the report: the reportId of the research"`
	Version int32  `json:"version,omitempty" jsonschema:"The version; the newest when left out. Give that of the first piece with all others"`
	pieceInput
}

// reportPiece is a part of a report.
type reportPiece struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version int32  `json:"version" jsonschema:"The version that the text is of"`
	piece
}

func (p reportPiece) words() string { return p.fenced() }

func (s *Server) readReport(ctx context.Context, _ *sdk.CallToolRequest, in reportInput) (reportPiece, error) {
	// It may have to be rendered first, which takes longer than to read it.
	ctx, c, end, err := begin(ctx, 2*s.opts.Call)
	if err != nil {
		return reportPiece{}, err
	}
	defer end()
	defer c.out.keepAlive(s.opts.Heartbeat)()
	return s.reportPiece(ctx, in)
}

// reportPiece reads a part of one version: the newest may be another one by the time
// that the next part is asked for.
func (s *Server) reportPiece(ctx context.Context, in reportInput) (reportPiece, error) {
	report, err := s.Reports.GetReport(ctx, &reportv1.GetReportRequest{Id: in.ID})
	if err != nil {
		return reportPiece{}, err
	}
	version := in.Version
	if version == 0 {
		version = report.GetVersion()
	}
	first, length := in.window()
	stream, err := s.Reports.ExportReport(ctx, &reportv1.ExportReportRequest{
		Id: in.ID, Format: "md", Version: version, Offset: first, Length: length,
	})
	if err != nil {
		return reportPiece{}, err
	}
	text, err := readPiece(stream, first, in.Offset, in.size())
	return reportPiece{ID: in.ID, Title: report.GetTitle(), Version: version, piece: text}, err
}

// reportsInput are the arguments of list_reports.
type reportsInput struct {
	ResearchID string `json:"researchId,omitempty" jsonschema:"Only the reports of this research"`
	pageInput
}

// report is a report in a list.
type report struct {
	ID         string `json:"id"`
	ResearchID string `json:"researchId"`
	Title      string `json:"title"`
	Version    int32  `json:"version"`
	Findings   int32  `json:"findings" jsonschema:"How many findings it shows"`
	References int32  `json:"references" jsonschema:"How many sources it refers to"`
	CreateTime string `json:"createTime,omitempty"`
}

// reportList is a page of reports.
type reportList struct {
	Reports       []report `json:"reports"`
	NextPageToken string   `json:"nextPageToken,omitempty" jsonschema:"Give it to get the next page; absent on the last"`
}

func (s *Server) listReports(ctx context.Context, _ *sdk.CallToolRequest, in reportsInput) (reportList, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return reportList{}, err
	}
	defer end()
	page, err := s.Reports.ListReports(ctx, &reportv1.ListReportsRequest{AnalysisId: in.ResearchID, PageSize: in.PageSize, PageToken: in.PageToken})
	found := reportList{Reports: []report{}, NextPageToken: page.GetNextPageToken()}
	for _, r := range page.GetReports() {
		found.Reports = append(found.Reports, report{
			ID: r.GetId(), ResearchID: r.GetAnalysisId(), Title: r.GetTitle(), Version: r.GetVersion(),
			Findings: r.GetFindingCount(), References: r.GetReferenceCount(), CreateTime: written(r.GetCreateTime()),
		})
	}
	return found, err
}
