package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/server"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// web has one page.
type web struct {
	page server.Page
	err  error

	asked authn.Caller
	url   string
}

func (w *web) Read(_ context.Context, by authn.Caller, url string) (server.Page, error) {
	w.asked, w.url = by, url
	return w.page, w.err
}

// queue counts the jobs that are queued.
type queue struct{ kinds []string }

func (q *queue) InsertTx(_ context.Context, _ pgx.Tx, args river.JobArgs, _ *river.InsertOpts) (*rivertype.JobInsertResult, error) {
	q.kinds = append(q.kinds, args.Kind())
	return nil, nil
}

// anything is what a workspace decided that allows all.
type anything struct{}

func (anything) Of(context.Context, string, string) (settings.Settings, error) {
	return settings.Settings{}, nil
}

// serve returns the server of a library that reads w, and the queue of its jobs.
func serve(t *testing.T, w *web) (*server.Documents, *queue) {
	t.Helper()
	bytes, err := blobstore.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, bytes.Close()) })
	rows, jobs := store.New(pgtest.New(t, migrations.FS)), &queue{}
	return server.NewDocuments(server.Parts{
		Store: rows, Jobs: jobs, Blobs: blobs.New(bytes, rows), Library: library.New(rows), Settings: anything{}, Reader: w,
	}), jobs
}

func TestCreateDocument_OfAnAddressStoresWhatIsThere(t *testing.T) {
	t.Parallel()
	w := &web{page: server.Page{FinalURL: "https://example.org/otters", MediaType: "text/html; charset=utf-8", FileName: "otters", Body: []byte("<p>Otters</p>")}}
	documents, jobs := serve(t, w)
	caller := authntest.Caller(t, authn.RoleResearcher)
	ctx := authn.WithCaller(t.Context(), caller)
	d, err := documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{Url: " https://example.org/a ", Collection: "sea"})
	require.NoError(t, err)
	require.Equal(t, "https://example.org/a", w.url)
	require.Equal(t, caller, w.asked)
	require.Equal(t, "https://example.org/otters", d.GetUrl())
	require.Equal(t, "https://example.org/otters", d.GetTitle(), "until it is read")
	require.Equal(t, "sea", d.GetCollection())
	require.Equal(t, "otters", d.GetFileName())
	require.Equal(t, int64(len(w.page.Body)), d.GetSizeBytes())
	require.Equal(t, []string{"index_document"}, jobs.kinds)

	again, err := documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{Url: "https://example.org/b", Title: "Mine"})
	require.NoError(t, err)
	require.Equal(t, d.GetId(), again.GetId(), "the same bytes are one document")
	require.Len(t, jobs.kinds, 1)

	w.page.Body = []byte("<p>More otters</p>")
	other, err := documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{Url: "https://example.org/b", Title: " Mine "})
	require.NoError(t, err)
	require.Equal(t, "Mine", other.GetTitle())
}

func TestCreateDocument_OfAnAddressThatCannotBeReadSaysWhy(t *testing.T) {
	t.Parallel()
	w := &web{}
	documents, jobs := serve(t, w)
	ctx := authn.WithCaller(t.Context(), authntest.Caller(t, authn.RoleResearcher))
	for reason, result := range map[string]web{
		"EGRESS": {err: &server.Unread{Reason: "EGRESS", Message: "the workspace does not allow this host."}},
		"EMPTY":  {page: server.Page{FinalURL: "https://example.org/"}},
	} {
		w.page, w.err = result.page, result.err
		_, err := documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{Url: "https://example.org/"})
		require.ErrorIs(t, err, errs.InvalidArgument)
		require.ErrorContains(t, err, "url: ")
		info := errs.Status(err).Details()[1].(*errdetails.ErrorInfo)
		require.Equal(t, reason, info.GetReason())
	}
	ours := errs.Later(errs.Unavailable, "HOST_BUSY", "later", time.Second)
	w.err = ours
	_, err := documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{Url: "https://example.org/"})
	require.ErrorIs(t, err, ours)
	w.err = errors.New("the disk is full")
	_, err = documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{Url: "https://example.org/"})
	require.NotErrorIs(t, err, errs.InvalidArgument, "that is not the address's fault")
	require.Empty(t, jobs.kinds)
}

func TestCreateDocument_IsOfATextOrAnAddress(t *testing.T) {
	t.Parallel()
	w := &web{}
	documents, _ := serve(t, w)
	ctx := authn.WithCaller(t.Context(), authntest.Caller(t, authn.RoleResearcher))
	for name, tc := range map[string]struct {
		req    *researchv1.CreateDocumentRequest
		fields []string
	}{
		"neither":              {&researchv1.CreateDocumentRequest{}, []string{"text", "title"}},
		"both":                 {&researchv1.CreateDocumentRequest{Title: "a", Text: "b", Url: "https://example.org"}, []string{"text"}},
		"a blank address":      {&researchv1.CreateDocumentRequest{Title: "a", Url: " "}, []string{"url"}},
		"a text without title": {&researchv1.CreateDocumentRequest{Text: "b"}, []string{"title"}},
		"a blank text":         {&researchv1.CreateDocumentRequest{Title: "a", Text: "\n"}, []string{"text"}},
	} {
		_, err := documents.CreateDocument(ctx, tc.req)
		wrong, ok := errors.AsType[*errs.FieldError](err)
		require.True(t, ok, name)
		var fields []string
		for _, v := range wrong.Violations {
			fields = append(fields, v.Field)
		}
		require.Equal(t, tc.fields, fields, name)
	}
	require.Empty(t, w.url, "nothing was asked")
}
