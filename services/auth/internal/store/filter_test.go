package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/filter/filtertest"
	"github.com/researcherpro/researcherpro/pkg/page"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

func TestFilters_AreFieldsOfTheContractThatTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	user, workspace := ada.User.ID, ada.Workspace.ID
	ctx := t.Context()

	filtertest.Contract(t, store.MembershipFilter(), &authv1.Workspace{})
	filtertest.Runs(t, store.MembershipFilter(), func(w filter.Where) error {
		_, err := b.Memberships(ctx, store.MembershipsOf{UserID: user}, page.Query[store.Place]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.MemberFilter(), &authv1.Member{})
	filtertest.Runs(t, store.MemberFilter(), func(w filter.Where) error {
		_, err := b.Members(ctx, workspace, page.Query[store.Place]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.InvitationFilter(), &authv1.Invitation{})
	filtertest.Runs(t, store.InvitationFilter(), func(w filter.Where) error {
		_, err := b.Invitations(ctx, workspace, page.Query[page.ID]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.APIKeyFilter(), &authv1.ApiKey{})
	filtertest.Runs(t, store.APIKeyFilter(), func(w filter.Where) error {
		_, err := b.APIKeys(ctx, user, workspace, page.Query[page.ID]{Limit: 2, Where: w})
		return err
	})
	filtertest.Contract(t, store.AuditEventFilter(), &authv1.AuditEvent{})
	filtertest.Runs(t, store.AuditEventFilter(), func(w filter.Where) error {
		all := store.AuditFilter{UserID: user, Action: "MemberService", ObjectID: "x", Result: "OK"}
		_, err := b.AuditEvents(ctx, workspace, all, page.Query[store.AuditKey]{Limit: 2, Where: w})
		return err
	})
}

func TestMemberships_OfAKeyAreItsWorkspaceAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	_, err := b.CreateWorkspace(t.Context(), store.NewWorkspace{OwnerID: ada.User.ID, DisplayName: "Lab"})
	require.NoError(t, err)
	for text, want := range map[string]int{"": 1, "role = OWNER": 1, "lab": 0} {
		where, err := store.MembershipFilter().Where(text)
		require.NoError(t, err)
		of := store.MembershipsOf{UserID: ada.User.ID, WorkspaceID: ada.Workspace.ID}
		list, err := b.Memberships(t.Context(), of, page.Query[store.Place]{Limit: 10, Where: where})
		require.NoError(t, err)
		require.Len(t, list, want, text)
	}
}
