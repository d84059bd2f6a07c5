package research_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research"
	"github.com/researcherpro/researcherpro/services/research/migrations"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// remains returns what there is of a workspace: rows by table, and blobs.
func remains(t *testing.T, cfg research.Config, workspaceID string) map[string]int {
	t.Helper()
	left := map[string]int{}
	require.NoError(t, database(t, cfg).InWorkspace(t.Context(), workspaceID, func(_ context.Context, tx pgx.Tx) error {
		left = tenancytest.Left(t, tx, pgtest.Schema, workspaceID)
		return nil
	}))
	err := filepath.WalkDir(filepath.Join(cfg.BlobURL[len("file://"):], workspaceID), func(_ string, entry os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		left["blobs"]++
		return err
	})
	require.NoError(t, err)
	return left
}

// deleteWorkspace lets auth announce a deletion until the service has confirmed.
func deleteWorkspace(t *testing.T, f *researchtest.Fixture, workspaceID string) {
	t.Helper()
	client, err := redisx.Open(t.Context(), f.Config.RedisURL)
	require.NoError(t, err)
	defer client.Close()
	f.Auth.Delete(workspaceID, research.Name, "analysis")
	tenancytest.Await(t, client, workspaceID, func() bool { return !f.Auth.Waits(workspaceID, research.Name) })
}

func TestSchema_NothingOfADeletedWorkspaceIsForgotten(t *testing.T) {
	t.Parallel()
	tenancytest.Check(t, pgtest.New(t, migrations.FS))
}

func TestDeletedWorkspace_LeavesNothingAndTakesNothing(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	ada, bob := authntest.Caller(t, authn.RoleResearcher), authntest.Caller(t, authn.RoleResearcher)
	user, other := researchtest.As(t, ada), researchtest.As(t, bob)
	fill(user, t, f)
	kept := fill(other, t, f)
	require.Len(t, f.Search(user, t, question), 1)
	for _, table := range []string{"documents", "passages", "research", "sources", "evidence", "library_versions", "library_changes", "river_job", "blobs"} {
		require.Positive(t, remains(t, f.Config, ada.WorkspaceID)[table], table)
	}
	before := remains(t, f.Config, bob.WorkspaceID)

	deleteWorkspace(t, f, ada.WorkspaceID)
	require.Empty(t, remains(t, f.Config, ada.WorkspaceID))

	// A token that is still good must not bring anything back.
	_, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "late.md"}, bytes.NewReader([]byte("too late")))
	require.ErrorIs(t, err, errs.NotFound)
	_, err = f.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: question})
	require.ErrorIs(t, err, errs.NotFound)
	require.Empty(t, f.Search(user, t, question), "the index in memory is gone")
	require.Empty(t, remains(t, f.Config, ada.WorkspaceID))

	require.Equal(t, before, remains(t, f.Config, bob.WorkspaceID))
	require.Len(t, f.Search(other, t, question), 1)
	_, err = f.Documents.GetDocument(other, &researchv1.GetDocumentRequest{Id: kept.documentID})
	require.NoError(t, err)
}

func TestDeletedWorkspace_WhileItsDocumentsAreReadAndItsQuestionsAnswered(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	ada := authntest.Caller(t, authn.RoleResearcher)
	user := researchtest.As(t, ada)
	for i := range 40 {
		_, err := f.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "otters.md"}, bytes.NewReader(fmt.Appendf(nil, "%s %d", otters, i)))
		require.NoError(t, err)
		_, err = f.Research.CreateResearch(user, &researchv1.CreateResearchRequest{Query: question})
		require.NoError(t, err)
	}
	deleteWorkspace(t, f, ada.WorkspaceID)
	f.Stop() // waits for the jobs that are at work
	require.Empty(t, remains(t, f.Config, ada.WorkspaceID))
}

// A process is killed in the middle: the tombstone is there, and the rest is half
// done. Another one goes on without hearing of it again.
func TestDeletedWorkspace_IsFinishedByTheNextProcess(t *testing.T) {
	t.Parallel()
	for transactions := range 8 {
		t.Run(fmt.Sprintf("killed after %d transactions", transactions), func(t *testing.T) {
			t.Parallel()
			f := researchtest.Serve(t)
			ada := authntest.Caller(t, authn.RoleResearcher)
			fill(researchtest.As(t, ada), t, f)
			f.Stop()

			db, killed, done := database(t, f.Config), errors.New("killed"), 0
			require.NoError(t, db.InWorkspace(t.Context(), ada.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
				return tenancy.Bury(ctx, tx, ada.WorkspaceID)
			}))
			_, err := tenancy.DeleteRows(t.Context(), func(ctx context.Context, id string, fn func(context.Context, pgx.Tx) error) error {
				if done++; done > transactions {
					return killed
				}
				return db.InWorkspace(ctx, id, fn)
			}, ada.WorkspaceID)
			require.ErrorIs(t, err, killed)
			require.NotEmpty(t, remains(t, f.Config, ada.WorkspaceID))

			auth := &researchtest.Auth{}
			auth.Delete(ada.WorkspaceID, research.Name)
			researchtest.ReplicaAsking(t, f.Config, auth)
			require.Eventually(t, func() bool { return !auth.Waits(ada.WorkspaceID, research.Name) }, time.Minute, 20*time.Millisecond)
			require.Empty(t, remains(t, f.Config, ada.WorkspaceID))
		})
	}
}
