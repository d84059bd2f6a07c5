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
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

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

// Downloads serves files: what a call opens whose request is an R. Requests have the
// fields offset and length, for a part of the file.
type Downloads[R proto.Message] struct {
	// call opens a file.
	call func(ctx context.Context, req R, opts ...grpc.CallOption) (grpc.ServerStreamingClient[httpbody.HttpBody], error)
	// key is the field of the request that stands in the path.
	key protoreflect.Name
}

// Exports serves `GET /api/v1/reports/{id}/export`.
func Exports(reports reportv1.ReportServiceClient) http.Handler {
	return Downloads[*reportv1.ExportReportRequest]{reports.ExportReport, "id"}
}

// Shared serves `GET /api/v1/shared/{token}`.
func Shared(shares reportv1.ShareServiceClient) http.Handler {
	return Downloads[*reportv1.ExportSharedReportRequest]{shares.ExportSharedReport, "token"}
}

// Contents serves `GET /api/v1/sources/{id}/content`.
func Contents(research researchv1.ResearchServiceClient) http.Handler {
	return Downloads[*researchv1.GetSourceContentRequest]{research.GetSourceContent, "id"}
}

// DocumentContents serves `GET /api/v1/documents/{id}/content`.
func DocumentContents(documents researchv1.DocumentServiceClient) http.Handler {
	return Downloads[*researchv1.GetDocumentContentRequest]{documents.GetDocumentContent, "id"}
}

// fields of a request that do not stand in the query: the Range header has them.
const (
	offsetField protoreflect.Name = "offset"
	lengthField protoreflect.Name = "length"
)

// read reads a request out of its path and query.
func (d Downloads[R]) read(r *http.Request) (R, error) {
	var none R
	req, _ := none.ProtoReflect().New().Interface().(R)
	query := r.URL.Query()
	for _, name := range []protoreflect.Name{d.key, offsetField, lengthField} {
		if query.Has(string(name)) {
			return none, &reply.BadField{Field: string(name), Rule: "is not a parameter of this request"}
		}
	}
	if err := rest.Query(req, query); err != nil {
		return none, err
	}
	set(req, d.key, protoreflect.ValueOfString(r.PathValue(string(d.key))))
	return req, nil
}

// set sets a field that the request has.
func set(req proto.Message, name protoreflect.Name, value protoreflect.Value) {
	m := req.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName(name), value)
}

// ServeHTTP implements http.Handler. Until the first piece is there, an error is an
// answer like any other.
func (d Downloads[R]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := d.read(r)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	ctx, cancel := context.WithCancel(edge.Outgoing(r))
	defer cancel()
	asked := rangeOf(r.Header)
	f, err := d.begin(ctx, req, asked)
	if err == nil && asked.isRange && !f.fits(r.Header.Get("If-Range")) {
		// The part that the client has is of another file: it gets this one whole.
		asked = part{}
		f, err = d.begin(ctx, req, asked)
	}
	if errors.Is(err, errs.OutOfRange) {
		f.rangeless(w.Header())
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
func (d Downloads[R]) begin(ctx context.Context, req R, p part) (file, error) {
	set(req, offsetField, protoreflect.ValueOfInt64(p.offset))
	set(req, lengthField, protoreflect.ValueOfInt64(p.length))
	stream, err := d.call(ctx, req)
	if err != nil {
		return file{}, err
	}
	f := file{stream: stream}
	f.first, err = stream.Recv()
	f.md, _ = stream.Header() // its errors are Recv's
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return f, err
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
