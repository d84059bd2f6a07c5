package analysis_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// touch calls every method that takes a run's id, as a user, and returns what
// came of it.
func (b *bundle) touch(t *testing.T, c authn.Caller, id string) map[string]error {
	t.Helper()
	ctx, outcome := as(t, c), map[string]error{}
	_, outcome["GetAnalysis"] = b.GetAnalysis(ctx, &analysisv1.GetAnalysisRequest{Id: id})
	_, outcome["CancelAnalysis"] = b.CancelAnalysis(ctx, &analysisv1.CancelAnalysisRequest{Id: id})
	_, outcome["RetryAnalysis"] = b.RetryAnalysis(ctx, &analysisv1.RetryAnalysisRequest{Id: id})
	_, outcome["ListFindings"] = b.ListFindings(ctx, &analysisv1.ListFindingsRequest{AnalysisId: id})
	_, outcome["ListEvents"] = b.ListEvents(ctx, &analysisv1.ListEventsRequest{AnalysisId: id})
	_, outcome["Ask"] = b.Ask(ctx, &analysisv1.AskRequest{AnalysisId: id, Text: question})
	_, outcome["ListMessages"] = b.ListMessages(ctx, &analysisv1.ListMessagesRequest{AnalysisId: id})
	_, outcome["ClearMessages"] = b.ClearMessages(ctx, &analysisv1.ClearMessagesRequest{AnalysisId: id})
	answer, err := b.StreamAsk(ctx, &analysisv1.AskRequest{AnalysisId: id, Text: question})
	if err == nil {
		_, err = answer.Recv()
	}
	outcome["StreamAsk"] = err
	_, outcome["DeleteAnalysis"] = b.DeleteAnalysis(ctx, &analysisv1.DeleteAnalysisRequest{Id: id})
	stream, err := b.WatchAnalysis(ctx, &analysisv1.WatchAnalysisRequest{AnalysisId: id})
	if err == nil {
		_, err = stream.Recv()
	}
	outcome["WatchAnalysis"] = err
	return outcome
}

// count returns how many rows each table shows in a workspace; in none when the
// workspace is empty.
func (b *bundle) count(t *testing.T, workspace string) map[string]int {
	t.Helper()
	db, counts := b.open(t), map[string]int{}
	for _, table := range []string{"analyses", "analysis_steps", "findings", "event_streams", "events", "messages"} {
		query := "SELECT count(*) FROM " + table
		if workspace == "" {
			var n int
			require.NoError(t, db.QueryRow(t.Context(), query).Scan(&n))
			counts[table] = n
			continue
		}
		n, err := pg.ReadOne(t.Context(), db, workspace, pgx.RowTo[int], query)
		require.NoError(t, err)
		counts[table] = n
	}
	return counts
}

func TestAnotherWorkspaceFindsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.finish(t, b.start(t))
	eve := authntest.Caller(t, authn.RoleOwner)
	for name, err := range b.touch(t, eve, done.GetId()) {
		require.ErrorIs(t, err, errs.NotFound, name)
	}
	list, err := b.ListAnalyses(as(t, eve), &analysisv1.ListAnalysesRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetAnalyses())
	require.Equal(t, done.String(), b.get(t, done.GetId()).String(), "it is as it was")
}

func TestViewersReadAndMayNotWrite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	viewer := b.ada
	viewer.Role = authn.RoleViewer
	outcome := b.touch(t, viewer, id)
	for _, read := range []string{"GetAnalysis", "ListFindings", "ListEvents", "WatchAnalysis", "ListMessages"} {
		require.NoError(t, outcome[read], read)
	}
	for _, write := range []string{"CancelAnalysis", "RetryAnalysis", "DeleteAnalysis", "Ask", "StreamAsk", "ClearMessages"} {
		require.ErrorIs(t, outcome[write], errs.PermissionDenied, write)
	}
	_, err := b.StartAnalysis(as(t, viewer), &analysisv1.StartAnalysisRequest{Question: question})
	require.ErrorIs(t, err, errs.PermissionDenied)
	_, err = b.GetAnalysis(t.Context(), &analysisv1.GetAnalysisRequest{Id: id})
	require.ErrorIs(t, err, errs.Unauthenticated)
}

// A query that forgets its workspace must find nothing: the policies say so, not
// the queries.
func TestRowsAreSeenInTheirWorkspaceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t, b.finish(t, b.start(t)).GetId(), question)
	for table, n := range b.count(t, b.ada.WorkspaceID) {
		require.Positive(t, n, "%s in its workspace", table)
	}
	for table, n := range b.count(t, uuid.NewString()) {
		require.Zero(t, n, "%s in another workspace", table)
	}
	for table, n := range b.count(t, "") {
		require.Zero(t, n, "%s in none", table)
	}
}

// A new table without a policy would show everything to a forgotten WHERE.
func TestEveryTableForcesRowLevelSecurity(t *testing.T) {
	t.Parallel()
	rows, err := prepare(t).open(t).Query(t.Context(), `
		SELECT relname FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
		  AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY 1`)
	require.NoError(t, err)
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"river_migration", "schema_version"}, open, "they hold version numbers only")
}
