package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newRecorder() *httptest.ResponseRecorder { return httptest.NewRecorder() }

// formPart is one part of a form: a file when it has a file name.
type formPart struct{ name, fileName, value string }

// form writes a form and returns its body and content type.
func form(t *testing.T, parts ...formPart) (body, contentType string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range parts {
		create := w.CreateFormField
		if p.fileName != "" {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, p.fileName) }
		}
		part, err := create(p.name)
		require.NoError(t, err)
		_, err = io.WriteString(part, p.value)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return buf.String(), w.FormDataContentType()
}

func (f *fleet) upload(t *testing.T, parts ...formPart) (*http.Response, []byte) {
	t.Helper()
	body, contentType := form(t, parts...)
	return f.do(t, request{method: "POST", path: "/api/v1/documents", token: alice, body: body, header: map[string]string{"Content-Type": contentType}})
}

func TestUpload_StreamsTheFile(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	content := strings.Repeat("0123456789", 300_000)
	resp, body := f.upload(t, formPart{name: "title", value: "Report"}, formPart{name: "collection", value: "c1"}, formPart{"file", "r.pdf", content})
	require.Equal(t, http.StatusOK, resp.StatusCode, "body: %s", body)
	var doc struct{ FileName, Title, Collection, Sha256, SizeBytes, State string }
	require.NoError(t, json.Unmarshal(body, &doc))
	digest := sha256.Sum256([]byte(content))
	require.Equal(t, hex.EncodeToString(digest[:]), doc.Sha256)
	require.Equal(t, "3000000", doc.SizeBytes)
	require.Equal(t, []string{"r.pdf", "Report", "c1", "PENDING"}, []string{doc.FileName, doc.Title, doc.Collection, doc.State})
	_, _, peak := f.documents.counts()
	require.LessOrEqual(t, peak, 1<<20, "chunks are small")
}

func TestUpload_BadForms(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	file := formPart{"file", "a.txt", "text"}
	tests := map[string]struct {
		parts       []formPart
		field, rule string
	}{
		"no file":            {[]formPart{{name: "title", value: "t"}}, "file", "must be given"},
		"file without name":  {[]formPart{{name: "file", value: "text"}}, "file", "must have a file name"},
		"two files":          {[]formPart{file, file}, "file", "must stand only once"},
		"title after file":   {[]formPart{file, {name: "title", value: "t"}}, "title", "must come before the file"},
		"unknown field":      {[]formPart{{name: "tags", value: "t"}, file}, "tags", "is not a field of this form, which has title, collection and file"},
		"field far too long": {[]formPart{{name: "title", value: strings.Repeat("x", 5000)}, file}, "title", "must be at most 4096 bytes"},
		"field over its own": {[]formPart{{name: "collection", value: strings.Repeat("x", 65)}, file}, "collection", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := f.upload(t, tc.parts...)
			require.Equal(t, http.StatusBadRequest, resp.StatusCode, "body: %s", body)
			got := decodeFailure(t, resp, body).violations()
			require.Contains(t, got, tc.field)
			if tc.rule != "" {
				require.Equal(t, tc.rule, got[tc.field])
			}
		})
	}
	stored, _, _ := f.documents.counts()
	require.Zero(t, stored)
}

func TestUpload_RefusedMidway(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, body := f.upload(t, formPart{name: "collection", value: "full"}, formPart{"file", "a.bin", strings.Repeat("x", 4<<20)})
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode, "body: %s", body)
	require.Equal(t, "the library is full", decodeFailure(t, resp, body).Message)
}

func TestUpload_BrokenBodyStoresNothing(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	body, contentType := form(t, formPart{"file", "a.bin", strings.Repeat("x", 1<<20)})
	resp, answer := f.do(t, request{method: "POST", path: "/api/v1/documents", token: alice, body: body[:len(body)/2], header: map[string]string{"Content-Type": contentType}})
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	require.Contains(t, decodeFailure(t, resp, answer).violations(), "body")
	require.Eventually(t, func() bool { _, broken, _ := f.documents.counts(); return broken == 1 }, 5*time.Second, 5*time.Millisecond)
	stored, _, _ := f.documents.counts()
	require.Zero(t, stored)
}

func TestUpload_TooLarge(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	r := httptest.NewRequest(http.MethodPost, "/api/v1/documents", strings.NewReader(""))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.ContentLength = 2 << 30
	w := newRecorder()
	f.gateway.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Contains(t, w.Body.String(), "1074790400")
}

func TestUpload_NeedsAToken(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	body, contentType := form(t, formPart{"file", "a.txt", "text"})
	resp, answer := f.do(t, request{method: "POST", path: "/api/v1/documents", body: body, header: map[string]string{"Content-Type": contentType}})
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	decodeFailure(t, resp, answer)
}

func TestDownload_Report(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/reports/" + runID + "/export?format=md", token: alice})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.True(t, bytes.Equal(reportFile, body))
	require.Equal(t, "text/markdown; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, `attachment; filename=report.md`, resp.Header.Get("Content-Disposition"))
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox")
}

func TestDownload_APart(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	size := len(reportFile)
	path := "/api/v1/reports/" + runID + "/export"
	tests := map[string]struct {
		header   map[string]string
		status   int
		want     []byte
		contents string // Content-Range
	}{
		"from the start":                {map[string]string{"Range": "bytes=0-9"}, 206, reportFile[:10], fmt.Sprintf("bytes 0-9/%d", size)},
		"from the middle to the end":    {map[string]string{"Range": "bytes=100000-"}, 206, reportFile[100000:], fmt.Sprintf("bytes 100000-%d/%d", size-1, size)},
		"the last bytes":                {map[string]string{"Range": "bytes=-7"}, 206, reportFile[size-7:], fmt.Sprintf("bytes %d-%d/%d", size-7, size-1, size)},
		"more than there is":            {map[string]string{"Range": "bytes=5-99999999"}, 206, reportFile[5:], fmt.Sprintf("bytes 5-%d/%d", size-1, size)},
		"of the file that it was":       {map[string]string{"Range": "bytes=0-9", "If-Range": `"aa"`}, 206, reportFile[:10], fmt.Sprintf("bytes 0-9/%d", size)},
		"of another file is the whole":  {map[string]string{"Range": "bytes=0-9", "If-Range": `"bb"`}, 200, reportFile, ""},
		"several parts are the whole":   {map[string]string{"Range": "bytes=0-9,20-29"}, 200, reportFile, ""},
		"what is no range is the whole": {map[string]string{"Range": "lines=0-9"}, 200, reportFile, ""},
		"backwards is the whole":        {map[string]string{"Range": "bytes=9-0"}, 200, reportFile, ""},
		"the file that the client has":  {map[string]string{"If-None-Match": `"bb", "aa"`}, 304, []byte{}, ""},
		"the file that it has not":      {map[string]string{"If-None-Match": `"bb"`, "Accept-Encoding": "identity"}, 200, reportFile, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, call := range []request{{method: "GET", path: path, token: alice, header: tc.header}, {method: "GET", path: "/api/v1/shared/" + shareToken, header: tc.header}} {
				resp, body := f.do(t, call)
				require.Equal(t, tc.status, resp.StatusCode, call.path)
				require.True(t, bytes.Equal(tc.want, body), "%d bytes", len(body))
				require.Equal(t, tc.contents, resp.Header.Get("Content-Range"))
				require.Equal(t, `"aa"`, resp.Header.Get("ETag"))
			}
		})
	}
	resp, body := f.do(t, request{method: "GET", path: path, token: alice, header: map[string]string{"Range": "bytes=99999999-"}})
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, resp.StatusCode)
	require.Equal(t, "offset is not in the file", decodeFailure(t, resp, body).Message)
}

func TestDownload_ASharedReportNeedsItsTokenOnly(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/shared/" + shareToken})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.True(t, bytes.Equal(reportFile, body))
	resp, body = f.do(t, request{method: "GET", path: "/api/v1/shared/other"})
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Equal(t, "this link does not work", decodeFailure(t, resp, body).Message)
}

func TestDownload_ErrorsBeforeTheFirstByteAreJSON(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/reports/01930000-0000-7000-8000-000000000099/export", token: alice})
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.Equal(t, "there is no such report", decodeFailure(t, resp, body).Message)
	resp, body = f.do(t, request{method: "GET", path: "/api/v1/reports/" + runID + "/export"})
	require.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	decodeFailure(t, resp, body)
}

func TestDownload_SourceText(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp, body := f.do(t, request{method: "GET", path: "/api/v1/sources/" + runID + "/content", token: alice})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "snapshot", string(body))
	require.Equal(t, "attachment", resp.Header.Get("Content-Disposition"))
}

func TestDownload_DocumentTextAndItsOriginal(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	for query, want := range map[string][3]string{
		"":          {"what was read", "text/plain; charset=utf-8", "attachment"},
		"?raw=true": {"as it came", "application/octet-stream", `attachment; filename=a.bin`},
	} {
		resp, body := f.do(t, request{method: "GET", path: "/api/v1/documents/" + runID + "/content" + query, token: alice})
		require.Equal(t, http.StatusOK, resp.StatusCode)
		require.Equal(t, want, [3]string{string(body), resp.Header.Get("Content-Type"), resp.Header.Get("Content-Disposition")})
	}
}

func TestDownload_BrokenOffIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/api/v1/sources/"+runID+"/content?raw=true", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+alice)
	resp, err := http.DefaultClient.Do(r)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		require.NoError(t, resp.Body.Close())
	}
	require.Error(t, err, "the connection must break, not end")
}
