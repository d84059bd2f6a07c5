package analysis_test

import (
	"context"
	"errors"
	"fmt"
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
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis"
	"github.com/researcherpro/researcherpro/services/analysis/migrations"
)

// remains returns the rows that there are of a workspace.
func (b *bundle) remains(t *testing.T, workspaceID string) (left map[string]int) {
	t.Helper()
	require.NoError(t, b.open(t).InWorkspace(t.Context(), workspaceID, func(_ context.Context, tx pgx.Tx) error {
		left = tenancytest.Left(t, tx, pgtest.Schema, workspaceID)
		return nil
	}))
	return left
}

// deleteWorkspace lets auth announce the deletion of the user's workspace until the
// service has confirmed.
func (b *bundle) deleteWorkspace(t *testing.T) {
	t.Helper()
	client, err := redisx.Open(t.Context(), b.cfg.RedisURL)
	require.NoError(t, err)
	defer client.Close()
	b.auth.Delete(b.ada.WorkspaceID, analysis.Name, "report")
	tenancytest.Await(t, client, b.ada.WorkspaceID, func() bool { return !b.auth.Waits(b.ada.WorkspaceID, analysis.Name) })
}

func TestSchema_NothingOfADeletedWorkspaceIsForgotten(t *testing.T) {
	t.Parallel()
	tenancytest.Check(t, pgtest.New(t, migrations.FS))
}

func TestDeletedWorkspace_LeavesNothingAndTakesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ask(t, b.finish(t, b.start(t)).GetId(), question)
	ada, eve := b.ada, authntest.Caller(t, authn.RoleResearcher)
	b.ada = eve
	hers := b.finish(t, b.start(t))
	b.ada = ada
	for _, table := range []string{"analyses", "analysis_steps", "findings", "event_streams", "events", "messages", "river_job"} {
		require.Positive(t, b.remains(t, ada.WorkspaceID)[table], table)
	}
	before := b.remains(t, eve.WorkspaceID)

	b.deleteWorkspace(t)
	require.Empty(t, b.remains(t, ada.WorkspaceID))
	_, err := b.StartAnalysis(as(t, ada), &analysisv1.StartAnalysisRequest{Question: question})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.StartAnalysis(as(t, ada), &analysisv1.StartAnalysisRequest{Question: question, RequestId: "again"})
	require.ErrorIs(t, err, errs.NotFound)
	require.Empty(t, b.remains(t, ada.WorkspaceID))

	require.Equal(t, before, b.remains(t, eve.WorkspaceID))
	b.ada = eve
	require.Equal(t, hers.String(), b.get(t, hers.GetId()).String())
}

// Whichever step is at work: it ends, it leaves nothing, and nobody follows a run
// that is no more.
func TestDeletedWorkspace_WhileAStepIsAtWork(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call   string // the peer's method that is being called
		report bool   // whose peer is report, not research
	}{
		"search":  {call: "CreateResearch"},
		"collect": {call: "WaitResearch"},
		"check":   {call: "GetSourceContent"},
		"report":  {call: "ComposeReport", report: true},
	}
	for step, tc := range tests {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			peer := &b.research.Script
			if tc.report {
				peer = &b.report.Script
			}
			reached, release := peer.Hold(t, tc.call)
			id := b.start(t)
			stream := b.follow(t, id, 0)
			receive(t, reached)
			b.deleteWorkspace(t)
			release()

			var err error
			for err == nil {
				_, err = stream.Recv()
			}
			require.ErrorIs(t, err, errs.NotFound, "the stream ends with the run")
			_, err = b.GetAnalysis(as(t, b.ada), &analysisv1.GetAnalysisRequest{Id: id})
			require.ErrorIs(t, err, errs.NotFound)
			require.Empty(t, b.remains(t, b.ada.WorkspaceID))
		})
	}
}

// A process is killed in the middle: the tombstone is there, and the rest is half
// done. Another one goes on without hearing of it again.
func TestDeletedWorkspace_IsFinishedByTheNextProcess(t *testing.T) {
	t.Parallel()
	for transactions := range 7 {
		t.Run(fmt.Sprintf("killed after %d transactions", transactions), func(t *testing.T) {
			t.Parallel()
			b := prepare(t)
			svc := b.serve(t)
			id := b.start(t)
			killed, done := errors.New("killed"), 0
			db := b.open(t)
			require.NoError(t, db.InWorkspace(t.Context(), b.ada.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
				return tenancy.Bury(ctx, tx, b.ada.WorkspaceID)
			}))
			_, err := tenancy.DeleteRows(t.Context(), func(ctx context.Context, id string, fn func(context.Context, pgx.Tx) error) error {
				if done++; done > transactions {
					return killed
				}
				return db.InWorkspace(ctx, id, fn)
			}, b.ada.WorkspaceID)
			if transactions < 6 { // one to read the catalog, five tables
				require.ErrorIs(t, err, killed)
			}
			require.NotEmpty(t, b.remains(t, b.ada.WorkspaceID), "run %s", id)

			b.auth.Delete(b.ada.WorkspaceID, analysis.Name)
			work(t, svc)
			require.Eventually(t, func() bool { return !b.auth.Waits(b.ada.WorkspaceID, analysis.Name) }, patience, 10*time.Millisecond)
			require.Empty(t, b.remains(t, b.ada.WorkspaceID))
		})
	}
}
