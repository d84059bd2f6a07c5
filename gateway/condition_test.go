package gateway

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// fakeTemplates holds one template, which has versions.
type fakeTemplates struct {
	reportv1.UnimplementedTemplateServiceServer
	mu       sync.Mutex
	template *reportv1.Template
}

func newFakeTemplates() *fakeTemplates {
	return &fakeTemplates{template: &reportv1.Template{Id: runID, Title: "First", Etag: "1", Source: strings.Repeat("{{ question }}\n", 200)}}
}

func (f *fakeTemplates) GetTemplate(context.Context, *reportv1.GetTemplateRequest) (*reportv1.Template, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return proto.CloneOf(f.template), nil
}

func (f *fakeTemplates) UpdateTemplate(_ context.Context, req *reportv1.UpdateTemplateRequest) (*reportv1.Template, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errs.CheckETag(req.GetTemplate().GetEtag(), f.template.GetEtag()); err != nil {
		return nil, err
	}
	version, err := strconv.Atoi(f.template.GetEtag())
	f.template.Title, f.template.Etag = req.GetTemplate().GetTitle(), strconv.Itoa(version+1)
	return proto.CloneOf(f.template), err
}

func (f *fakeTemplates) DeleteTemplate(_ context.Context, req *reportv1.DeleteTemplateRequest) (*emptypb.Empty, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &emptypb.Empty{}, errs.CheckETag(req.GetEtag(), f.template.GetEtag())
}

const templatePath = "/api/v1/templates/" + runID

func TestConditions_OfChanges(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, path string
		header       map[string]string
		body         string
		want         int
	}{
		"the version that is there":           {"PATCH", templatePath, map[string]string{"If-Match": `"1"`}, `{"title":"x"}`, 200},
		"another one":                         {"PATCH", templatePath, map[string]string{"If-Match": `"0"`}, `{"title":"x"}`, 412},
		"of a compressed copy":                {"PATCH", templatePath, map[string]string{"If-Match": `"1-gzip"`}, `{"title":"x"}`, 200},
		"any":                                 {"PATCH", templatePath, map[string]string{"If-Match": `*`}, `{"title":"x"}`, 200},
		"a weak tag is never the same":        {"PATCH", templatePath, map[string]string{"If-Match": `W/"1"`}, `{"title":"x"}`, 412},
		"no tag":                              {"PATCH", templatePath, map[string]string{"If-Match": `1`}, `{"title":"x"}`, 400},
		"several tags":                        {"PATCH", templatePath, map[string]string{"If-Match": `"1", "2"`}, `{"title":"x"}`, 400},
		"a body that agrees":                  {"PATCH", templatePath, map[string]string{"If-Match": `"1"`}, `{"title":"x","etag":"1"}`, 200},
		"a body that does not":                {"PATCH", templatePath, map[string]string{"If-Match": `"1"`}, `{"title":"x","etag":"2"}`, 400},
		"an old etag in the body alone":       {"PATCH", templatePath, nil, `{"title":"x","etag":"0"}`, 409},
		"a deletion of the version there":     {"DELETE", templatePath, map[string]string{"If-Match": `"1"`}, ``, 200},
		"a deletion of another one":           {"DELETE", templatePath, map[string]string{"If-Match": `"0"`}, ``, 412},
		"a deletion with the etag as a query": {"DELETE", templatePath + "?etag=0", nil, ``, 409},
		"what has no versions":                {"DELETE", "/api/v1/analysis/" + runID, map[string]string{"If-Match": `"1"`}, ``, 400},
		"a POST changes no version":           {"POST", "/api/v1/analysis/start", map[string]string{"If-Match": `"1"`}, `{"question":"x"}`, 400},
		"If-None-Match on a change":           {"PATCH", templatePath, map[string]string{"If-None-Match": `"1"`}, `{"title":"x"}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serveFleet(t, Config{}, limits{})
			resp, body := f.do(t, request{method: tc.method, path: tc.path, token: alice, header: tc.header, body: tc.body})
			require.Equal(t, tc.want, resp.StatusCode, "body: %s", body)
			switch {
			case tc.want == http.StatusOK && tc.method == "PATCH":
				require.Equal(t, `"2-gzip"`, resp.Header.Get("ETag"), "of what is there now, as it was sent")
			case tc.want >= 400:
				got := decodeFailure(t, resp, body)
				require.Empty(t, resp.Header.Get("ETag"))
				if tc.want != http.StatusBadRequest {
					require.Equal(t, errs.ETagMismatch, got.Details[0].Reason)
				}
			}
		})
	}
}

// The body of a PATCH is a field of the request.
func TestPatch_NamesWhatIsWrongInTheBody(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	for body, field := range map[string]string{
		`{"color":"red"}`:              "color",
		`{"layout":"ROUND"}`:           "layout",
		`{"title":7}`:                  "title",
		`{"title":"a","title":"b"}`:    "title",
		`{"title":"a"} {"title":"b"}`:  "body",
		`[]`:                           "body",
		`{"title":"a","version":"one"`: "body",
	} {
		resp, answer := f.do(t, request{method: "PATCH", path: templatePath, token: alice, body: body})
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, "%s: %s", body, answer)
		require.Contains(t, decodeFailure(t, resp, answer).violations(), field, body)
	}
}

func TestConditions_OfReads(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	plain := map[string]string{"Accept-Encoding": "identity"}
	resp, _ := f.do(t, request{method: "GET", path: "/api/v1/documents", token: alice, header: plain})
	list := resp.Header.Get("ETag")
	require.Regexp(t, `^W/"[0-9a-f]+"$`, list, "what has no version has a tag of its bytes")
	require.Equal(t, "private, no-cache", resp.Header.Get("Cache-Control"))

	for name, tc := range map[string]struct {
		path   string
		header map[string]string
		want   int
	}{
		"the tag that it has":      {templatePath, map[string]string{"If-None-Match": `"1"`}, 304},
		"as a weak one":            {templatePath, map[string]string{"If-None-Match": `W/"1"`}, 304},
		"in a list":                {templatePath, map[string]string{"If-None-Match": `"0", "1"`}, 304},
		"any":                      {templatePath, map[string]string{"If-None-Match": `*`}, 304},
		"another one":              {templatePath, map[string]string{"If-None-Match": `"0"`}, 200},
		"no tag says nothing":      {templatePath, map[string]string{"If-None-Match": `1`}, 200},
		"a list that is the same":  {"/api/v1/documents", map[string]string{"If-None-Match": list}, 304},
		"a list that is not":       {"/api/v1/documents", map[string]string{"If-None-Match": `W/"1"`}, 200},
		"an error is none":         {"/api/v1/documents/" + runID, map[string]string{"If-None-Match": `*`}, 500},
		"If-Match holds":           {templatePath, map[string]string{"If-Match": `"1"`}, 200},
		"If-Match does not":        {templatePath, map[string]string{"If-Match": `"0"`}, 412},
		"If-Match and a weak one":  {"/api/v1/documents", map[string]string{"If-Match": list}, 412},
		"accounts are never kept":  {"/api/v1/auth/me", map[string]string{"If-None-Match": `*`}, 200},
		"If-Match comes before":    {templatePath, map[string]string{"If-Match": `"0"`, "If-None-Match": `"1"`}, 412},
		"both, and both hold":      {templatePath, map[string]string{"If-Match": `"1"`, "If-None-Match": `"0"`}, 200},
		"no condition, no caching": {"/api/v1/auth/me", nil, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			header := map[string]string{"Accept-Encoding": "identity"}
			for k, v := range tc.header {
				header[k] = v
			}
			resp, body := f.do(t, request{method: method, path: tc.path, token: alice, header: header})
			require.Equal(t, tc.want, resp.StatusCode, "%s %s", method, name)
			require.Equal(t, method == "HEAD" || tc.want == 304, len(body) == 0, "%s %s", method, name)
			switch {
			case tc.want == 304:
				require.NotEmpty(t, resp.Header.Get("ETag"), name)
				require.Contains(t, resp.Header.Values("Vary"), "Authorization, X-Workspace-Id", name)
			case strings.HasPrefix(tc.path, "/api/v1/auth/"):
				require.Equal(t, "no-store", resp.Header.Get("Cache-Control"), name)
				require.Empty(t, resp.Header.Get("ETag"), name)
			}
		}
	}
}
