package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

func testReportFormats(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	run := u.ended(t, u.start(t, &analysisv1.StartAnalysisRequest{Question: question, Report: &analysisv1.ReportOptions{
		Formats: []string{"pdf", "docx"}, CitationStyle: analysisv1.CitationStyle_APA,
	}}).GetId())
	path := "/api/v1/reports/" + run.GetReportId()
	for format, mediaType := range map[string]string{
		"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "pdf": "application/pdf",
		"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "json": "application/json",
		"bib": "application/x-bibtex; charset=utf-8", "ris": "application/x-research-info-systems; charset=utf-8",
		"csl": "application/vnd.citationstyles.csl+json",
	} {
		resp, whole := u.json(t, http.MethodGet, path+"/export?format="+format, "")
		require.Equal(t, http.StatusOK, resp.StatusCode, "%s: %.300s", format, whole)
		require.Equal(t, mediaType, resp.Header.Get("Content-Type"))
		require.Regexp(t, `^attachment; filename="?[\w-]+\.`+format+`"?$`, resp.Header.Get("Content-Disposition"))

		resp, part := send(t, u.request(t, http.MethodGet, path+"/export?format="+format, nil, "Range", "bytes=2-5"))
		require.Equal(t, http.StatusPartialContent, resp.StatusCode, format)
		require.Equal(t, whole[2:6], part, format)
		require.Equal(t, fmt.Sprintf("bytes 2-5/%d", len(whole)), resp.Header.Get("Content-Range"))
		resp, _ = send(t, u.request(t, http.MethodGet, path+"/export?format="+format, nil, "If-None-Match", resp.Header.Get("ETag")))
		require.Equal(t, http.StatusNotModified, resp.StatusCode, format)
		if format == "json" {
			requireSchema(t, u, whole)
		}
	}
}

// requireSchema checks a document against the schema that the server publishes.
func requireSchema(t *testing.T, u *user, document []byte) {
	t.Helper()
	_, published := u.json(t, http.MethodGet, "/openapi.json", "")
	schemas, err := jsonschema.UnmarshalJSON(bytes.NewReader(published))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, compiler.AddResource("openapi.json", schemas))
	schema, err := compiler.Compile("openapi.json#/paths/~1api~1v1~1reports~1%7Bid%7D~1export/get/responses/200/content/application~1json/schema")
	require.NoError(t, err)
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(read))

	broken, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"sections": [{"heading": "not a list"}]}`))
	require.NoError(t, err)
	require.Error(t, schema.Validate(broken), "a schema that takes anything says nothing")
}

func testReportVersions(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	run := u.completed(t)
	template := &reportv1.Template{}
	u.post(t, "/api/v1/templates", &reportv1.Template{Title: "Claims", Source: "# Claims\n\n{% for f in findings %}\n- {{ f }}\n{% end %}\n"}, template)
	resp, body := u.json(t, http.MethodPatch, "/api/v1/templates/"+template.GetId(), `{"source": "# All claims\n\n{{ findings[0].clam }}\n"}`)
	_, fields := refused(t, resp, body, http.StatusBadRequest)
	require.Contains(t, fields["template.source"], "3:")
	resp, body = u.json(t, http.MethodPatch, "/api/v1/templates/"+template.GetId(), `{"source": "# All claims\n\n{% findings %}\n"}`)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s", body)
	decode(t, resp, body, template)
	require.EqualValues(t, 2, template.GetVersion())
	preview := &reportv1.PreviewTemplateResponse{}
	u.post(t, "/api/v1/templates/"+template.GetId()+":preview", &reportv1.PreviewTemplateRequest{AnalysisId: run.GetId()}, preview)
	require.Contains(t, preview.GetContent(), "All claims")

	report := &reportv1.Report{}
	u.post(t, "/api/v1/reports/"+run.GetReportId()+":generate", &reportv1.GenerateReportRequest{TemplateId: template.GetId()}, report)
	require.EqualValues(t, 2, report.GetVersion())
	require.EqualValues(t, 2, report.GetVersions()[0].GetTemplateVersion())
	difference := &reportv1.ReportDifference{}
	u.get(t, "/api/v1/reports/"+run.GetReportId()+":compare?version=1&otherVersion=2", difference)
	require.Positive(t, difference.GetUnchangedCount())
	require.Empty(t, difference.GetAdded())
	document := &reportv1.Document{}
	u.get(t, "/api/v1/reports/"+run.GetReportId()+"/document", document)
	require.Equal(t, template.GetId(), document.GetProvenance().GetTemplateId())
	resp, _ = u.json(t, http.MethodDelete, "/api/v1/templates/"+template.GetId(), "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, body = u.json(t, http.MethodDelete, "/api/v1/templates/brief", "")
	refused(t, resp, body, http.StatusBadRequest)
}

func testReportShare(t *testing.T, base string) {
	u := signUp(t, base)
	u.addLibrary(t)
	run := u.completed(t)
	share := &reportv1.Share{}
	u.post(t, "/api/v1/reports/"+run.GetReportId()+"/shares", &reportv1.CreateShareRequest{}, share)
	reader := &user{base: base}
	resp, body := reader.json(t, http.MethodGet, "/api/v1/shared/"+share.GetToken(), "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Contains(t, resp.Header.Get("Content-Disposition"), "inline")
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "sandbox")
	require.Contains(t, string(body), "<title>")
	resp, _ = reader.json(t, http.MethodGet, "/api/v1/shared/"+share.GetToken()+"?format=pdf", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, body = reader.json(t, http.MethodGet, "/api/v1/reports/"+run.GetReportId()+"/export", "")
	refused(t, resp, body, http.StatusUnauthorized)

	resp, _ = u.json(t, http.MethodDelete, "/api/v1/reports/"+run.GetReportId()+"/shares/"+share.GetId(), "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	resp, body = reader.json(t, http.MethodGet, "/api/v1/shared/"+share.GetToken(), "")
	reason, _ := refused(t, resp, body, http.StatusNotFound)
	require.Equal(t, "SHARE_NOT_FOUND", reason)
}
