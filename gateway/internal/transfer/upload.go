// Package transfer carries files between HTTP and gRPC streams, in pieces: no
// file is ever held whole.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/researcherpro/researcherpro/gateway/internal/edge"
	"github.com/researcherpro/researcherpro/gateway/internal/reply"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// maxUpload is the largest body of an upload, in bytes: the largest file
	// that research takes and its wrapping.
	maxUpload = 1<<30 + 1<<20
	// maxField is the largest form field before the file, in bytes.
	maxField = 4 << 10
	// chunkSize is how much of a file goes in one message, in bytes.
	chunkSize = 128 << 10
	// stall is how long a client may send nothing.
	stall = 30 * time.Second
)

// errBroken means that the client's body ended before the form did.
var errBroken = errs.Field("body", "broke off before the end of the form")

// IsMultipart reports whether the request is a form with a file.
func IsMultipart(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == "multipart/form-data"
}

// Uploads serves `POST /api/v1/documents` with a multipart body: the fields
// title and collection, both optional, and then the file.
type Uploads struct {
	Documents researchv1.DocumentServiceClient
}

// ServeHTTP implements http.Handler.
func (u Uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !edge.LimitBody(r, maxUpload) {
		reply.Error(w, r, errs.Field("body", "is too large"))
		return
	}
	form, err := r.MultipartReader()
	if err != nil {
		reply.Error(w, r, errs.Field("body", "must be multipart/form-data with a boundary"))
		return
	}
	// Cancelling is what makes the service store nothing of a broken upload.
	ctx, cancel := context.WithCancel(edge.Outgoing(r))
	defer cancel()
	doc, err := u.upload(ctx, form, http.NewResponseController(w))
	if err != nil {
		reply.Error(w, r, reply.Flat(err, "header."))
		return
	}
	reply.Message(w, r, http.StatusOK, doc)
}

// upload sends the form's file on and returns the document it became.
func (u Uploads) upload(ctx context.Context, form *multipart.Reader, rc *http.ResponseController) (*researchv1.Document, error) {
	_ = rc.SetReadDeadline(time.Now().Add(stall))
	header := &researchv1.UploadDocumentRequest_Header{}
	file, err := readFields(form, header)
	if err != nil {
		return nil, err
	}
	stream, err := u.Documents.UploadDocument(ctx)
	if err != nil {
		return nil, fmt.Errorf("open upload: %w", err)
	}
	first := &researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Header_{Header: header}}
	if err := stream.Send(first); err != nil {
		return nil, answerOf(stream, err)
	}
	if err := copyFile(stream, file, rc); err != nil {
		return nil, err
	}
	if err := expectEnd(form); err != nil {
		return nil, err
	}
	// Everything is read; from here on the deadline would end the wait for the
	// answer. A body whose connection has no deadlines has none to lift.
	_ = rc.SetReadDeadline(time.Time{})
	return stream.CloseAndRecv()
}

// readFields reads up to the file and fills the header.
func readFields(form *multipart.Reader, header *researchv1.UploadDocumentRequest_Header) (*multipart.Part, error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, errs.Field("file", "must be given")
		}
		if err != nil {
			return nil, errBroken
		}
		switch name := part.FormName(); name {
		case "file":
			header.FileName = part.FileName()
			if header.GetFileName() == "" {
				return nil, errs.Field("file", "must have a file name")
			}
			return part, nil
		case "title":
			header.Title, err = readField(part)
		case "collection":
			header.Collection, err = readField(part)
		default:
			err = errs.Field(name, "is not a field of this form, which has title, collection and file")
		}
		if err != nil {
			return nil, err
		}
	}
}

// readField reads a short text field.
func readField(part *multipart.Part) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return "", errBroken
	}
	if len(text) > maxField {
		return "", errs.Field(part.FormName(), fmt.Sprintf("must be at most %d bytes", maxField))
	}
	return string(text), nil
}

// copyFile sends the file's bytes as they come.
func copyFile(stream researchv1.DocumentService_UploadDocumentClient, file io.Reader, rc *http.ResponseController) error {
	for {
		_ = rc.SetReadDeadline(time.Now().Add(stall))
		// A new slice each time: gRPC may still read the last one.
		chunk := make([]byte, chunkSize)
		n, err := fill(file, chunk)
		if n > 0 {
			msg := &researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Chunk{Chunk: chunk[:n]}}
			if err := stream.Send(msg); err != nil {
				return answerOf(stream, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errBroken
		}
	}
}

// fill reads until p is full. Unlike io.ReadFull it tells the end of the form's
// part, io.EOF, from a body that broke off.
func fill(r io.Reader, p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m, err := r.Read(p[n:])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// expectEnd makes sure that nothing follows the file, which would come too late
// to be sent with it.
func expectEnd(form *multipart.Reader) error {
	part, err := form.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return errBroken
	case part.FormName() == "file":
		return errs.Field("file", "must stand only once")
	default:
		return errs.Field(part.FormName(), "must come before the file")
	}
}

// answerOf returns why the service stopped reading: Send itself only says that
// it did.
func answerOf(stream researchv1.DocumentService_UploadDocumentClient, err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if _, answer := stream.CloseAndRecv(); answer != nil {
		return answer
	}
	return err
}
