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
	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
)

// MaxUpload is the largest file that is taken, in bytes. It is more than is read of
// one: a larger file is kept, and says why it has no text.
const MaxUpload = 1 << 30

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

// add stores the bytes, the row and its job. The bytes come whole first, so that a
// slow client holds no transaction; then they are one step: bytes without a row go
// again, and a row without its bytes, a document that is lost, cannot be.
func (s *Documents) add(ctx context.Context, caller authn.Caller, content io.Reader, d store.Document) (*researchv1.Document, error) {
	limits, err := s.settings.Of(ctx, caller.WorkspaceID, caller.UserID)
	if err != nil {
		return nil, err
	}
	staged, err := blobstore.Stage(ctx, content, MaxUpload)
	if errs.Reason(err) == "TOO_LARGE" { // a full disk has the same kind
		return nil, errs.Field("file", fmt.Sprintf("must be at most %d MiB", MaxUpload>>20))
	}
	if err != nil {
		return nil, err
	}
	defer staged.Close()
	if staged.Ref.Size == 0 {
		return nil, errs.Field("file", "must not be empty")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	d.ID, d.WorkspaceID, d.SHA256, d.SizeBytes = id.String(), caller.WorkspaceID, staged.Ref.SHA256, staged.Ref.Size
	if err := s.blobs.Begin(ctx, caller.WorkspaceID); err != nil {
		return nil, err
	}
	created, err := s.enter(ctx, staged, d, limits)
	if err != nil {
		s.blobs.Release(ctx, caller.WorkspaceID, staged.Ref.SHA256)
		return nil, err
	}
	return documentToProto(created), nil
}

// enter makes a document of a content, unless there is one of the same bytes, which
// it returns then.
func (s *Documents) enter(ctx context.Context, content *blobstore.Staged, d store.Document, limits settings.Settings) (created store.Document, err error) {
	err = s.store.InWorkspace(ctx, d.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.blobs.Enter(ctx, tx, d.WorkspaceID, content); err != nil {
			return err
		}
		var isNew bool
		if created, isNew, err = s.store.CreateDocument(ctx, tx, d); err != nil || !isNew {
			return err
		}
		if err := s.checkQuota(ctx, tx, d.WorkspaceID, limits); err != nil {
			return err
		}
		_, err = s.jobs.InsertTx(ctx, tx, worker.IndexArgs{WorkspaceID: d.WorkspaceID, DocumentID: created.ID}, nil)
		return err
	})
	return created, err
}

// checkQuota refuses the document that tx has added when it is one too many.
func (s *Documents) checkQuota(ctx context.Context, tx pgx.Tx, workspaceID string, limits settings.Settings) error {
	if limits.MaxDocuments == 0 && limits.MaxLibraryBytes == 0 {
		return nil // so that uploads do not wait for each other
	}
	size, err := s.store.LockSize(ctx, tx, workspaceID)
	if err != nil {
		return err
	}
	if limits.MaxDocuments > 0 && size.Documents > limits.MaxDocuments {
		return errs.Newf(errs.ResourceExhausted, "QUOTA_EXCEEDED",
			"the workspace's quota of %d documents is used up", limits.MaxDocuments)
	}
	if limits.MaxLibraryBytes > 0 && size.Bytes > limits.MaxLibraryBytes {
		return errs.Newf(errs.ResourceExhausted, "QUOTA_EXCEEDED",
			"the document does not fit into what is left of the workspace's quota of %d bytes", limits.MaxLibraryBytes)
	}
	return nil
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
