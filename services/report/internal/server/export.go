package server

import (
	"mime"
	"strings"
	"unicode"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/compose"
	"github.com/researcherpro/researcherpro/services/report/internal/render"
)

// exportChunk is the size of the pieces that a file is sent in, in bytes.
const exportChunk = 256 << 10

// format is a form that reports are exported in.
type format struct {
	name      string // in requests, and the ending of the file's name
	mediaType string
	render    func(*Server, compose.Report) (string, error)
}

// formats are all forms, the default first.
func formats() []format {
	return []format{
		{"md", "text/markdown; charset=utf-8", func(_ *Server, r compose.Report) (string, error) { return render.Markdown(r), nil }},
		{"html", "text/html; charset=utf-8", func(s *Server, r compose.Report) (string, error) { return s.html.Render(r) }},
	}
}

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// ExportReport implements reportv1.ReportServiceServer.
func (s *Server) ExportReport(req *reportv1.ExportReportRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	r, err := s.store.GetReport(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return err
	}
	composed, err := s.compose(ctx, caller, r)
	if err != nil {
		return err
	}
	as := formats()[0]
	for _, f := range formats() {
		if f.name == req.GetFormat() {
			as = f
		}
	}
	file, err := as.render(s, composed)
	if err != nil {
		return err
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": fileName(r.Title) + "." + as.name})
	if err := stream.SetHeader(metadata.Pairs("content-disposition", disposition)); err != nil {
		return err
	}
	return sendFile(stream, file, as.mediaType)
}

func sendFile(stream grpc.ServerStreamingServer[httpbody.HttpBody], file, mediaType string) error {
	for {
		n := min(len(file), exportChunk)
		if err := stream.Send(&httpbody.HttpBody{ContentType: mediaType, Data: []byte(file[:n])}); err != nil {
			return err
		}
		if file = file[n:]; file == "" {
			return nil
		}
	}
}

// maxFileName is the longest file name without its ending, in characters.
const maxFileName = 60

// fileName makes a file name out of a title: its letters and digits, with dashes
// between the words.
func fileName(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	name := []rune(strings.Join(words, "-"))
	if len(name) > maxFileName {
		name = name[:maxFileName]
	}
	if len(name) == 0 {
		return "report"
	}
	return strings.TrimRight(string(name), "-")
}
