package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	largeFile = 500 << 20 // bytes
	// maxGrowth is what a process may need on top for a file of any size, in bytes.
	maxGrowth = 64 << 20
)

// noise is the content of the large file: no two parts of it are alike.
func noise() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{1}), largeFile) }

// testLargeFile sends a file up and down that is much larger than any process may
// become by it.
func testLargeFile(t *testing.T, s *site) {
	t.Helper()
	u := signUp(t, s.Base())
	// What the first upload sets up is not the large file's.
	decodeUpload(t, u, "small.txt", "A heat pump moves heat.")
	sum := sha256.New()
	_, err := io.Copy(sum, noise())
	require.NoError(t, err)

	doc := &researchv1.Document{}
	grown := growth(t, s, func() {
		resp, body := send(t, u.form(t, "large.bin", noise()))
		decode(t, resp, body, doc)
	})
	t.Logf("growth by an upload of %d MiB, in KiB: %v", largeFile>>20, grown)
	requireSmall(t, grown)
	require.EqualValues(t, largeFile, doc.GetSizeBytes())
	require.Eventually(t, func() bool {
		u.get(t, "/api/v1/documents/"+doc.GetId(), doc)
		return doc.GetState() == researchv1.Document_FAILED
	}, patience, glance)
	require.Contains(t, doc.GetError().GetMessage(), "at most 50 MiB are read")

	path := "/api/v1/documents/" + doc.GetId() + "/content?raw=true"
	back := sha256.New()
	grown = growth(t, s, func() {
		resp, err := http.DefaultClient.Do(u.request(t, http.MethodGet, path, nil))
		require.NoError(t, err)
		defer func() { require.NoError(t, resp.Body.Close()) }()
		_, err = io.Copy(back, resp.Body)
		require.NoError(t, err)
	})
	t.Logf("growth by its download, in KiB: %v", grown)
	requireSmall(t, grown)
	require.Equal(t, hex.EncodeToString(sum.Sum(nil)), hex.EncodeToString(back.Sum(nil)))

	testPartOfLargeFile(t, u, path)
	testBrokenUpload(t, s, u)
}

// testPartOfLargeFile reads a part from the middle, as a download that goes on does.
func testPartOfLargeFile(t *testing.T, u *user, path string) {
	t.Helper()
	const from, length = 300 << 20, 1000
	want := make([]byte, length)
	whole := noise()
	_, err := io.CopyN(io.Discard, whole, from)
	require.NoError(t, err)
	_, err = io.ReadFull(whole, want)
	require.NoError(t, err)

	resp, body := send(t, u.request(t, http.MethodGet, path, nil, "Range", fmt.Sprintf("bytes=%d-%d", from, from+length-1)))
	require.Equal(t, http.StatusPartialContent, resp.StatusCode)
	require.Equal(t, fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, largeFile), resp.Header.Get("Content-Range"))
	require.True(t, bytes.Equal(want, body))
	tag := resp.Header.Get("ETag")

	resp, _ = send(t, u.request(t, http.MethodGet, path, nil, "Range", fmt.Sprintf("bytes=%d-", largeFile)))
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, resp.StatusCode)
	require.Equal(t, fmt.Sprintf("bytes */%d", largeFile), resp.Header.Get("Content-Range"))

	resp, body = send(t, u.request(t, http.MethodGet, path, nil, "If-None-Match", tag))
	require.Equal(t, http.StatusNotModified, resp.StatusCode)
	require.Empty(t, body)
}

// testBrokenUpload goes away in the middle of an upload: nothing stays of it.
func testBrokenUpload(t *testing.T, s *site, u *user) {
	t.Helper()
	before, files := &researchv1.ListDocumentsResponse{}, stored(t, s)
	u.get(t, "/api/v1/documents", before)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	sent := &leaving{r: rand.NewChaCha8([32]byte{2}), left: 20 << 20, leave: leave}
	resp, err := http.DefaultClient.Do(u.form(t, "broken.bin", sent).WithContext(ctx))
	if err == nil {
		_ = resp.Body.Close()
	}
	require.Error(t, err)

	// What follows on the same processes is answered when the broken one is over.
	decodeUpload(t, u, "after.txt", "A coil thaws.")
	after := &researchv1.ListDocumentsResponse{}
	u.get(t, "/api/v1/documents", after)
	require.Len(t, after.GetDocuments(), len(before.GetDocuments())+1)
	require.Eventually(t, func() bool {
		u.get(t, "/api/v1/documents", after)
		return after.GetDocuments()[0].GetState() == researchv1.Document_READY
	}, patience, glance)
	require.Len(t, stored(t, s), len(files)+1, "the bytes of the small document, and none of the broken one")
}

// leaving is a body whose sender goes away after some bytes.
type leaving struct {
	r     io.Reader
	left  int
	leave func()
}

// Read implements io.Reader.
func (l *leaving) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.leave()
		return 0, context.Canceled
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// form is a request that uploads a file whose content is read while it is sent.
func (u *user) form(t *testing.T, name string, content io.Reader) *http.Request {
	t.Helper()
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	_, err := w.CreateFormFile("file", name)
	require.NoError(t, err)
	end := "\r\n--" + w.Boundary() + "--\r\n"
	body := io.MultiReader(&head, content, strings.NewReader(end))
	return u.request(t, http.MethodPost, "/api/v1/documents", body, "Content-Type", w.FormDataContentType())
}

// decodeUpload uploads a small file.
func decodeUpload(t *testing.T, u *user, name, content string) {
	t.Helper()
	resp, body := u.upload(t, name, []byte(content))
	decode(t, resp, body, &researchv1.Document{})
}

// stored lists the files in the blob store.
func stored(t *testing.T, s *site) []string {
	t.Helper()
	address, err := url.Parse(s.Common["BLOB_URL"])
	require.NoError(t, err)
	var files []string
	require.NoError(t, filepath.WalkDir(address.Path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	return files
}

// growth tells by how many KiB each process was larger at its largest while something was
// done than before.
func growth(t *testing.T, s *site, do func()) map[string]int {
	t.Helper()
	if runtime.GOOS != "linux" {
		do()
		return nil // only Linux tells
	}
	before := map[string]int{}
	for name, process := range s.Processes {
		// 5 sets the peak back to what it is now (proc(5)).
		require.NoError(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", process.PID()), []byte("5"), 0o600))
		before[name] = memory(t, process.PID(), "VmRSS")
	}
	do()
	grown := map[string]int{}
	for name, process := range s.Processes {
		grown[name] = memory(t, process.PID(), "VmHWM") - before[name]
	}
	return grown
}

// memory reads a figure of a process' memory, in KiB.
func memory(t *testing.T, pid int, figure string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); fields[0] == figure+":" {
			kib, err := strconv.Atoi(fields[1])
			require.NoError(t, err)
			return kib
		}
	}
	t.Fatalf("no %s in the status of process %d", figure, pid)
	return 0
}

// requireSmall fails when a process has grown by more than it may.
func requireSmall(t *testing.T, grown map[string]int) {
	t.Helper()
	for name, kib := range grown {
		require.Less(t, kib, maxGrowth>>10, "%s", name)
	}
}
