package server

import (
	"cmp"
	"mime"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// GetDocumentContent implements researchv1.DocumentServiceServer.
func (s *Documents) GetDocumentContent(req *researchv1.GetDocumentContentRequest, stream grpc.ServerStreamingServer[httpbody.HttpBody]) error {
	ctx := stream.Context()
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	d, err := s.store.GetDocument(ctx, caller.WorkspaceID, req.GetId())
	if err != nil {
		return err
	}
	digest, mediaType := d.TextSHA256, "text/plain; charset=utf-8"
	if req.GetRaw() {
		digest, mediaType = d.SHA256, cmp.Or(d.MediaType, "application/octet-stream")
	}
	if digest == "" {
		return errs.New(errs.NotFound, "NO_SNAPSHOT", "the document has no text: it is not read yet, or cannot be")
	}
	blob, _, err := s.blobs.Get(ctx, caller.WorkspaceID, digest)
	if err != nil {
		return err
	}
	defer blob.Close()
	if req.GetRaw() && d.FileName != "" {
		// FormatMediaType writes what is not ASCII as RFC 2231 says, or nothing.
		name := mime.FormatMediaType("attachment", map[string]string{"filename": d.FileName})
		if err := stream.SetHeader(metadata.Pairs("content-disposition", name)); err != nil {
			return err
		}
	}
	return sendChunks(stream, blob, mediaType)
}
