package client_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// write makes a file of size bytes.
func write(t *testing.T, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notes über x.txt")
	require.NoError(t, os.WriteFile(path, make([]byte, size), 0o600))
	return path
}

func TestUpload_SendsTheFileWithItsNameAndCollection(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		file, header, err := r.FormFile("file")
		if err != nil || header.Filename != "notes über x.txt" || r.FormValue("collection") != "mine" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		n, _ := io.Copy(io.Discard, file)
		if n != 3<<20 {
			w.WriteHeader(http.StatusLengthRequired)
			return
		}
		_, _ = io.WriteString(w, `{"id":"d1","state":"PENDING"}`)
	})
	doc, err := c.Upload(t.Context(), write(t, 3<<20), "mine")
	require.NoError(t, err)
	require.Equal(t, "d1", doc.GetId())
}

func TestUpload_RefusalBeforeTheEndIsReported(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message":"you may not"}`)
	})
	_, err := c.Upload(t.Context(), write(t, 100_000), "")
	require.EqualError(t, err, "you may not")
}

func TestUpload_MissingFileSendsNothing(t *testing.T) {
	t.Parallel()
	var asked atomic.Bool
	c := serve(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	_, err := c.Upload(t.Context(), filepath.Join(t.TempDir(), "none"), "")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.False(t, asked.Load())
}

func TestDocuments_GoesThroughAllPages(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":    `{"documents":[{"id":"c"},{"id":"b"}],"nextPageToken":"t/1"}`,
		"t/1": `{"documents":[{"id":"a"}]}`,
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, pages[r.FormValue("pageToken")])
	})
	var ids []string
	for doc, err := range c.Documents(t.Context()) {
		require.NoError(t, err)
		ids = append(ids, doc.GetId())
	}
	require.Equal(t, []string{"c", "b", "a"}, ids)
}

func TestDocuments_AnErrorIsTheLast(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("pageToken") != "" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, `{"documents":[{"id":"a"}],"nextPageToken":"next"}`)
	})
	var got []string
	for doc, err := range c.Documents(t.Context()) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, doc.GetId())
	}
	require.Equal(t, []string{"a", "403 Forbidden"}, got)
}

func TestAwaitDocument_WaitsForTheEnd(t *testing.T) {
	t.Parallel()
	for _, end := range []researchv1.Document_State{researchv1.Document_READY, researchv1.Document_FAILED} {
		t.Run(end.String(), func(t *testing.T) {
			t.Parallel()
			var looks atomic.Int32
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				state := [...]string{"PENDING", "INDEXING", end.String()}[min(looks.Add(1)-1, 2)]
				_, _ = io.WriteString(w, `{"id":"d1","state":"`+state+`"}`)
			})
			doc, err := c.AwaitDocument(t.Context(), "d1")
			require.NoError(t, err)
			require.Equal(t, end, doc.GetState())
			require.EqualValues(t, 3, looks.Load())
		})
	}
}

func TestAwaitDocument_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"id":"d1","title":"A book","state":"PENDING"}`)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := c.AwaitDocument(ctx, "d1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
