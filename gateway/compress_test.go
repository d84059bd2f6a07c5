package gateway

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

func TestCompression_AsTheClientAccepts(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	for name, tc := range map[string]struct {
		path, accept string
		header       map[string]string
		coding, tag  string
	}{
		"nothing said":               {templatePath, "", nil, "", `"1"`},
		"identity":                   {templatePath, "identity", nil, "", `"1"`},
		"gzip":                       {templatePath, "gzip", nil, "gzip", `"1-gzip"`},
		"zstd":                       {templatePath, "zstd", nil, "zstd", `"1-zstd"`},
		"both: the smaller one":      {templatePath, "gzip, deflate, br, zstd", nil, "zstd", `"1-zstd"`},
		"the one that is liked more": {templatePath, "gzip;q=0.9, zstd;q=0.1", nil, "gzip", `"1-gzip"`},
		"a quality of nothing":       {templatePath, "gzip;q=0, zstd;q=0", nil, "", `"1"`},
		"an unknown one":             {templatePath, "br", nil, "", `"1"`},
		"too small to pay":           {"/api/v1/documents", "gzip", nil, "", ""},
		"a file as it is sent":       {"/api/v1/reports/" + runID + "/export", "gzip", nil, "gzip", `"aa-gzip"`},
		"a part of a file":           {"/api/v1/reports/" + runID + "/export", "gzip", map[string]string{"Range": "bytes=0-2000"}, "", `"aa"`},
		"accounts and tokens":        {"/api/v1/auth/me", "gzip", nil, "", ""},
		"the document of the API":    {"/openapi.json", "zstd", nil, "zstd", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := map[string]string{"Accept-Encoding": tc.accept}
			for k, v := range tc.header {
				header[k] = v
			}
			if tc.accept == "" { // else the client asks for gzip by itself
				header["Accept-Encoding"] = "identity;q=1"
			}
			resp, body := f.do(t, request{method: "GET", path: tc.path, token: alice, header: header})
			require.Less(t, resp.StatusCode, 300)
			require.Equal(t, tc.coding, resp.Header.Get("Content-Encoding"))
			if tc.tag != "" {
				require.Equal(t, tc.tag, resp.Header.Get("ETag"))
			}
			if !strings.HasPrefix(tc.path, "/api/v1/auth/") {
				require.Contains(t, resp.Header.Values("Vary"), "Accept-Encoding")
			}
			if tc.coding == "" {
				return
			}
			_, whole := f.do(t, request{method: "GET", path: tc.path, token: alice, header: map[string]string{"Accept-Encoding": "identity"}})
			require.Less(t, len(body), len(whole))
			require.True(t, bytes.Equal(whole, decompressed(t, tc.coding, body)), "the same bytes")
		})
	}
}

// decompressed undoes a coding.
func decompressed(t *testing.T, coding string, body []byte) []byte {
	t.Helper()
	var from io.Reader
	if coding == "zstd" {
		decoder, err := zstd.NewReader(bytes.NewReader(body))
		require.NoError(t, err)
		defer decoder.Close()
		from = decoder
	} else {
		decoder, err := gzip.NewReader(bytes.NewReader(body))
		require.NoError(t, err)
		from = decoder
	}
	plain, err := io.ReadAll(from)
	require.NoError(t, err)
	return plain
}

func TestCompression_ACopyIsKnownInEveryCoding(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	for _, path := range []string{templatePath, "/api/v1/reports/" + runID + "/export"} {
		for _, coding := range []string{"gzip", "zstd"} {
			resp, _ := f.do(t, request{method: "GET", path: path, token: alice, header: map[string]string{"Accept-Encoding": coding}})
			tag := resp.Header.Get("ETag")
			require.Contains(t, tag, "-"+coding)
			for _, accept := range []string{coding, "identity"} {
				again, body := f.do(t, request{method: "GET", path: path, token: alice, header: map[string]string{
					"Accept-Encoding": accept, "If-None-Match": tag,
				}})
				require.Equal(t, http.StatusNotModified, again.StatusCode, path)
				require.Equal(t, tag, again.Header.Get("ETag"), "the copy that the client has")
				require.Empty(t, again.Header.Get("Content-Encoding"))
				require.Empty(t, body)
			}
		}
	}
}

func TestCompression_ACompressedBodyIsRefused(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	for _, coding := range []string{"gzip", "zstd", "br", "gzip, gzip"} {
		resp, body := f.do(t, request{method: "POST", path: "/api/v1/analysis/start", token: alice, body: `{"question":"x"}`, header: map[string]string{
			"Content-Encoding": coding,
		}})
		require.Equal(t, http.StatusUnsupportedMediaType, resp.StatusCode, coding)
		require.Contains(t, decodeFailure(t, resp, body).violations(), "Content-Encoding", coding)
		require.Equal(t, "identity", resp.Header.Get("Accept-Encoding"))
	}
	resp, _ := f.do(t, request{method: "POST", path: "/api/v1/analysis/start", token: alice, body: `{"question":"x"}`, header: map[string]string{
		"Content-Encoding": "identity",
	}})
	require.Equal(t, http.StatusOK, resp.StatusCode)
}
