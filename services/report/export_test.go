package report_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/markdown"
)

// file is an exported report.
type file struct {
	text, contentType, name, disposition string
	size, etag                           string
	pieces                               int
}

// export reads a report as a file.
func (b *bundle) export(t *testing.T, c authn.Caller, id, format string) file {
	t.Helper()
	return b.exportPart(t, c, &reportv1.ExportReportRequest{Id: id, Format: format})
}

func (b *bundle) exportPart(t *testing.T, c authn.Caller, req *reportv1.ExportReportRequest) file {
	t.Helper()
	stream, err := b.ExportReport(as(t, c), req)
	require.NoError(t, err)
	return receive(t, stream)
}

// receive reads a file.
func receive(t *testing.T, stream grpc.ServerStreamingClient[httpbody.HttpBody]) file {
	t.Helper()
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
	out.disposition, out.name = kind, params["filename"]
	out.size, out.etag = header.Get("content-size")[0], header.Get("etag")[0]
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
		require.ElementsMatch(t, []string{firstQuote, secondQuote}, markdown.PlainQuotes(got.text), "quotes stand verbatim")
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
	require.Equal(t, "attachment", got.disposition)
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
	for _, format := range composed.GetFormats() {
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
	stream, err := b.ExportReport(as(t, b.ada), &reportv1.ExportReportRequest{Id: composed.GetId(), Format: "gif"})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "format")
}

func TestExportReport_EveryFormat(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	tests := map[string]struct{ mediaType, begins, holds string }{
		"pdf":  {"application/pdf", "%PDF-1.7", "%%EOF"},
		"docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK", "word/document.xml"},
		"json": {"application/json", "{\n", `"title": "How does a log protect data?"`},
		"bib":  {"application/x-bibtex; charset=utf-8", "@", "https://example.com/guide"},
		"ris":  {"application/x-research-info-systems; charset=utf-8", "TY  - ", "https://example.com/guide"},
		"csl":  {"application/vnd.citationstyles.csl+json", "[", "https://example.com/guide"},
	}
	for format, tc := range tests {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			got := b.export(t, b.ada, composed.GetId(), format)
			require.Equal(t, tc.mediaType, got.contentType)
			require.Equal(t, "how-does-a-log-protect-data."+format, got.name)
			require.True(t, strings.HasPrefix(got.text, tc.begins), "%.20q", got.text)
			require.Contains(t, got.text, tc.holds)
			require.Equal(t, strconv.Itoa(len(got.text)), got.size)
			require.Equal(t, fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(got.text))), got.etag)
		})
	}
}

func TestExportReport_APart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	composed := b.compose(t, b.ada, found(t))
	whole := b.export(t, b.ada, composed.GetId(), "md").text
	size := int64(len(whole))
	for name, tc := range map[string]struct {
		offset, length int64
		want           string
	}{
		"from the middle": {10, 5, whole[10:15]},
		"to the end":      {size - 4, 0, whole[size-4:]},
		"from the end":    {-4, 0, whole[size-4:]},
		"more than all":   {-2 * size, 3 * size, whole},
	} {
		got := b.exportPart(t, b.ada, &reportv1.ExportReportRequest{Id: composed.GetId(), Offset: tc.offset, Length: tc.length})
		require.Equal(t, tc.want, got.text, name)
		require.Equal(t, strconv.FormatInt(size, 10), got.size, name)
	}
	stream, err := b.ExportReport(as(t, b.ada), &reportv1.ExportReportRequest{Id: composed.GetId(), Offset: size})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.ErrorIs(t, err, errs.OutOfRange)
}

func TestComposeReport_RendersWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req := found(t)
	req.Formats = []string{"pdf", "md"}
	composed := b.compose(t, b.ada, req)
	require.Eventually(t, func() bool {
		read, err := b.GetReport(as(t, b.ada), &reportv1.GetReportRequest{Id: composed.GetId()})
		require.NoError(t, err)
		var ready []string
		for _, r := range read.GetVersions()[0].GetRenderings() {
			if r.GetState() == reportv1.Rendering_READY && r.GetSize() > 0 && len(r.GetSha256()) == 64 {
				ready = append(ready, r.GetFormat())
			}
		}
		return slices.Equal([]string{"md", "pdf"}, ready)
	}, time.Minute, 20*time.Millisecond)
}

func TestExportReport_TakesUpWhatNobodyRendersAnyMore(t *testing.T) {
	t.Parallel()
	b := setupIdle(t)
	req := found(t)
	req.Formats = []string{"md"}
	composed := b.compose(t, b.ada, req)
	// A job that was killed at each attempt is given up.
	require.NoError(t, b.open(t).InWorkspace(t.Context(), b.ada.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE river_job SET state = 'discarded', attempt = max_attempts, finalized_at = now() WHERE kind = 'render_report'`)
		require.EqualValues(t, 1, tag.RowsAffected())
		return err
	}))
	defer b.work(t)()
	require.Contains(t, b.export(t, b.ada, composed.GetId(), "md").text, firstQuote)
}
