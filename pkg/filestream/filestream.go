// Package filestream sends stored files, whole or in part, as gRPC streams of
// google.api.HttpBody. The header metadata tell what is sent, so that the edge can
// answer range and conditional requests without knowing what the file is:
//
//   - content-disposition: whether a browser shows or keeps it, and the file's name
//   - content-size: the size of the whole file in bytes, also when a part is sent
//   - etag: the file's entity tag, in quotes
package filestream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// chunk is the size of the pieces that a file is sent in, in bytes.
const chunk = 256 << 10

// errRange is the answer for a part that a file does not have.
var errRange = errs.New(errs.OutOfRange, "RANGE_NOT_SATISFIABLE", "offset is not in the file")

// Part is the part of a file that is asked for. The zero value is all of it.
type Part struct {
	// Offset is where it begins, in bytes; from the end if it is negative.
	Offset int64
	// Length is how many bytes it has at most; 0 is all that are left.
	Length int64
}

// in returns where the part begins in a file and how long it is there.
func (p Part) in(size int64) (offset, length int64, err error) {
	if p.Offset < 0 {
		p.Offset = max(0, size+p.Offset)
	}
	if p.Offset > size || p.Offset == size && size > 0 {
		return 0, 0, errRange
	}
	length = size - p.Offset
	if p.Length > 0 {
		length = min(length, p.Length)
	}
	return p.Offset, length, nil
}

// File is a file to be sent.
type File struct {
	// WorkspaceID and SHA256, in lower-case hex, name the stored content. The digest
	// becomes the entity tag.
	WorkspaceID, SHA256 string
	// Name is the name under which it is saved; "" leaves that to the client.
	Name string
	// Shown says that a browser may show the file instead of keeping it.
	Shown bool
	// MediaType is its type.
	MediaType string
}

// Store is where the content is: a blobstore.Store.
type Store interface {
	GetPart(ctx context.Context, workspaceID, sha string, part blobstore.Part) (io.ReadCloser, error)
	Size(ctx context.Context, workspaceID, sha string) (int64, error)
}

// disposition is the file's content-disposition. FormatMediaType writes what is not
// ASCII as RFC 2231 says.
func (f File) disposition() string {
	kind, params := "attachment", map[string]string{}
	if f.Shown {
		kind = "inline"
	}
	if f.Name != "" {
		params["filename"] = f.Name
	}
	return mime.FormatMediaType(kind, params)
}

// Send sends a part of a file in pieces, at least one, which tells the media type.
// A part that begins behind the file's end is errs.OutOfRange; the metadata are sent
// all the same.
func Send(stream grpc.ServerStreamingServer[httpbody.HttpBody], store Store, f File, part Part) error {
	ctx := stream.Context()
	size, err := store.Size(ctx, f.WorkspaceID, f.SHA256)
	if err != nil {
		return hidden(err)
	}
	if err := stream.SetHeader(metadata.Pairs(
		"content-disposition", f.disposition(),
		"content-size", strconv.FormatInt(size, 10),
		"etag", `"`+f.SHA256+`"`,
	)); err != nil {
		return err
	}
	offset, length, err := part.in(size)
	if err != nil {
		return err
	}
	content, err := store.GetPart(ctx, f.WorkspaceID, f.SHA256, blobstore.Part{Offset: offset, Length: length})
	if err != nil {
		return hidden(err)
	}
	defer func() { _ = content.Close() }() // it was only read
	return pieces(stream, content, f.MediaType)
}

// hidden makes an error of the store internal: that bytes are gone which a row names
// is no caller's fault.
func hidden(err error) error {
	if errors.Is(err, errs.NotFound) {
		return errors.New(err.Error()) // only its words: the kind is taken away
	}
	return err
}

// pieces sends what a reader gives.
func pieces(stream grpc.ServerStreamingServer[httpbody.HttpBody], content io.Reader, mediaType string) error {
	buffer := make([]byte, chunk)
	for first := true; ; first = false {
		n, err := io.ReadFull(content, buffer)
		if n > 0 || first {
			// Send has encoded the piece when it returns, so the buffer is free again.
			if err := stream.Send(&httpbody.HttpBody{ContentType: mediaType, Data: buffer[:n]}); err != nil {
				return err
			}
			mediaType = "" // the first piece has told it
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the file: %w", err)
		}
	}
}
