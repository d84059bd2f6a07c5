package research_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// database opens the database of a service, as the service's own role.
func database(t *testing.T, cfg research.Config) *pg.Pool {
	t.Helper()
	db, err := pg.Open(t.Context(), cfg.DatabaseURL, pg.Options{MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

// allJobs is database for statements that look at the jobs of all workspaces.
func allJobs(t *testing.T, cfg research.Config) *pg.Pool {
	t.Helper()
	return pgtest.AllJobs(t, database(t, cfg))
}

// queued adds a document and asks a question while nobody works.
func queued(ctx context.Context, t *testing.T, api *researchtest.Fixture) (documentID, researchID string) {
	t.Helper()
	// The question comes first, so that it waits for the document.
	r, err := api.Research.CreateResearch(ctx, &researchv1.CreateResearchRequest{Query: question})
	require.NoError(t, err)
	d, err := api.Upload(ctx, &researchv1.UploadDocumentRequest_Header{FileName: "otters.md"}, bytes.NewReader([]byte(otters)))
	require.NoError(t, err)
	return d.GetId(), r.GetId()
}

// awaitIdle returns when no job is left to do, but for audit events and what is to be
// done later.
func awaitIdle(t *testing.T, db *pg.Pool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for left := 1; left > 0; {
		select {
		case <-ctx.Done():
			t.Fatalf("%d jobs are left", left)
		case <-look.C:
		}
		require.NoError(t, db.QueryRow(ctx, "SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND queue <> 'audit' AND (state <> 'scheduled' OR scheduled_at < now() + interval '5 s')").Scan(&left))
	}
}

func TestJobs_OfAKilledProcessAreDoneByTheNextOne(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg)
	documentID, researchID := queued(user, t, api)
	api.Stop()
	db := allJobs(t, cfg)
	// What a process leaves behind that is killed while it runs both.
	_, err := db.Exec(t.Context(), "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = ARRAY[$1]", cfg.WorkerID)
	require.NoError(t, err)

	f := researchtest.Replica(t, cfg)
	require.Equal(t, researchv1.Document_READY, f.Await(user, t, documentID).GetState())
	require.Equal(t, researchv1.Research_SUCCEEDED, f.Wait(user, t, researchID).GetState())
	require.Len(t, f.Sources(user, t, researchID), 1)
	require.Len(t, f.Evidence(user, t, researchID), 1)
}

func TestJobs_DoneTwiceLeaveTheSameBehind(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	before := f.Add(user, t, "otters.md", []byte(otters))
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	sources, evidence := f.Sources(user, t, r.GetId()), f.Evidence(user, t, r.GetId())
	db := allJobs(t, f.Config)
	awaitIdle(t, db)

	tag, err := db.Exec(t.Context(), "UPDATE river_job SET state = 'available', finalized_at = NULL WHERE queue <> 'audit' AND finalized_at IS NOT NULL")
	require.NoError(t, err)
	require.GreaterOrEqual(t, tag.RowsAffected(), int64(2))
	awaitIdle(t, db)
	require.Equal(t, before.String(), f.Await(user, t, before.GetId()).String())
	require.Equal(t, r.String(), f.Wait(user, t, r.GetId()).String())
	require.Len(t, f.Search(user, t, question), 1)
	for i, s := range f.Sources(user, t, r.GetId()) {
		require.Equal(t, sources[i].GetId(), s.GetId())
	}
	for i, e := range f.Evidence(user, t, r.GetId()) {
		require.Equal(t, evidence[i].GetId(), e.GetId())
	}
}

func TestJobs_ThatFailEveryTimeEndWithAReason(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg)
	documentID, researchID := queued(user, t, api)
	// As if each attempt so far had taken the process with it.
	_, err := allJobs(t, cfg).Exec(t.Context(), "UPDATE river_job SET attempt = max_attempts - 1")
	require.NoError(t, err)

	f := researchtest.Replica(t, cfg)
	d := f.Await(user, t, documentID)
	require.Equal(t, researchv1.Document_FAILED, d.GetState())
	require.Equal(t, "BROKEN", d.GetError().GetReason())
	require.Contains(t, d.GetError().GetMessage(), "again and again")
	r := f.Wait(user, t, researchID)
	require.Equal(t, researchv1.Research_FAILED, r.GetState())
	require.Contains(t, r.GetError(), "again and again")
}

func TestJobs_CollectionsLeaveRoomForTheDocumentsTheyWaitFor(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	cfg.Workers = 1
	_, researchID := queued(user, t, researchtest.API(t, cfg))

	f := researchtest.Replica(t, cfg)
	f.Wait(user, t, researchID)
	require.Len(t, f.Evidence(user, t, researchID), 1)
}

func TestReplicas_ShareTheLibrary(t *testing.T) {
	t.Parallel()
	one, user := researchtest.Serve(t), researchtest.User(t)
	cfg := one.Config
	cfg.WorkerID = "worker-" + uuid.NewString()
	two := researchtest.Replica(t, cfg)
	require.Empty(t, two.Search(user, t, question), "its index is built and empty")

	d := one.Add(user, t, "otters.md", []byte(otters))
	require.Len(t, two.Search(user, t, question), 1, "READY here is READY there")
	_, err := two.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	require.Empty(t, one.Search(user, t, question))
	require.Empty(t, two.Search(user, t, question))

	again := two.Add(user, t, "otters.md", []byte(otters))
	one.Stop()
	cfg.WorkerID = "worker-" + uuid.NewString()
	three := researchtest.Replica(t, cfg)
	hits := three.Search(user, t, question)
	require.Len(t, hits, 1, "an index is built from what is stored")
	require.Equal(t, again.GetId(), hits[0].GetDocumentId())
}
