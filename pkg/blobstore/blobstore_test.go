package blobstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	alice = "0197f0c0-0000-7000-8000-00000000000a"
	bob   = "0197f0c0-0000-7000-8000-00000000000b"
	// plenty is a limit that no content of these tests reaches.
	plenty = 64 << 20
)

// suite runs a test on a folder and on a bucket.
func suite(t *testing.T, test func(t *testing.T, store *blobstore.Store)) {
	t.Helper()
	addresses := map[string]func(t *testing.T) string{
		"folder": func(t *testing.T) string { return "file://" + filepath.Join(t.TempDir(), "blobs") },
		"bucket": fakeS3,
	}
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, address(t)))
		})
	}
}

// open opens a store that is closed when the test ends.
func open(t *testing.T, address string) *blobstore.Store {
	t.Helper()
	store, err := blobstore.Open(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// fakeS3 runs a server that speaks S3 and returns the address of a bucket.
func fakeS3(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("blobs"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	query := url.Values{"region": {"us-east-1"}, "use_path_style": {"true"}, "endpoint": {server.URL}}
	return "s3://blobs?" + query.Encode()
}

// TestMain gives the S3 client keys; the fake accepts any.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// hexSum is the SHA-256 of content in hex.
func hexSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestPut_WhatWasPutCanBeGot(t *testing.T) {
	t.Parallel()
	contents := map[string][]byte{
		"nothing":      {},
		"a few bytes":  []byte("hello"),
		"a large file": bytes.Repeat([]byte("0123456789abcdef"), 1<<17), // 2 MiB: not kept in memory
	}
	suite(t, func(t *testing.T, store *blobstore.Store) {
		for name, content := range contents {
			ref, err := store.Put(t.Context(), alice, iotest.HalfReader(bytes.NewReader(content)), plenty)
			require.NoError(t, err, name)
			require.Equal(t, blobstore.Ref{SHA256: hexSum(content), Size: int64(len(content))}, ref, name)

			reader, size, err := store.Get(t.Context(), alice, ref.SHA256)
			require.NoError(t, err, name)
			got, err := io.ReadAll(reader)
			require.NoError(t, err, name)
			require.NoError(t, reader.Close())
			require.Equal(t, int64(len(content)), size, name)
			require.True(t, bytes.Equal(content, got), name)
		}
	})
}

func TestPut_TheSameBytesTwiceAreOneBlob(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		first, err := store.Put(t.Context(), alice, strings.NewReader("same"), plenty)
		require.NoError(t, err)
		second, err := store.Put(t.Context(), alice, strings.NewReader("same"), plenty)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

func TestPut_TheLimitIsTheLargestThatFits(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		_, err := store.Put(t.Context(), alice, strings.NewReader("12345"), 5)
		require.NoError(t, err)

		_, err = store.Put(t.Context(), alice, strings.NewReader("123456"), 5)
		require.ErrorIs(t, err, errs.ResourceExhausted)
		require.ErrorContains(t, err, "5 bytes")
		_, _, err = store.Get(t.Context(), alice, hexSum([]byte("123456")))
		require.ErrorIs(t, err, errs.NotFound)
	})
}

func TestPut_AnInterruptedContentLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, "file://"+dir)
	broken := errors.New("the connection broke")
	content := io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<20)), iotest.ErrReader(broken))
	_, err := store.Put(t.Context(), alice, content, plenty)
	require.ErrorIs(t, err, broken)

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestPut_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := store.Put(ctx, alice, strings.NewReader("x"), plenty)
		require.ErrorIs(t, err, errs.Unavailable)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestGet_WhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		ref, err := store.Put(t.Context(), alice, strings.NewReader("secret"), plenty)
		require.NoError(t, err)
		names := map[string][2]string{
			"never stored":        {alice, hexSum([]byte("other"))},
			"another workspace's": {bob, ref.SHA256},
			"a path as the hash":  {alice, "../" + alice + "/" + ref.SHA256},
			"a path as workspace": {bob + "/../" + alice, ref.SHA256},
			"an upper-case hash":  {alice, strings.ToUpper(ref.SHA256)},
			"no hash":             {alice, ""},
		}
		for name, n := range names {
			_, _, err := store.Get(t.Context(), n[0], n[1])
			require.ErrorIs(t, err, errs.NotFound, name)
		}
	})
}

func TestGet_DamageIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, "file://"+dir)
	ref, err := store.Put(t.Context(), alice, strings.NewReader("the truth"), plenty)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, alice, ref.SHA256), []byte("the trutj"), 0o600))

	reader, _, err := store.Get(t.Context(), alice, ref.SHA256)
	require.NoError(t, err)
	defer reader.Close()
	_, err = io.ReadAll(reader)
	require.ErrorContains(t, err, "damaged")
}

func TestDelete_IsIdempotentAndKeepsOthers(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		ref, err := store.Put(t.Context(), alice, strings.NewReader("shared"), plenty)
		require.NoError(t, err)
		_, err = store.Put(t.Context(), bob, strings.NewReader("shared"), plenty)
		require.NoError(t, err)

		require.NoError(t, store.Delete(t.Context(), alice, ref.SHA256))
		require.NoError(t, store.Delete(t.Context(), alice, ref.SHA256))
		_, _, err = store.Get(t.Context(), alice, ref.SHA256)
		require.ErrorIs(t, err, errs.NotFound)
		reader, _, err := store.Get(t.Context(), bob, ref.SHA256)
		require.NoError(t, err)
		require.NoError(t, reader.Close())
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	suite(t, func(t *testing.T, store *blobstore.Store) {
		require.NoError(t, store.Check(t.Context()))
	})
	t.Run("nobody answers", func(t *testing.T) {
		t.Parallel()
		store := open(t, "s3://blobs?region=us-east-1&use_path_style=true&endpoint=http://127.0.0.1:1")
		require.ErrorIs(t, store.Check(t.Context()), errs.Unavailable)
	})
}

func TestOpen_SaysWhatAnAddressLooksLike(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "blobs", "ftp://x", "file://folder/x", "file://", "://"} {
		_, err := blobstore.Open(t.Context(), address)
		require.ErrorContains(t, err, "file://", address)
	}
}
