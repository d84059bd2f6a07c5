package research_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// filled is a workspace with a document and finished research.
type filled struct {
	documentID, researchID, sourceID string
}

func fill(ctx context.Context, t *testing.T, f *researchtest.Fixture) filled {
	t.Helper()
	d := f.Add(ctx, t, "otters.md", []byte(otters))
	r := f.Ask(ctx, t, &researchv1.CreateResearchRequest{Query: question})
	sources := f.Sources(ctx, t, r.GetId())
	require.Len(t, sources, 1)
	return filled{d.GetId(), r.GetId(), sources[0].GetId()}
}

func TestWorkspaces_DoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	f, owner, stranger := researchtest.Serve(t), researchtest.User(t), researchtest.User(t)
	w := fill(owner, t, f)
	for name, call := range map[string]func(context.Context) error{
		"get document": func(ctx context.Context) error {
			_, err := f.Documents.GetDocument(ctx, &researchv1.GetDocumentRequest{Id: w.documentID})
			return err
		},
		"delete document": func(ctx context.Context) error {
			_, err := f.Documents.DeleteDocument(ctx, &researchv1.DeleteDocumentRequest{Id: w.documentID})
			return err
		},
		"get research": func(ctx context.Context) error {
			_, err := f.Research.GetResearch(ctx, &researchv1.GetResearchRequest{Id: w.researchID})
			return err
		},
		"wait for research": func(ctx context.Context) error {
			_, err := f.Research.WaitResearch(ctx, &researchv1.WaitResearchRequest{Id: w.researchID})
			return err
		},
		"cancel research": func(ctx context.Context) error {
			_, err := f.Research.CancelResearch(ctx, &researchv1.CancelResearchRequest{Id: w.researchID})
			return err
		},
		"delete research": func(ctx context.Context) error {
			_, err := f.Research.DeleteResearch(ctx, &researchv1.DeleteResearchRequest{Id: w.researchID})
			return err
		},
		"list sources": func(ctx context.Context) error {
			_, err := f.Research.ListSources(ctx, &researchv1.ListSourcesRequest{ResearchId: w.researchID})
			return err
		},
		"list evidence": func(ctx context.Context) error {
			_, err := f.Research.ListEvidence(ctx, &researchv1.ListEvidenceRequest{ResearchId: w.researchID})
			return err
		},
		"extend research": func(ctx context.Context) error {
			_, err := f.Research.ExtendResearch(ctx, &researchv1.ExtendResearchRequest{Id: w.researchID, Queries: []string{"more"}})
			return err
		},
		"read a source again": func(ctx context.Context) error {
			_, err := f.Research.RecheckSource(ctx, &researchv1.RecheckSourceRequest{Id: w.sourceID})
			return err
		},
		"read a snapshot": func(ctx context.Context) error {
			_, _, err := f.Content(ctx, w.sourceID, false)
			return err
		},
	} {
		require.ErrorIs(t, call(stranger), errs.NotFound, name)
	}
	require.Empty(t, f.Search(stranger, t, question))
	documents, err := f.Documents.ListDocuments(stranger, &researchv1.ListDocumentsRequest{})
	require.NoError(t, err)
	require.Empty(t, documents.GetDocuments())
	list, err := f.Research.ListResearch(stranger, &researchv1.ListResearchRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetResearch())
	r := f.Ask(stranger, t, &researchv1.CreateResearchRequest{Query: question})
	require.Empty(t, f.Sources(stranger, t, r.GetId()))

	require.Len(t, f.Search(owner, t, question), 1, "and all is still there")
	require.Len(t, f.Evidence(owner, t, w.researchID), 1)
}

func TestWorkspaces_TheSameBytesAreADocumentInEach(t *testing.T) {
	t.Parallel()
	f, one, two := researchtest.Serve(t), researchtest.User(t), researchtest.User(t)
	a, b := f.Add(one, t, "a.md", []byte(otters)), f.Add(two, t, "b.md", []byte(otters))
	require.NotEqual(t, a.GetId(), b.GetId())
	_, err := f.Documents.DeleteDocument(one, &researchv1.DeleteDocumentRequest{Id: a.GetId()})
	require.NoError(t, err)
	fill(two, t, f)
}

func TestTables_ShowNothingWithoutAWorkspace(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	caller := authntest.Caller(t, authn.RoleResearcher)
	fill(researchtest.As(t, caller), t, f)
	db := database(t, f.Config)
	f.Stop() // it would purge the workspace
	require.NoError(t, db.InWorkspace(t.Context(), caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		// What a research over documents alone does not leave behind.
		for _, insert := range []string{
			`INSERT INTO source_keys (research_id, key, source_id, workspace_id) SELECT research_id, 'doi:10.1/x', id, workspace_id FROM sources`,
			`INSERT INTO research_rounds (research_id, round, workspace_id, request_id, queries, sources)
				SELECT id, 2, workspace_id, '', '{}', '{}' FROM research`,
			`INSERT INTO rechecks (source_id, workspace_id, outcome, reason, raw_sha256, text_sha256, media_type, notices, check_time)
				SELECT id, workspace_id, 'GONE', '', '', '', '', '[]', now() FROM sources`,
			`INSERT INTO pages (workspace_id, url, final_url, status, headers, etag, last_modified, media_type, raw_sha256, fetch_time, fresh_until)
				SELECT workspace_id, '', '', 200, '{}', '', '', '', '', now(), now() FROM sources`,
		} {
			if _, err := tx.Exec(ctx, insert); err != nil {
				return err
			}
		}
		return tenancy.Bury(ctx, tx, caller.WorkspaceID)
	}))
	rows, err := db.Query(t.Context(), `
		SELECT table_name::text FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_name <> 'schema_version' AND table_name NOT LIKE 'river%'`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Len(t, tables, 14, "each table is looked at")
	for _, table := range tables {
		count := "SELECT count(*) FROM " + pgx.Identifier{table}.Sanitize()
		var seen int
		require.NoError(t, db.QueryRow(t.Context(), count).Scan(&seen))
		require.Zero(t, seen, table)
		seen, err = pg.ReadOne(t.Context(), db, caller.WorkspaceID, pgx.RowTo[int], count)
		require.NoError(t, err)
		require.Positive(t, seen, "%s has rows to hide", table)
	}
}

func TestRoles_AViewerReadsAndChangesNothing(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	caller := authntest.Caller(t, authn.RoleResearcher)
	w := fill(researchtest.As(t, caller), t, f)
	caller.Role = authn.RoleViewer
	viewer := researchtest.As(t, caller)

	require.Len(t, f.Search(viewer, t, question), 1)
	require.Len(t, f.Evidence(viewer, t, w.researchID), 1)
	_, err := f.Upload(viewer, &researchv1.UploadDocumentRequest_Header{FileName: "a.md"}, bytes.NewReader([]byte("text")))
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = f.Documents.DeleteDocument(viewer, &researchv1.DeleteDocumentRequest{Id: w.documentID})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = f.Research.CreateResearch(viewer, &researchv1.CreateResearchRequest{Query: question})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = f.Research.ExtendResearch(viewer, &researchv1.ExtendResearchRequest{Id: w.researchID, Queries: []string{"more"}})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = f.Research.RecheckSource(viewer, &researchv1.RecheckSourceRequest{Id: w.sourceID})
	require.ErrorIs(t, err, errs.PermissionDenied)
}

func TestCallers_NobodyIsRefusedAndAServiceActsForItsWorkspace(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	_, err := f.Documents.ListDocuments(t.Context(), &researchv1.ListDocumentsRequest{})
	require.ErrorIs(t, err, errs.Unauthenticated)

	caller := authntest.Caller(t, authn.RoleResearcher)
	w := fill(researchtest.As(t, caller), t, f)
	service := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+authntest.ServiceToken(t, "analysis", caller))
	require.Len(t, f.Evidence(service, t, w.researchID), 1)
}
