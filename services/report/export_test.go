package report_test

import (
	"errors"
	"html"
	"io"
	"mime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/render"
)

// file is an exported report.
type file struct {
	text, contentType, name string
	pieces                  int
}

// export reads a report as a file.
func (b *bundle) export(t *testing.T, c authn.Caller, id, format string) file {
	t.Helper()
	stream, err := b.ExportReport(as(t, c), &reportv1.ExportReportRequest{Id: id, Format: format})
	require.NoError(t, err)
	var out file
	var text strings.Builder
	for ; ; out.pieces++ {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		text.Write(piece.GetData())
		out.contentType = piece.GetContentType()
	}
	out.text = text.String()
	header, err := stream.Header()
	require.NoError(t, err)
	require.Len(t, header.Get("content-disposition"), 1)
	kind, params, err := mime.ParseMediaType(header.Get("content-disposition")[0])
	require.NoError(t, err)
	require.Equal(t, "attachment", kind)
	out.name = params["filename"]
	return out
}

func TestExportReport_Markdown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	for _, format := range []string{"md", ""} {
		got := b.export(t, b.ada, composed.GetId(), format)
		require.Equal(t, "text/markdown; charset=utf-8", got.contentType)
		require.Equal(t, "how-does-a-log-protect-data.md", got.name)
		require.ElementsMatch(t, []string{firstQuote, secondQuote}, render.PlainQuotes(got.text), "quotes stand verbatim")
		for _, must := range []string{"broken.pdf", "the file is encrypted", "did not answer", "https://example.com/guide", "notes.md"} {
			require.Contains(t, got.text, must)
		}
	}
}

func TestExportReport_HTML(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	got := b.export(t, b.ada, composed.GetId(), "html")
	require.Equal(t, "text/html; charset=utf-8", got.contentType)
	require.Equal(t, "how-does-a-log-protect-data.html", got.name)
	require.NotContains(t, got.text, "<always>", "what a source says must not become markup")
	plain := html.UnescapeString(got.text)
	require.Contains(t, plain, firstQuote)
	require.Contains(t, plain, secondQuote)
}

func TestExportReport_IsTheSameEachTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	for _, format := range []string{"md", "html"} {
		first := b.export(t, b.ada, composed.GetId(), format)
		require.Equal(t, first, b.export(t, b.ada, composed.GetId(), format))
	}
}

func TestExportReport_NamesTheFileAfterTheTitle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	analysis := b.compose(t, b.ada, found(t)).GetAnalysisId()
	tests := map[string]struct{ title, name string }{
		"letters of every script stay": {"Größe & Maß", "größe-maß.md"},
		"paths do not":                 {"../../etc/passwd\r\nX: y", "etc-passwd-x-y.md"},
		"long titles are cut":          {strings.Repeat("ab ", 40), strings.TrimSuffix(strings.Repeat("ab-", 20), "-") + ".md"},
		"nothing to go by":             {"?!", "report.md"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: analysis, Title: tc.title})
			require.NoError(t, err)
			require.Equal(t, tc.name, b.export(t, b.ada, r.GetId(), "md").name)
		})
	}
}

func TestExportReport_SendsLargeReportsInPieces(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	long := strings.Repeat("The log is flushed at every commit, again and again. ", 20_000)
	req.Findings[0].Citations[0].Quote = strings.TrimSpace(long)
	got := b.export(t, b.ada, b.compose(t, b.ada, req).GetId(), "md")
	require.Greater(t, got.pieces, 3)
	require.Contains(t, got.text, strings.TrimSpace(long))
}

func TestExportReport_RefusesAnUnknownFormat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	stream, err := b.ExportReport(as(t, b.ada), &reportv1.ExportReportRequest{Id: composed.GetId(), Format: "docx"})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "format")
}
