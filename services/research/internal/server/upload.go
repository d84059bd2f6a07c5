package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
)

// MaxUpload is the largest file that is taken, in bytes.
const MaxUpload = 50 << 20

// UploadDocument implements researchv1.DocumentServiceServer.
func (s *Documents) UploadDocument(stream grpc.ClientStreamingServer[researchv1.UploadDocumentRequest, researchv1.Document]) error {
	ctx := stream.Context()
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: the client sent nothing at all
		return fmt.Errorf("receive header: %w", err)
	}
	header := first.GetHeader()
	if header == nil {
		return errs.Field("header", "must be the first message of an upload")
	}
	d := store.Document{FileName: baseName(header.GetFileName()), Collection: header.GetCollection()}
	d.Title, d.TitleGiven = d.FileName, false
	if title := strings.TrimSpace(header.GetTitle()); title != "" {
		d.Title, d.TitleGiven = title, true
	}
	doc, err := s.add(ctx, caller, &chunkReader{stream: stream}, d)
	if err != nil {
		return err
	}
	return stream.SendAndClose(doc)
}

// add stores the bytes, then the row and its job together. Bytes without a row
// are harmless; a row without its bytes would be a document that is lost.
func (s *Documents) add(ctx context.Context, caller authn.Caller, content io.Reader, d store.Document) (*researchv1.Document, error) {
	ref, err := s.blobs.Put(ctx, caller.WorkspaceID, content, MaxUpload)
	if errs.Reason(err) == "TOO_LARGE" { // a full disk has the same kind
		return nil, errs.Field("file", fmt.Sprintf("must be at most %d MiB", MaxUpload>>20))
	}
	if err != nil {
		return nil, err
	}
	if ref.Size == 0 {
		return nil, errs.Field("file", "must not be empty")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	d.ID, d.WorkspaceID, d.SHA256, d.SizeBytes = id.String(), caller.WorkspaceID, ref.SHA256, ref.Size

	var created store.Document
	err = s.store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.blobs.Hold(ctx, tx, caller.WorkspaceID, ref.SHA256); err != nil {
			return err
		}
		var isNew bool
		if created, isNew, err = s.store.CreateDocument(ctx, tx, d); err != nil || !isNew {
			return err
		}
		_, err = s.jobs.InsertTx(ctx, tx, worker.IndexArgs{WorkspaceID: caller.WorkspaceID, DocumentID: created.ID}, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return documentToProto(created), nil
}

// chunkReader reads the chunks of an upload as one stream of bytes.
type chunkReader struct {
	stream grpc.ClientStreamingServer[researchv1.UploadDocumentRequest, researchv1.Document]
	rest   []byte
}

// Read implements io.Reader.
func (r *chunkReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		msg, err := r.stream.Recv()
		if err != nil {
			return 0, err // io.EOF when the client has sent everything
		}
		if msg.GetHeader() != nil {
			return 0, errs.Field("header", "must come once, as the first message")
		}
		r.rest = msg.GetChunk()
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// baseName is the file's name without folders, in either kind of path.
func baseName(name string) string {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if base == "." || base == "/" {
		return "upload"
	}
	return base
}
