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
	download(w, r, req, func(ctx context.Context) (content, error) {
		req.Id = r.PathValue("id")
		return e.Reports.ExportReport(ctx, req)
	})
}

// Contents serves `GET /api/v1/sources/{id}/content`.
type Contents struct {
	Research researchv1.ResearchServiceClient
}

// ServeHTTP implements http.Handler.
func (c Contents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &researchv1.GetSourceContentRequest{}
	download(w, r, req, func(ctx context.Context) (content, error) {
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
	download(w, r, req, func(ctx context.Context) (content, error) {
		req.Id = r.PathValue("id")
		return c.Documents.GetDocumentContent(ctx, req)
	})
}

// download reads the query into req, opens the stream and copies it. Until the
// first piece is there, an error is an answer like any other.
func download(w http.ResponseWriter, r *http.Request, req proto.Message, open func(context.Context) (content, error)) {
	query := r.URL.Query()
	if query.Has("id") { // it stands in the path
		reply.Error(w, r, &reply.BadField{Field: "id", Rule: "is not a parameter of this request"})
		return
	}
	if err := rest.Query(req, query); err != nil {
		reply.Error(w, r, err)
		return
	}
	ctx, cancel := context.WithCancel(edge.Outgoing(r))
	defer cancel()
	stream, err := open(ctx)
	if err != nil {
		reply.Error(w, r, err)
		return
	}
	piece, err := stream.Recv()
	empty := errors.Is(err, io.EOF)
	if err != nil && !empty {
		reply.Error(w, r, err)
		return
	}
	md, _ := stream.Header() // its errors are Recv's
	describe(w.Header(), piece, md)
	w.WriteHeader(http.StatusOK)
	if !empty {
		copyPieces(w, r, stream, piece)
	}
}

// describe sets the headers of a file.
func describe(h http.Header, first *httpbody.HttpBody, md metadata.MD) {
	mediaType := first.GetContentType()
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	h.Set("Content-Type", mediaType)
	h.Set("Content-Security-Policy", pagePolicy)
	disposition := "attachment"
	if given := md.Get("content-disposition"); len(given) > 0 {
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
