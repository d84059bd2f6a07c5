package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// happened returns an event of some age.
func happened(age time.Duration) audit.Event {
	return audit.Event{ID: uuid.NewString(), Time: time.Now().Add(-age), Action: "X.Y", Result: audit.OK}
}

// log returns the events of a workspace.
func (b bundle) log(t *testing.T, workspaceID string) []audit.Event {
	t.Helper()
	events, err := b.AuditEvents(t.Context(), workspaceID, store.AuditFilter{}, page.Query[store.AuditKey]{Limit: 100})
	require.NoError(t, err)
	return events
}

// run runs a statement with settings, and returns how many rows it touched.
func (b bundle) run(t *testing.T, settings map[string]string, sql string) (int64, error) {
	t.Helper()
	var touched int64
	err := b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		for name, value := range settings {
			if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, name, value); err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, sql)
		touched = tag.RowsAffected()
		return err
	})
	return touched, err
}

// The service's own role, with SQL by hand.
func TestAuditEvents_AreOnlyEverAppendedTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	home := ada.Workspace.ID
	require.NoError(t, b.AppendAuditEvents(t.Context(), home, happened(time.Hour)))
	inHome := map[string]string{"app.workspace_id": home}
	old := time.Now().Add(-2 * time.Hour).Format(time.RFC3339)

	for name, tc := range map[string]struct {
		settings map[string]string
		sql      string
	}{
		"a change":                            {inHome, `UPDATE audit_events SET result = 'OK'`},
		"a change in a deleted workspace":     {map[string]string{"app.workspace_id": home, "app.audit_of_deleted": home}, `UPDATE audit_events SET result = 'OK'`},
		"a deletion":                          {inHome, `DELETE FROM audit_events`},
		"one while another workspace goes":    {map[string]string{"app.workspace_id": home, "app.audit_of_deleted": bob.Workspace.ID}, `DELETE FROM audit_events`},
		"one by retention before its time":    {map[string]string{"app.workspace_id": home, "app.audit_before": old}, `DELETE FROM audit_events`},
		"all at once":                         {inHome, `TRUNCATE audit_events`},
		"all at once by retention":            {map[string]string{"app.audit_before": time.Now().Format(time.RFC3339)}, `TRUNCATE audit_events`},
		"the workspace's row, with all of it": {map[string]string{"app.workspace_id": home}, `DELETE FROM workspaces`},
		"an overwriting":                      {inHome, `INSERT INTO audit_events SELECT * FROM audit_events ON CONFLICT (workspace_id, id) DO UPDATE SET result = 'x'`},
	} {
		_, err := b.run(t, tc.settings, tc.sql)
		require.ErrorContains(t, err, "only ever appended to", name)
	}
	require.Len(t, b.log(t, home), 1)

	deleted, err := b.run(t, map[string]string{"app.workspace_id": home, "app.audit_of_deleted": home}, `DELETE FROM audit_events`)
	require.NoError(t, err)
	require.EqualValues(t, 1, deleted, "it goes with its workspace")
}

func TestAuditEvents_AreSeenInTheirWorkspaceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	require.NoError(t, b.AppendAuditEvents(t.Context(), ada.Workspace.ID, happened(time.Hour)))

	require.Zero(t, b.count(t, "audit_events", "app.nothing", "set"))
	require.Zero(t, b.count(t, "audit_events", "app.workspace_id", bob.Workspace.ID))
	require.Zero(t, b.count(t, "audit_events", "app.user_id", ada.User.ID))
	require.Zero(t, b.count(t, "audit_events", "app.maintenance", "on"))
	require.Zero(t, b.count(t, "audit_events", "app.audit_of_deleted", ada.Workspace.ID))
	require.Equal(t, 1, b.count(t, "audit_events", "app.workspace_id", ada.Workspace.ID))

	_, err := b.run(t, map[string]string{"app.workspace_id": bob.Workspace.ID}, fmt.Sprintf(`
		INSERT INTO audit_events VALUES ('%s', gen_random_uuid(), now(), '', '', '', 'X.Y', '', '', '', 'OK', '', '')`, ada.Workspace.ID))
	require.ErrorContains(t, err, "row-level security")
	_, err = b.run(t, map[string]string{"app.audit_before": time.Now().Format(time.RFC3339)}, fmt.Sprintf(`
		INSERT INTO audit_events VALUES ('%s', gen_random_uuid(), '2020-01-01', '', '', '', 'X.Y', '', '', '', 'OK', '', '')`, ada.Workspace.ID))
	require.ErrorContains(t, err, "row-level security", "the clean-up deletes, and that is all")
}

func TestDeleteAuditEvents_TakesWhatIsOldInEveryWorkspaceAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	const day = 24 * time.Hour
	young := happened(29 * day)
	for _, home := range []string{ada.Workspace.ID, bob.Workspace.ID} {
		require.NoError(t, b.AppendAuditEvents(t.Context(), home, happened(31*day), happened(400*day), young))
	}
	deleted, err := b.DeleteAuditEvents(t.Context(), 30*day)
	require.NoError(t, err)
	require.EqualValues(t, 4, deleted)
	for _, home := range []string{ada.Workspace.ID, bob.Workspace.ID} {
		left := b.log(t, home)
		require.Len(t, left, 1)
		require.Equal(t, young.ID, left[0].ID)
	}
	deleted, err = b.DeleteAuditEvents(t.Context(), 30*day)
	require.NoError(t, err)
	require.Zero(t, deleted)
}

func TestDeleteAuditEvents_GoesOnOverManySlices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	_, err := b.run(t, map[string]string{"app.workspace_id": ada.Workspace.ID}, fmt.Sprintf(`
		INSERT INTO audit_events SELECT '%s', gen_random_uuid(), '2020-01-01', '', '', '', 'X.Y', '', '', '', 'OK', '', ''
		FROM generate_series(1, 12000)`, ada.Workspace.ID))
	require.NoError(t, err)
	deleted, err := b.DeleteAuditEvents(t.Context(), time.Hour)
	require.NoError(t, err)
	require.EqualValues(t, 12_000, deleted)
}

func TestAppendAuditEvents_ToAWorkspaceThatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.ErrorIs(t, b.AppendAuditEvents(t.Context(), uuid.NewString(), happened(0)), errs.NotFound)
}

func TestHomeWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	home, err := b.HomeWorkspace(t.Context(), ada.User.ID)
	require.NoError(t, err)
	require.Equal(t, ada.Workspace.ID, home)
	_, err = b.HomeWorkspace(t.Context(), uuid.NewString())
	require.ErrorIs(t, err, errs.NotFound)
}
