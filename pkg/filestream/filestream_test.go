package filestream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"
	"pgregory.net/rapid"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/filestream"
)

// sender serves one call that sends a file, or a part of it.
type sender func(stream grpc.ServerStreamingServer[httpbody.HttpBody], part filestream.Part) error

// serve runs a sender until the test ends and returns what calls it. The part is told in
// the metadata.
func serve(t *testing.T, send sender) func(ctx context.Context, part filestream.Part) (received, error) {
	t.Helper()
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		md, _ := metadata.FromIncomingContext(stream.Context())
		offset, _ := strconv.ParseInt(md.Get("offset")[0], 10, 64)
		length, _ := strconv.ParseInt(md.Get("length")[0], 10, 64)
		typed := &grpc.GenericServerStream[emptypb.Empty, httpbody.HttpBody]{ServerStream: stream}
		return errs.Status(send(typed, filestream.Part{Offset: offset, Length: length})).Err()
	}))
	lis := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(lis) }()
	conn, err := grpc.NewClient("passthrough:///files", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
	})
	return func(ctx context.Context, part filestream.Part) (received, error) { return receive(ctx, conn, part) }
}

// received is a file as a client gets it.
type received struct {
	content   []byte
	mediaType string
	md        metadata.MD
}

// receive calls a sender and reads all that it sends.
func receive(ctx context.Context, conn *grpc.ClientConn, part filestream.Part) (got received, err error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "offset", strconv.FormatInt(part.Offset, 10), "length", strconv.FormatInt(part.Length, 10))
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/test.Files/Get")
	if err != nil {
		return got, err
	}
	if err := errors.Join(stream.SendMsg(&emptypb.Empty{}), stream.CloseSend()); err != nil {
		return got, err
	}
	if got.md, err = stream.Header(); err != nil {
		return got, err
	}
	for {
		piece := &httpbody.HttpBody{}
		err := stream.RecvMsg(piece)
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		if got.mediaType == "" {
			got.mediaType = piece.GetContentType()
		}
		got.content = append(got.content, piece.GetData()...)
	}
}

// store is a blob store with one content in it.
func store(t *testing.T, content []byte) (blobs *blobstore.Store, file filestream.File) {
	t.Helper()
	blobs, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, blobs.Close()) })
	workspace := uuid.NewString()
	ref, err := blobs.Put(t.Context(), workspace, bytes.NewReader(content), 1<<30)
	require.NoError(t, err)
	return blobs, filestream.File{WorkspaceID: workspace, SHA256: ref.SHA256, MediaType: "text/plain", Name: "a file.txt"}
}

// content is longer than one piece, and no two parts of it are alike.
var content = func() []byte {
	var b []byte
	for i := 0; len(b) < 600<<10; i++ {
		b = strconv.AppendInt(b, int64(i), 36)
	}
	return b
}()

func TestSend_AnyPartIsThatOfTheContent(t *testing.T) {
	t.Parallel()
	blobs, file := store(t, content)
	get := serve(t, func(stream grpc.ServerStreamingServer[httpbody.HttpBody], part filestream.Part) error {
		return filestream.Send(stream, blobs, file, part)
	})
	size := len(content)
	rapid.Check(t, func(rt *rapid.T) {
		offset := rapid.IntRange(-size-10, size-1).Draw(rt, "offset")
		length := rapid.OneOf(rapid.Just(0), rapid.IntRange(1, size+10)).Draw(rt, "length")
		want := content[max(0, offset):]
		if offset < 0 {
			want = content[max(0, size+offset):]
		}
		if length > 0 {
			want = want[:min(length, len(want))]
		}
		got, err := get(t.Context(), filestream.Part{Offset: int64(offset), Length: int64(length)})
		require.NoError(rt, err)
		require.True(rt, bytes.Equal(want, got.content))
		require.Equal(rt, "text/plain", got.mediaType)
		require.Equal(rt, []string{strconv.Itoa(size)}, got.md.Get("content-size"))
		require.Equal(rt, []string{`"` + file.SHA256 + `"`}, got.md.Get("etag"))
		require.Equal(rt, []string{`attachment; filename="a file.txt"`}, got.md.Get("content-disposition"))
	})
}

func TestSend_WhatCannotBeSent(t *testing.T) {
	t.Parallel()
	blobs, file := store(t, content)
	gone := file
	gone.SHA256 = "00" + file.SHA256[2:]
	tests := map[string]struct {
		file filestream.File
		part filestream.Part
		want codes.Code
	}{
		"a part behind the end is out of range":        {file, filestream.Part{Offset: int64(len(content))}, codes.OutOfRange},
		"bytes that are lost are no caller's fault":    {gone, filestream.Part{}, codes.Internal},
		"a part of bytes that are lost is none either": {gone, filestream.Part{Offset: 1}, codes.Internal},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			get := serve(t, func(stream grpc.ServerStreamingServer[httpbody.HttpBody], part filestream.Part) error {
				return filestream.Send(stream, blobs, tc.file, part)
			})
			_, err := get(t.Context(), tc.part)
			require.Error(t, err)
			require.Equal(t, tc.want, status.Code(err))
		})
	}
}

func TestSend_AnEmptyFileIsOnePiece(t *testing.T) {
	t.Parallel()
	blobs, file := store(t, nil)
	file.Shown, file.Name = true, ""
	get := serve(t, func(stream grpc.ServerStreamingServer[httpbody.HttpBody], part filestream.Part) error {
		return filestream.Send(stream, blobs, file, part)
	})
	got, err := get(t.Context(), filestream.Part{})
	require.NoError(t, err)
	require.Empty(t, got.content)
	require.Equal(t, "text/plain", got.mediaType)
	require.Equal(t, []string{"inline"}, got.md.Get("content-disposition"))
}
