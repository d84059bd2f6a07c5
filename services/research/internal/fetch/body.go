package fetch

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

const (
	// sniffed is how many bytes of a body tell what it is.
	sniffed = 512
	// anyRatio is up to which size a page may be any number of times larger than
	// what was received: small pages of one repeated byte do no harm.
	anyRatio = 4 << 20
	// maxWindow is the memory that zstd may need; RFC 9659 allows no more on the web.
	maxWindow = 8 << 20
)

// read reads the body of an answer, decompressed. cancel ends the request when
// the body stops flowing.
func (f *Fetcher) read(ctx context.Context, cancel context.CancelCauseFunc, resp *http.Response) ([]byte, error) {
	plain, stop, err := f.open(cancel, resp)
	if err != nil {
		return nil, f.brokenBody(ctx, err)
	}
	defer stop()
	start := bufio.NewReaderSize(plain, sniffed)
	head, err := start.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, f.brokenBody(ctx, err)
	}
	if err := refusedContent(head); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if resp.ContentLength > 0 {
		body.Grow(int(min(resp.ContentLength, 1<<20)) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(start); err != nil {
		return nil, f.brokenBody(ctx, err)
	}
	return body.Bytes(), nil
}

// open returns the decompressed body of an answer, under the limits, and what to
// call when it is no longer read.
func (f *Fetcher) open(cancel context.CancelCauseFunc, resp *http.Response) (io.Reader, func(), error) {
	if resp.ContentLength > f.limits.Wire {
		return nil, nil, tooLarge()
	}
	stalled := &Error{Reason: Timeout, Message: "The server stopped in the middle of its answer."}
	idle := time.AfterFunc(f.limits.Idle, func() { cancel(stalled) })
	wire := &wireReader{Reader: resp.Body, left: f.limits.Wire, idle: idle, patience: f.limits.Idle}
	plain, err := decompress(wire, resp.Header.Values("Content-Encoding"))
	if errors.Is(err, io.EOF) && wire.got == 0 { // compressed nothing: some servers do it to empty pages
		plain, err = http.NoBody, nil
	}
	if err != nil {
		idle.Stop()
		return nil, nil, err
	}
	stop := func() {
		idle.Stop()
		plain.Close()
	}
	return &plainReader{Reader: plain, wire: wire, limits: f.limits}, stop, nil
}

// brokenBody finds out why a body could not be read to its end.
func (f *Fetcher) brokenBody(ctx context.Context, err error) error {
	var own *Error
	if cause := context.Cause(ctx); cause != nil && errors.As(cause, &own) {
		return own
	}
	var decoding *codingError
	switch {
	case errors.As(err, &own), isTimeout(err), breaksRules(err):
		return err
	case errors.As(err, &decoding):
		return &Error{Reason: Malformed, Message: "The server's answer is not compressed as it says.", Cause: err}
	}
	return &Error{Reason: Unreachable, Message: "The connection broke off.", Cause: err}
}

func tooLarge() *Error {
	return &Error{Reason: TooLarge, Message: "It is larger than what is read."}
}

// wireReader counts and bounds what is received, and the time that is waited for
// it: idle only runs while it waits, since the time that decompression takes is
// ours. It keeps the connection's own error, which decompressors would hide behind
// theirs.
type wireReader struct {
	io.Reader
	left, got int64
	idle      *time.Timer
	patience  time.Duration
	err       error
}

func (r *wireReader) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, tooLarge()
	}
	r.idle.Reset(r.patience)
	n, err := r.Reader.Read(p[:min(int64(len(p)), r.left+1)])
	r.idle.Stop()
	r.got += int64(n)
	if r.left -= int64(n); r.left < 0 {
		err = tooLarge()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// plainReader bounds what comes out of decompression, by itself and compared
// with what was put in.
type plainReader struct {
	io.Reader
	wire   *wireReader
	limits Limits
	got    int64
}

func (r *plainReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.got += int64(n)
	switch {
	case r.got > r.limits.Body:
		return 0, tooLarge()
	case r.got > anyRatio && r.got/r.limits.Ratio > r.wire.got:
		return 0, &Error{Reason: TooLarge, Message: "It is compressed so much that it is taken for an attack."}
	case r.wire.err != nil:
		return n, r.wire.err
	case err != nil && !errors.Is(err, io.EOF):
		return n, &codingError{err}
	}
	return n, err
}

// codingError says that the content is not compressed as it should be.
type codingError struct{ error }

func (e *codingError) Unwrap() error { return e.error }

// decompress undoes a Content-Encoding. Several on top of each other are nothing
// that honest servers send.
func decompress(r io.Reader, header []string) (io.ReadCloser, error) {
	coding := strings.ToLower(strings.TrimSpace(strings.Join(header, ",")))
	switch coding {
	case "", "identity":
		return io.NopCloser(r), nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, opening(r, err)
		}
		return z, nil
	case "deflate":
		return inflate(r)
	case "br":
		return io.NopCloser(brotli.NewReader(r)), nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, opening(r, err)
		}
		return z.IOReadCloser(), nil
	}
	return nil, &Error{Reason: Malformed, Message: "The server's answer is compressed in a way that was not asked for.", Cause: fmt.Errorf("content encoding %.60q", coding)}
}

// inflate reads "deflate", which is zlib's format by the standard and the bare
// stream by many servers.
func inflate(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReader(r)
	start, err := b.Peek(2)
	if err != nil {
		return nil, opening(r, err)
	}
	// The header of zlib: method 8, and a check that makes it divisible by 31.
	if start[0]&0x0f == 8 && (int(start[0])<<8|int(start[1]))%31 == 0 {
		z, err := zlib.NewReader(b)
		if err != nil {
			return nil, opening(r, err)
		}
		return z, nil
	}
	return flate.NewReader(b), nil
}

// opening says why a decompressor did not start: the connection, or its content.
func opening(r io.Reader, err error) error {
	if wire, ok := r.(*wireReader); ok && wire.err != nil {
		return wire.err
	}
	return &codingError{err}
}
