package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
)

func TestInvitation_ThatHasExpiredIsGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	n := invitation(ada, "bob@example.com", -time.Second)
	made, err := b.Invite(t.Context(), n)
	require.NoError(t, err)
	open := invitation(ada, "eve@example.com", time.Hour)
	_, err = b.Invite(t.Context(), open)
	require.NoError(t, err)

	_, err = b.Accept(t.Context(), bob.User.ID, n.Hash)
	require.ErrorIs(t, err, errs.NotFound)
	require.ErrorIs(t, b.Withdraw(t.Context(), ada.Workspace.ID, made.ID), errs.NotFound)
	list, err := b.Invitations(t.Context(), ada.Workspace.ID, page.Query[page.ID]{Limit: 10})
	require.NoError(t, err)
	require.Len(t, list, 1)

	deleted, err := b.DeleteExpired(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, deleted, "the expired one")
	require.Equal(t, 1, b.count(t, "invitations", "app.workspace_id", ada.Workspace.ID), "and not the open one")
}

// An invitation for the address of somebody who has become a member meanwhile
// must neither lift nor lower their role.
func TestAccept_ByAMemberChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	n := invitation(ada, "bob@example.com", time.Hour)
	_, err := b.Invite(t.Context(), n)
	require.NoError(t, err)
	require.NoError(t, b.db.InWorkspace(t.Context(), ada.Workspace.ID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, 'VIEWER')`, ada.Workspace.ID, bob.User.ID)
		return err
	}))
	_, err = b.Accept(t.Context(), bob.User.ID, n.Hash)
	require.ErrorIs(t, err, errs.NotFound)
	m, err := b.Membership(t.Context(), bob.User.ID, ada.Workspace.ID)
	require.NoError(t, err)
	require.Equal(t, "VIEWER", m.RoleName)
}

func TestInvite_StopsAtAThousandOpenOnes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	fill := func(from, to int, life string) {
		require.NoError(t, b.db.InWorkspace(t.Context(), ada.Workspace.ID, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, `
				INSERT INTO invitations (id, workspace_id, email, role, inviter_id, token_hash, expire_time)
				SELECT gen_random_uuid(), $1, n || '@example.com', 'VIEWER', $2, sha256(n::text::bytea), now() + $5::interval
				FROM generate_series($3::int, $4::int) AS n`, ada.Workspace.ID, ada.User.ID, from, to, life)
			return err
		}))
	}
	fill(1, 999, "1 hour")
	fill(1000, 1100, "-1 hour")
	_, err := b.Invite(t.Context(), invitation(ada, "thousandth@example.com", time.Hour))
	require.NoError(t, err, "expired ones do not count")
	_, err = b.Invite(t.Context(), invitation(ada, "more@example.com", time.Hour))
	require.ErrorIs(t, err, errs.ResourceExhausted)
	_, err = b.Invite(t.Context(), invitation(ada, "7@example.com", time.Hour))
	require.NoError(t, err, "one that replaces another is none more")
}
