package server

import (
	"cmp"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filestream"
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
	file := filestream.File{WorkspaceID: caller.WorkspaceID, SHA256: digest, MediaType: mediaType}
	if req.GetRaw() {
		file.Name = d.FileName
	}
	return filestream.Send(stream, s.blobs, file, filestream.Part{Offset: req.GetOffset(), Length: req.GetLength()})
}
