package transfer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/gateway/internal/rest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// pagePolicy is the policy of what is downloaded: a page may show its own text,
// styles and images, and can neither run scripts nor reach anything, because
// its words came from anywhere.
const pagePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"

// content is a gRPC stream of a file's pieces.
type content interface {
	Header() (metadata.MD, error)
	Recv() (*httpbody.HttpBody, error)
}

// Exports serves `GET /api/v1/reports/{id}/export`.
type Exports struct{ Reports reportv1.ReportServiceClient }

// ServeHTTP implements http.Handler.
func (e Exports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &reportv1.ExportReportRequest{}
	download(w, r, req, func(ctx context.Context, p part) (content, error) {
		asked := proto.CloneOf(req)
		asked.Id = r.PathValue("id")
		if p.isRange {
			asked.Offset, asked.Length = p.offset, p.length
		}
		return e.Reports.ExportReport(ctx, asked)
	})
}

// Shared serves `GET /api/v1/shared/{token}`.
type Shared struct{ Shares reportv1.ShareServiceClient }

// ServeHTTP implements http.Handler.
func (s Shared) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &reportv1.ExportSharedReportRequest{}
	download(w, r, req, func(ctx context.Context, p part) (content, error) {
		asked := proto.CloneOf(req)
		asked.Token = r.PathValue("token")
		if p.isRange {
			asked.Offset, asked.Length = p.offset, p.length
		}
		return s.Shares.ExportSharedReport(ctx, asked)
	})
}

// Contents serves `GET /api/v1/sources/{id}/content`.
type Contents struct {
	Research researchv1.ResearchServiceClient
}

// ServeHTTP implements http.Handler.
func (c Contents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &researchv1.GetSourceContentRequest{}
	download(w, r, req, func(ctx context.Context, _ part) (content, error) {
		req.Id = r.PathValue("id")
		return c.Research.GetSourceContent(ctx, req)
	})
}

// DocumentContents serves `GET /api/v1/documents/{id}/content`.
type DocumentContents struct {
	Documents researchv1.DocumentServiceClient
}

// ServeHTTP implements http.Handler.
func (c DocumentContents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &researchv1.GetDocumentContentRequest{}
	download(w, r, req, func(ctx context.Context, _ part) (content, error) {
		req.Id = r.PathValue("id")
		return c.Documents.GetDocumentContent(ctx, req)
	})
}

// opener opens a file, or a part of it if it has parts.
type opener func(context.Context, part) (content, error)

// download reads the query into req, opens the stream and copies it. Until the
// first piece is there, an error is an answer like any other.
func download(w http.ResponseWriter, r *http.Request, req proto.Message, open opener) {
	query := r.URL.Query()
	for _, name := range []string{"id", "token"} { // they stand in the path
		if query.Has(name) {
			reply.Error(w, r, &reply.BadField{Field: name, Rule: "is not a parameter of this request"})
			return
		}
	}
	if err := rest.Query(req, query); err != nil {
		reply.Error(w, r, err)
		return
	}
	ctx, cancel := context.WithCancel(edge.Outgoing(r))
	defer cancel()
	asked := rangeOf(r.Header)
	f, err := begin(ctx, open, asked)
	if err == nil && asked.isRange && !f.fits(r.Header.Get("If-Range")) {
		// The part that the client has is of another file: it gets this one whole.
		asked = part{}
		f, err = begin(ctx, open, asked)
	}
	if errors.Is(err, errs.OutOfRange) {
		reply.ErrorCode(w, r, http.StatusRequestedRangeNotSatisfiable, err)
		return
	}
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	f.describe(w.Header())
	if f.matches(r.Header.Get("If-None-Match")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(f.limit(w.Header(), asked))
	if f.first != nil {
		copyPieces(w, r, f.stream, f.first)
	}
}

// file is a file whose first piece is there.
type file struct {
	stream content
	first  *httpbody.HttpBody // nil if the file is empty
	md     metadata.MD
}

// begin opens a file and waits for its first piece.
func begin(ctx context.Context, open opener, p part) (file, error) {
	stream, err := open(ctx, p)
	if err != nil {
		return file{}, err
	}
	f := file{stream: stream}
	f.first, err = stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return file{}, err
	}
	f.md, _ = stream.Header() // its errors are Recv's
	return f, nil
}

// describe sets the headers of a file.
func (f file) describe(h http.Header) {
	mediaType := f.first.GetContentType()
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	h.Set("Content-Type", mediaType)
	if f.tag() != "" {
		h.Set("ETag", f.tag())
	}
	h.Set("Content-Security-Policy", pagePolicy)
	disposition := "attachment"
	if given := f.md.Get("content-disposition"); len(given) > 0 {
		// Read and written anew, so that a file name can break no header.
		if kind, params, err := mime.ParseMediaType(given[0]); err == nil {
			if formatted := mime.FormatMediaType(kind, params); formatted != "" {
				disposition = formatted
			}
		}
	}
	h.Set("Content-Disposition", disposition)
}

// copyPieces writes the pieces. A stream that breaks off breaks the connection
// off, too, so that the client does not take the part for the whole.
func copyPieces(w http.ResponseWriter, r *http.Request, stream content, piece *httpbody.HttpBody) {
	rc := http.NewResponseController(w)
	for {
		_ = rc.SetWriteDeadline(time.Now().Add(stall))
		if _, err := w.Write(piece.GetData()); err != nil {
			slog.DebugContext(r.Context(), "client went away", "error", err)
			return
		}
		var err error
		piece, err = stream.Recv()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			slog.WarnContext(r.Context(), "download broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
	}
}
