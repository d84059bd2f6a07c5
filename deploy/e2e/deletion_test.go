package e2e

import (
	"context"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/researcherpro/researcherpro/deploy/programtest"
	"github.com/researcherpro/researcherpro/pkg/redisx"
	"github.com/researcherpro/researcherpro/pkg/tenancy/tenancytest"
	accessv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/access/v1"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// libraryOfDeleted is how many documents a workspace has that is deleted.
const libraryOfDeleted = 40

// TestDeletedWorkspace deletes workspaces while an analysis runs in them, and kills
// each of the services in the middle of its part. Nothing may be left anywhere, and
// nothing of others may be touched.
func TestDeletedWorkspace(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds five programs and kills them")
	}
	s := newFive(t).start(t)
	other := signUp(t, s.Base())
	other.addMany(t, 3)
	other.awaitRendered(t, other.completed(t).GetReportId())
	theirs := other.session.GetWorkspace().GetId()
	before := s.remains(t, theirs)
	require.Subset(t, slices.Collect(maps.Keys(before)), []string{"auth.workspaces", "research.documents", "analysis.analyses", "report.contents", "blobs"})

	// What the purge of a service has to wait for: a row of the run that is done. By
	// then some of its tables are empty and others are not.
	for victim, row := range map[string]string{
		"research": `SELECT FROM research.research WHERE workspace_id = $1 AND state = 'SUCCEEDED' FOR UPDATE`,
		"analysis": `SELECT FROM analysis.analyses WHERE workspace_id = $1 AND state = 'COMPLETED' FOR UPDATE`,
		"report":   `SELECT FROM report.contents WHERE workspace_id = $1 FOR UPDATE`,
		"auth":     `SELECT FROM auth.workspaces WHERE id = $1 FOR UPDATE`,
	} {
		s.deleteAndKill(t, victim, row)
		require.Equal(t, before, s.remains(t, theirs), "while %s was killed", victim)
	}
}

// awaitRendered returns when every file of a report is there: they are made behind the
// run, and one that comes later would look like a change.
func (u *user) awaitRendered(t *testing.T, reportID string) {
	t.Helper()
	require.Eventually(t, func() bool {
		report := &reportv1.Report{}
		u.get(t, "/api/v1/reports/"+reportID, report)
		renderings := report.GetVersions()[0].GetRenderings()
		return len(renderings) > 0 && !slices.ContainsFunc(renderings, func(r *reportv1.Rendering) bool {
			return r.GetState() != reportv1.Rendering_READY
		})
	}, patience, glance)
}

// deleteAndKill deletes a workspace, kills a service while it waits for a row, and
// starts it again.
func (s *site) deleteAndKill(t *testing.T, victim, row string) {
	t.Helper()
	owner := signUp(t, s.Base())
	id := owner.session.GetWorkspace().GetId()
	member := owner.invite(t, accessv1.Role_VIEWER).in(id)
	owner.addMany(t, libraryOfDeleted)
	owner.completed(t)
	run := owner.start(t, &analysisv1.StartAnalysisRequest{Question: question}).GetId()
	stream := member.follow(t, run, 0)
	require.NotNil(t, stream.next())

	var release func()
	if victim != "auth" { // its row is asked for by every call that joins or leaves
		release = s.lock(t, row, id)
	}
	owner.deleteWorkspace(t, id)
	resp, body := owner.json(t, http.MethodGet, "/api/v1/documents", "")
	refused(t, resp, body, http.StatusUnauthorized)
	resp, body = member.json(t, http.MethodGet, "/api/v1/documents", "")
	refused(t, resp, body, http.StatusNotFound)
	stream.all() // ends, though the run has not
	if victim == "auth" {
		release = s.lock(t, row, id)
	}

	s.awaitBlocked(t)
	s.Processes[victim].Kill(t)
	require.NotEmpty(t, s.remains(t, id), "it was killed in the middle")
	s.flushRedis(t) // nothing that matters is there only
	release()
	up := s.Launch(t, victim)
	s.Processes[victim].Await(t, "ready", up)

	s.awaitAuth(t)

	s.awaitPurged(t, id)
	require.Empty(t, s.remains(t, id), "%s was killed", victim)
	// Redis has forgotten who was thrown out. The token is good for a while, and
	// for nothing.
	resp, body = owner.upload(t, "late.md", []byte("too late"))
	refused(t, resp, body, http.StatusNotFound)
	require.Empty(t, s.remains(t, id))
}

// invite makes a new user a member of the user's workspace.
func (u *user) invite(t *testing.T, role accessv1.Role) *user {
	t.Helper()
	member, made := signUp(t, u.base), &authv1.Invitation{}
	id := u.session.GetWorkspace().GetId()
	u.post(t, "/api/v1/workspaces/"+id+"/members", &authv1.InviteMemberRequest{WorkspaceId: id, Email: member.email, Role: role}, made)
	member.post(t, "/api/v1/invitations:accept", &authv1.AcceptInvitationRequest{Token: made.GetToken()}, &authv1.Membership{})
	return member
}

// deleteWorkspace deletes a workspace.
func (u *user) deleteWorkspace(t *testing.T, id string) {
	t.Helper()
	resp, body := u.json(t, http.MethodDelete, "/api/v1/workspaces/"+id, "")
	decode(t, resp, body, &emptypb.Empty{})
}

// admin connects as the administrator of the database, who sees all rows.
func (s *site) admin(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.AdminURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// lock locks the rows of a query until what it returns is called.
func (s *site) lock(t *testing.T, query, workspaceID string) (release func()) {
	t.Helper()
	tx, err := s.admin(t).Begin(t.Context())
	require.NoError(t, err)
	tag, err := tx.Exec(t.Context(), query, workspaceID)
	require.NoError(t, err)
	require.Positive(t, tag.RowsAffected(), query)
	return func() { require.NoError(t, tx.Rollback(t.Context())) }
}

// awaitBlocked returns when somebody waits to delete a row that is locked.
func (s *site) awaitBlocked(t *testing.T) {
	t.Helper()
	conn := s.admin(t)
	require.Eventually(t, func() bool {
		var blocked bool
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE '%DELETE FROM%')`).Scan(&blocked)
		return err == nil && blocked
	}, patience, glance)
}

// awaitAuth returns when the gateway has found auth again: it looks for a service
// that was gone after pauses that grow to some seconds.
func (s *site) awaitAuth(t *testing.T) {
	t.Helper()
	keys := &user{base: s.Base()}
	require.Eventually(t, func() bool {
		resp, _ := keys.json(t, http.MethodGet, "/.well-known/jwks.json", "")
		return resp.StatusCode == http.StatusOK
	}, patience, glance)
}

// awaitPurged returns when auth says that a workspace is deleted everywhere.
func (s *site) awaitPurged(t *testing.T, workspaceID string) {
	t.Helper()
	conn := s.admin(t)
	require.Eventually(t, func() bool {
		var purged bool
		err := conn.QueryRow(t.Context(),
			`SELECT purge_time IS NOT NULL FROM auth.deleted_workspaces WHERE workspace_id = $1`, workspaceID).Scan(&purged)
		return err == nil && purged
	}, patience, glance)
}

// remains returns what there is of a workspace: rows of each schema's tables, and
// files of the blob store.
func (s *site) remains(t *testing.T, workspaceID string) map[string]int {
	t.Helper()
	left, conn := map[string]int{}, s.admin(t)
	for _, schema := range programtest.Services {
		for table, n := range tenancytest.Left(t, conn, schema, workspaceID) {
			left[schema+"."+table] = n
		}
	}
	folder := strings.TrimPrefix(s.Common["BLOB_URL"], "file://")
	require.NoError(t, filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(path, workspaceID) {
			left["blobs"]++
		}
		return err
	}))
	return left
}

// flushRedis empties Redis, as a restart without a disk does.
func (s *site) flushRedis(t *testing.T) {
	t.Helper()
	client, err := redisx.Open(t.Context(), s.Common["REDIS_URL"])
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Close()) }()
	require.NoError(t, client.FlushDB(t.Context()).Err())
}
