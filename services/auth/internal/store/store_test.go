package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bundle is a store with the database under it.
type bundle struct {
	*store.Store
	db *pg.Pool
}

func setup(t *testing.T) bundle {
	t.Helper()
	db := pgtest.New(t, migrations.FS)
	return bundle{Store: store.New(db), db: db}
}

// refresh returns a refresh token that is good for a while.
func refresh(life time.Duration) store.NewRefresh {
	hash := make([]byte, 32)
	_, _ = rand.Read(hash)
	return store.NewRefresh{Hash: hash, Life: life}
}

// register makes an account and returns its first session and refresh token.
func (b bundle) register(t *testing.T, email string) (store.SignIn, store.NewRefresh) {
	t.Helper()
	first := refresh(time.Hour)
	in, err := b.Register(t.Context(), store.NewAccount{
		Email: email, DisplayName: "Ada", PasswordHash: "hash of " + email,
	}, first)
	require.NoError(t, err)
	return in, first
}

// count returns how many rows of a table a transaction with a setting sees.
func (b bundle) count(t *testing.T, table, setting, value string) int {
	t.Helper()
	var n int
	err := b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, setting, value); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()).Scan(&n)
	})
	require.NoError(t, err)
	return n
}

// ignore is a Revoke that succeeds.
func ignore(context.Context, ...string) error { return nil }

func TestRowsAreSeenOnlyByWhomTheyAreAbout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	b.register(t, "bob@example.com")

	tables := []string{"users", "workspaces", "memberships", "sessions", "refresh_tokens"}
	for _, table := range tables {
		require.Zero(t, b.count(t, table, "app.nothing", "set"), "%s without a scope", table)
		require.Equal(t, 1, b.count(t, table, "app.user_id", ada.User.ID), "%s of Ada", table)
		require.Zero(t, b.count(t, table, "app.user_id", ada.Workspace.ID), "%s of somebody else", table)
		require.Zero(t, b.count(t, table, "app.maintenance", "on"), "%s to the worker: nothing has expired", table)
	}
	require.Equal(t, 1, b.count(t, "users", "app.email", "ada@example.com"))
	require.Equal(t, 1, b.count(t, "workspaces", "app.workspace_id", ada.Workspace.ID))
	require.Equal(t, 1, b.count(t, "memberships", "app.workspace_id", ada.Workspace.ID))
	require.Equal(t, 1, b.count(t, "refresh_tokens", "app.refresh_hash", fmt.Sprintf("%x", token.Hash)))
	require.Zero(t, b.count(t, "sessions", "app.refresh_hash", fmt.Sprintf("%x", token.Hash)))
}

// A table without a policy would show everything to a forgotten WHERE.
func TestEveryTableWithUsersDataForcesRowLevelSecurity(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows, err := b.db.Query(t.Context(), `
		SELECT relname FROM pg_class
		WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
		  AND NOT (relrowsecurity AND relforcerowsecurity)
		  AND relname <> 'river_migration' ORDER BY 1`)
	require.NoError(t, err)
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"schema_version"}, open, "it holds the number of the last migration, nothing of anyone's")
}

func TestARowCannotBeWrittenForSomebodyElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	bob, _ := b.register(t, "bob@example.com")
	err := b.db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.user_id', $1, true)`, bob.User.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO sessions (id, user_id, workspace_id, expire_time)
			VALUES (gen_random_uuid(), $1, $2, now())`, ada.User.ID, ada.Workspace.ID)
		return err
	})
	require.ErrorContains(t, err, "row-level security")
}

func TestRegister_OfATakenAddressLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	_, err := b.Register(t.Context(), store.NewAccount{
		Email: "ada@example.com", DisplayName: "Eve", PasswordHash: "x",
	}, refresh(time.Hour))
	require.ErrorIs(t, err, errs.AlreadyExists)

	user, memberships, err := b.Account(t.Context(), ada.User.ID)
	require.NoError(t, err)
	require.Equal(t, "Ada", user.DisplayName)
	require.Len(t, memberships, 1)
	require.Equal(t, authn.RoleOwner, memberships[0].Role())
}

func TestUserByEmail_OfAnUnknownAddressIsNotFound(t *testing.T) {
	t.Parallel()
	_, err := setup(t).UserByEmail(t.Context(), "nobody@example.com")
	require.ErrorIs(t, err, errs.NotFound)
}

// Between checking a password and starting the session it can be changed.
func TestStartSession_NeedsThePasswordThatWasChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	require.NoError(t, b.ChangePassword(t.Context(), ada.User.ID, ada.SessionID, ada.User.PasswordHash, "new hash", ignore))
	_, err := b.StartSession(t.Context(), ada.User, refresh(time.Hour))
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestChangePassword_OfTwoAtTheSameTimeOneWins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	change := func(hash string) error {
		return b.ChangePassword(t.Context(), ada.User.ID, ada.SessionID, ada.User.PasswordHash, hash, ignore)
	}
	require.NoError(t, change("first"))
	require.ErrorIs(t, change("second"), errs.Conflict)
}

// Who changes a stolen password must be able to rely on "done".
func TestEndingSessions_ChangesNothingWhenTheyCannotBeRevoked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	other, err := b.StartSession(t.Context(), ada.User, refresh(time.Hour))
	require.NoError(t, err)
	down := func(context.Context, ...string) error { return errors.New("Redis is down") }

	require.ErrorIs(t, b.EndSession(t.Context(), ada.User.ID, ada.SessionID, down), errs.Unavailable)
	require.ErrorIs(t, b.ChangePassword(t.Context(), ada.User.ID, other.SessionID, ada.User.PasswordHash, "new", down), errs.Unavailable)

	user, _, err := b.Account(t.Context(), ada.User.ID)
	require.NoError(t, err)
	require.Equal(t, ada.User.PasswordHash, user.PasswordHash)
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.NoError(t, err)
}

func TestEndSession_RevokesOnlyThatOneAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	other := refresh(time.Hour)
	_, err := b.StartSession(t.Context(), ada.User, other)
	require.NoError(t, err)

	var revoked []string
	note := func(_ context.Context, ids ...string) error {
		revoked = append(revoked, ids...)
		return nil
	}
	for range 2 {
		require.NoError(t, b.EndSession(t.Context(), ada.User.ID, ada.SessionID, note))
	}
	require.Equal(t, []string{ada.SessionID, ada.SessionID}, revoked)
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.ErrorIs(t, err, errs.Unauthenticated)
	_, err = b.Rotate(t.Context(), other.Hash, refresh(time.Hour))
	require.NoError(t, err)
}

func TestRotate_RefusesAnExpiredToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	expired := refresh(-time.Second)
	_, err := b.StartSession(t.Context(), ada.User, expired)
	require.NoError(t, err)
	_, err = b.Rotate(t.Context(), expired.Hash, refresh(time.Hour))
	require.ErrorIs(t, err, errs.Unauthenticated)
}

func TestRotate_FollowsTheMembership(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	as := func(sql string) {
		require.NoError(t, b.db.InWorkspace(t.Context(), ada.Workspace.ID, func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Exec(ctx, sql)
			return err
		}))
	}

	as(`UPDATE memberships SET role = 'VIEWER'`)
	second := refresh(time.Hour)
	in, err := b.Rotate(t.Context(), token.Hash, second)
	require.NoError(t, err)
	require.Equal(t, authn.RoleViewer, in.Role, "a new role shows in the next token")

	as(`DELETE FROM memberships`)
	_, err = b.Rotate(t.Context(), second.Hash, refresh(time.Hour))
	require.ErrorIs(t, err, errs.Unauthenticated, "a former member gets none")
}

func TestRotate_NamesTheSessionOfATokenThatIsUsedTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	_, err := b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.NoError(t, err)
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	var reused *store.ReusedError
	require.ErrorAs(t, err, &reused)
	require.Equal(t, ada.SessionID, reused.SessionID)
}

func TestDeleteExpired_TakesWhatHasExpiredAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, token := b.register(t, "ada@example.com")
	_, err := b.StartSession(t.Context(), ada.User, refresh(-time.Second))
	require.NoError(t, err)

	deleted, err := b.DeleteExpired(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, deleted, "one session and its token")
	deleted, err = b.DeleteExpired(t.Context())
	require.NoError(t, err)
	require.Zero(t, deleted)
	_, err = b.Rotate(t.Context(), token.Hash, refresh(time.Hour))
	require.NoError(t, err)
}
