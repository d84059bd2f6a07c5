package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"
	"strings"
	"unicode"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/format"
	"github.com/researcherpro/researcherpro/services/report/internal/renderings"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
)

// exportChunk is the size of the pieces that a file is sent in, in bytes.
const exportChunk = 256 << 10

// errRange is the answer for a part that a file does not have.
var errRange = errs.New(errs.OutOfRange, "RANGE_NOT_SATISFIABLE", "offset is not in the file")

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
	return exporter{files: s.files, stream: stream}.send(ctx, v, name, part{req.GetOffset(), req.GetLength()})
}

// part is the part of a file that is asked for.
type part struct {
	offset int64 // from the end if it is negative
	length int64 // 0 is all
}

// of returns where the part begins in a file and how long it is there.
func (p part) of(size int64) (offset, length int64, err error) {
	if p.offset < 0 {
		p.offset = max(0, size+p.offset)
	}
	if p.offset > size || p.offset == size && size > 0 {
		return 0, 0, errRange
	}
	rest := size - p.offset
	if p.length > 0 {
		rest = min(rest, p.length)
	}
	return p.offset, rest, nil
}

// exporter sends files.
type exporter struct {
	files  *renderings.Renderings
	stream grpc.ServerStreamingServer[httpbody.HttpBody]
	// shown says that a browser may show the file instead of keeping it.
	shown bool
}

// send sends a part of a version as a file.
func (e exporter) send(ctx context.Context, v store.Version, name string, p part) error {
	as, err := format.Named(name)
	if err != nil {
		return err
	}
	file, err := e.files.Open(ctx, v, as)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	offset, length, err := p.of(file.Size)
	if err != nil {
		return err
	}
	disposition := "attachment"
	if e.shown {
		disposition = "inline"
	}
	if err := e.stream.SetHeader(metadata.Pairs(
		"content-disposition", mime.FormatMediaType(disposition, map[string]string{"filename": fileName(v.Title) + "." + as.Name}),
		"content-size", strconv.FormatInt(file.Size, 10),
		"etag", `"`+file.SHA256+`"`,
	)); err != nil {
		return err
	}
	if _, err := io.CopyN(io.Discard, file, offset); err != nil {
		return fmt.Errorf("read a rendered report: %w", err)
	}
	return e.pieces(io.LimitReader(file, length), as.MediaType)
}

// pieces sends what a reader gives, at least one piece, which tells the media type.
func (e exporter) pieces(content io.Reader, mediaType string) error {
	buffer := make([]byte, exportChunk)
	for first := true; ; first = false {
		n, err := io.ReadFull(content, buffer)
		if n > 0 || first {
			if err := e.stream.Send(&httpbody.HttpBody{ContentType: mediaType, Data: buffer[:n]}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a rendered report: %w", err)
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
