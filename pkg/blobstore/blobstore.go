// Package blobstore keeps the large bytes: snapshots, uploads and exports. A blob
// is named by the SHA-256 of its content, below its workspace, so identical bytes
// are stored once per workspace and a blob never changes.
//
// The store is a folder (file:///…) or a bucket (s3://…, or any server that speaks
// its protocol). Who refers to a blob, and so when it may be deleted, is known to
// the caller's database.
package blobstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // makes blob.OpenBucket know s3://

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// Ref names a stored blob.
type Ref struct {
	// SHA256 of the content, in lower-case hex.
	SHA256 string
	// Size of the content in bytes.
	Size int64
}

// Store is an open blob store. It is safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	folder string // "" for a bucket
	guard  Guard
}

// Guard runs write while blobs of a workspace may be written, or returns why they
// may not be. It is called when the content is at hand, so it never waits for a
// slow client.
type Guard func(ctx context.Context, workspaceID string, write func(ctx context.Context) error) error

// Open opens the store at address: file:///folder, which is made if missing, or
// s3://bucket with the options of gocloud.dev's s3blob (region, endpoint, …). It
// does not connect; [Store.Check] does. Close the store when done.
func Open(ctx context.Context, address string) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("BLOB_URL must look like file:///folder or s3://bucket")
	}
	s := &Store{}
	switch u.Scheme {
	case fileblob.Scheme:
		s.folder = u.Path
		s.bucket, err = openFolder(u)
	case "s3":
		s.bucket, err = blob.OpenBucket(ctx, address)
	default:
		return nil, errors.New("BLOB_URL must begin with file:// or s3://")
	}
	if err != nil {
		return nil, fmt.Errorf("open the blob store: %w", err)
	}
	return s, nil
}

// OpenArea opens an area of the store at address. What is in it is apart from what is in
// other areas and beside them: two services can keep, and delete, the same bytes in one
// bucket without knowing of each other. An area is one word in lower case.
func OpenArea(ctx context.Context, address, area string) (*Store, error) {
	s, err := Open(ctx, address)
	if err != nil {
		return nil, err
	}
	s.bucket = blob.PrefixedBucket(s.bucket, area+"/")
	if s.folder != "" {
		s.folder = filepath.Join(s.folder, area)
	}
	return s, nil
}

// Guarded returns the same store, but one that writes inside a guard.
func (s *Store) Guarded(guard Guard) *Store {
	return &Store{bucket: s.bucket, folder: s.folder, guard: guard}
}

// openFolder opens a folder that only this user can read. Temporary files lie
// beside their final place: a rename is atomic within one file system only.
func openFolder(u *url.URL) (*blob.Bucket, error) {
	if (u.Host != "" && u.Host != "localhost") || u.Path == "" {
		return nil, errors.New("a file:// URL needs three slashes and an absolute path")
	}
	return fileblob.OpenBucket(u.Path, &fileblob.Options{
		CreateDir:   true,
		DirFileMode: 0o700,
		NoTempDir:   true,
		Metadata:    fileblob.MetadataDontWrite, // the name says all
	})
}

// Close releases the store's connections.
func (s *Store) Close() error { return s.bucket.Close() }

// Check reports whether the store answers, for readiness.
func (s *Store) Check(ctx context.Context) error {
	accessible, err := s.bucket.IsAccessible(ctx)
	if err != nil {
		return fmt.Errorf("reach the blob store: %w", kind(err))
	}
	if !accessible {
		return fmt.Errorf("%w: the blob store does not exist", errs.Unavailable)
	}
	return nil
}

// Put stores what r gives and returns its name. It reads r once, as a stream, and
// stores all of it or nothing; bytes that are there already are not written again.
// More than limit bytes are errs.ResourceExhausted, and so is a full disk; an
// error of r is returned wrapped.
func (s *Store) Put(ctx context.Context, workspaceID string, r io.Reader, limit int64) (Ref, error) {
	staged, err := Stage(ctx, r, limit)
	if err != nil {
		return Ref{}, err
	}
	defer staged.Close()
	write := func(ctx context.Context) error { return s.PutStaged(ctx, workspaceID, staged) }
	if s.guard != nil {
		return staged.Ref, s.guard(ctx, workspaceID, write)
	}
	return staged.Ref, write(ctx)
}

// upload writes a spooled content unless it is there. Two at once write the same
// bytes to the same name, which does no harm.
func (s *Store) upload(ctx context.Context, key string, spool *spool) error {
	exists, err := s.bucket.Exists(ctx, key)
	if err != nil {
		return fmt.Errorf("look for the blob: %w", kind(err))
	}
	if exists {
		return nil
	}
	content, err := spool.reader()
	if err != nil {
		return err
	}
	opts := &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true}
	if err := s.bucket.Upload(ctx, key, content, opts); err != nil {
		return fmt.Errorf("write the blob: %w", kind(err))
	}
	return nil
}

// Get opens a blob and returns its size in bytes; close the reader. The content
// is checked while it is read: if it is not what was stored, the read that comes
// to its end fails. A blob that is not there is errs.NotFound.
func (s *Store) Get(ctx context.Context, workspaceID, sha string) (io.ReadCloser, int64, error) {
	if !valid(workspaceID, sha) {
		return nil, 0, fmt.Errorf("blob %s: %w", sha, errs.NotFound)
	}
	reader, err := s.bucket.NewReader(ctx, key(workspaceID, sha), nil)
	if err != nil {
		return nil, 0, fmt.Errorf("open blob %s: %w", sha, kind(err))
	}
	return &checkedReader{ReadCloser: reader, sum: sha256.New(), want: sha}, reader.Size(), nil
}

// Part is a part of a blob: Length bytes from Offset on.
type Part struct{ Offset, Length int64 }

// GetPart opens a part of a blob, which must lie inside it; close the reader. The whole is
// checked like that of Get. Whether another part is what was stored cannot be told from
// it, so it is not checked.
func (s *Store) GetPart(ctx context.Context, workspaceID, sha string, part Part) (io.ReadCloser, error) {
	if !valid(workspaceID, sha) {
		return nil, fmt.Errorf("blob %s: %w", sha, errs.NotFound)
	}
	reader, err := s.bucket.NewRangeReader(ctx, key(workspaceID, sha), part.Offset, part.Length, nil)
	if err != nil {
		return nil, fmt.Errorf("open a part of blob %s: %w", sha, kind(err))
	}
	if part.Offset == 0 && part.Length == reader.Size() {
		return &checkedReader{ReadCloser: reader, sum: sha256.New(), want: sha}, nil
	}
	return reader, nil
}

// Size returns the size of a blob in bytes.
func (s *Store) Size(ctx context.Context, workspaceID, sha string) (int64, error) {
	if !valid(workspaceID, sha) {
		return 0, fmt.Errorf("blob %s: %w", sha, errs.NotFound)
	}
	attributes, err := s.bucket.Attributes(ctx, key(workspaceID, sha))
	if err != nil {
		return 0, fmt.Errorf("look at blob %s: %w", sha, kind(err))
	}
	return attributes.Size, nil
}

// Delete removes a blob. One that is not there is no error.
func (s *Store) Delete(ctx context.Context, workspaceID, sha string) error {
	if !valid(workspaceID, sha) {
		return nil // so it was never stored
	}
	if err := kind(s.bucket.Delete(ctx, key(workspaceID, sha))); err != nil && !errors.Is(err, errs.NotFound) {
		return fmt.Errorf("delete blob %s: %w", sha, err)
	}
	return nil
}

// key is where a blob lies.
func key(workspaceID, sha string) string { return strings.ToLower(workspaceID) + "/" + sha }

// valid reports whether a blob can have this name. It keeps a crafted name from
// leading to another workspace or out of the folder.
func valid(workspaceID, sha string) bool {
	raw, err := hex.DecodeString(sha)
	return err == nil && len(raw) == sha256.Size && sha == strings.ToLower(sha) && uuid.Validate(workspaceID) == nil
}

// checkedReader compares the hash when the content ends.
type checkedReader struct {
	io.ReadCloser
	sum  hash.Hash
	want string
}

// Read implements io.Reader.
func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.sum.Write(p[:n]) // a hash never fails
	if errors.Is(err, io.EOF) && hex.EncodeToString(r.sum.Sum(nil)) != r.want {
		return n, fmt.Errorf("blob %s is damaged: its content has another SHA-256", r.want)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, kind(err)
	}
	return n, err //nolint:wrapcheck // io.EOF has to be returned as it is
}

// contextReader ends with its context: a slow upload must not outlive its request.
type contextReader struct {
	ctx context.Context //nolint:containedctx // an adapter for one call
	r   io.Reader
}

// Read implements io.Reader.
func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
