package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// User is a person with an account.
type User struct {
	ID           string
	Email        string // lower-cased
	DisplayName  string
	PasswordHash string // PHC string format; "" for an account without a password
	CreateTime   time.Time
}

// NewAccount is what Register stores.
type NewAccount struct {
	Email        string // lower-cased
	DisplayName  string
	PasswordHash string
}

// userColumns are read into a User.
const userColumns = `id, email, display_name, coalesce(password_hash, '') AS password_hash, create_time`

// Register makes a user, their personal workspace and their first session, all
// or nothing. An address that has an account is errs.AlreadyExists.
func (s *Store) Register(ctx context.Context, n NewAccount, first NewRefresh) (SignIn, error) {
	userID, err := newID()
	if err != nil {
		return SignIn{}, err
	}
	var in SignIn
	err = s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) error {
		user, err := one[User](ctx, tx, "insert user", `
			INSERT INTO users (id, email, display_name, password_hash) VALUES ($1, $2, $3, $4)
			RETURNING `+userColumns, userID, n.Email, n.DisplayName, n.PasswordHash)
		if err != nil {
			return err
		}
		own, err := insertWorkspace(ctx, tx, userID, personalName(n.DisplayName))
		if err != nil {
			return err
		}
		in, err = startSession(ctx, tx, user, own, first)
		return err
	})
	return in, err
}

// UserByEmail returns the account with an address, which must be lower-cased. That
// there is none is found out at the end only: the transaction takes the same steps,
// and the same time, as for an account that exists.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	var found []User
	err := s.in(ctx, ofEmail(email), func(ctx context.Context, tx pgx.Tx) (err error) {
		found, err = all[User](ctx, tx, "find user by address", `SELECT `+userColumns+` FROM users WHERE email = $1`, email)
		return err
	})
	switch {
	case err != nil:
		return User{}, err
	case len(found) == 0:
		return User{}, errs.NotFound
	}
	return found[0], nil
}

// Rehash replaces a password hash by another of the same password, unless it is no
// longer old: a password that is being changed meanwhile wins, and Rehash then
// returns errs.Conflict.
func (s *Store) Rehash(ctx context.Context, userID, old, replacement string) error {
	return s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) error {
		return replaceHash(ctx, tx, userID, old, replacement)
	})
}

// replaceHash replaces a password hash, unless it is no longer old.
func replaceHash(ctx context.Context, tx pgx.Tx, userID, old, replacement string) error {
	n, err := exec(ctx, tx, "replace password",
		`UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, userID, old, replacement)
	if err == nil && n == 0 {
		return errs.Conflict
	}
	return err
}

// Account returns a user and their memberships, the oldest first.
func (s *Store) Account(ctx context.Context, userID string) (User, []Membership, error) {
	var user User
	var memberships []Membership
	err := s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		if user, err = userByID(ctx, tx, userID); err != nil {
			return err
		}
		memberships, err = all[Membership](ctx, tx, "list memberships", `
			SELECT `+membershipColumns+`
			FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
			WHERE m.user_id = $1
			ORDER BY m.create_time, w.id`, userID)
		return err
	})
	return user, memberships, err
}

// ChangePassword replaces a password hash, unless it is no longer old, which is
// errs.Conflict, and ends all of the user's sessions but one. revoke gets their
// ids before the change is committed, and its failure undoes it: whoever
// changes a stolen password must be able to rely on it.
func (s *Store) ChangePassword(ctx context.Context, userID, keepSession, old, replacement string, revoke Revoke) error {
	return s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) error {
		if err := replaceHash(ctx, tx, userID, old, replacement); err != nil {
			return err
		}
		return endSessions(ctx, tx, userID, revoke, `id <> $2`, keepSession)
	})
}

// userByID returns the user whom the transaction is about.
func userByID(ctx context.Context, tx pgx.Tx, id string) (User, error) {
	return one[User](ctx, tx, "find user", `SELECT `+userColumns+` FROM users WHERE id = $1`, id)
}

// home returns the membership that a new session starts in: the oldest, which
// is the personal workspace. A user who has left all of them, or was removed, gets
// a new personal one: an account must never be locked out by other people.
func home(ctx context.Context, tx pgx.Tx, user User) (Membership, error) {
	m, err := oldest(ctx, tx, user.ID)
	if !errors.Is(err, errs.NotFound) {
		return m, err
	}
	// Of sign-ins at the same time one makes it and the others find it. All of
	// them share a lock on the user's row, which none can raise beside the others.
	if _, err := exec(ctx, tx, "lock the user's home",
		`SELECT pg_advisory_xact_lock(hashtextextended('home ' || $1, 0))`, user.ID); err != nil {
		return Membership{}, err
	}
	if m, err = oldest(ctx, tx, user.ID); !errors.Is(err, errs.NotFound) {
		return m, err
	}
	return insertWorkspace(ctx, tx, user.ID, personalName(user.DisplayName))
}

// oldest returns a user's oldest membership; none is errs.NotFound.
func oldest(ctx context.Context, tx pgx.Tx, userID string) (Membership, error) {
	return one[Membership](ctx, tx, "find home workspace", `
		SELECT `+membershipColumns+`
		FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
		WHERE m.user_id = $1
		ORDER BY m.create_time, w.id LIMIT 1`, userID)
}
