package server

import (
	"context"
	"strings"
	"unicode"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/filestream"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/format"
	"github.com/researcherpro/researcherpro/services/report/internal/renderings"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

// ExportReport implements reportv1.ReportServiceServer.
func (s *Reports) ExportReport(req *reportv1.ExportReportRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	v, err := s.editor.Version(ctx, caller.WorkspaceID, req.GetId(), req.GetVersion())
	if err != nil {
		return err
	}
	name := req.GetFormat()
	if name == "" {
		name = "md"
	}
	file, err := exported(ctx, s.files, v, name)
	if err != nil {
		return err
	}
	return filestream.Send(stream, s.files.Blobs(), file, filestream.Part{Offset: req.GetOffset(), Length: req.GetLength()})
}

// exported is a version as a file of a format, which is rendered first if need be.
func exported(ctx context.Context, files *renderings.Renderings, v store.Version, name string) (filestream.File, error) {
	as, err := format.Named(name)
	if err != nil {
		return filestream.File{}, err
	}
	rendered, err := files.Await(ctx, v, as)
	if err != nil {
		return filestream.File{}, err
	}
	return filestream.File{
		WorkspaceID: v.WorkspaceID, SHA256: rendered.SHA256,
		Name: fileName(v.Title) + "." + as.Name, MediaType: as.MediaType,
	}, nil
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
