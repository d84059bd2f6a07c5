package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// ReusedError says that a refresh token was shown a second time. Its session is
// ended by then; access tokens of it are still to be revoked.
type ReusedError struct{ SessionID, UserID string }

// Error implements error.
func (e *ReusedError) Error() string { return "refresh token used twice in session " + e.SessionID }

// Unwrap returns errs.Unauthenticated.
func (e *ReusedError) Unwrap() error { return errs.Unauthenticated }

// shown is a refresh token as found in the database.
type shown struct {
	SessionID string
	UserID    string
	Used      bool
	Expired   bool
}

// Rotate exchanges a refresh token for the next one of its session. A token
// that is unknown or expired, or whose session has ended, is
// errs.Unauthenticated; a used one is a ReusedError and ends the session.
func (s *Store) Rotate(ctx context.Context, hash []byte, next NewRefresh) (SignIn, error) {
	var in SignIn
	var reused *ReusedError
	err := s.in(ctx, ofRefresh(hash), func(ctx context.Context, tx pgx.Tx) error {
		reused = nil // fn may run again
		// The lock makes one of two that come at the same time the second one.
		found, err := one[shown](ctx, tx, "find refresh token", `
			SELECT session_id, user_id, use_time IS NOT NULL AS used, expire_time < now() AS expired
			FROM refresh_tokens WHERE hash = $1 FOR UPDATE`, hash)
		if err != nil {
			return unauthenticated(err)
		}
		if err := ofUser(found.UserID).set(ctx, tx); err != nil {
			return err
		}
		if found.Used {
			// Not returned as an error from here: the end of the session must be committed.
			reused = &ReusedError{SessionID: found.SessionID, UserID: found.UserID}
			_, err := exec(ctx, tx, "end session", `
				UPDATE sessions SET revoke_time = coalesce(revoke_time, now()) WHERE id = $1`, found.SessionID)
			return err
		}
		if found.Expired {
			return errs.Unauthenticated
		}
		in, err = rotate(ctx, tx, found, hash, next)
		return err
	})
	if err == nil && reused != nil {
		err = reused
	}
	return in, err
}

// rotate marks a token used, adds the next one and reads what the new access
// token has to say: the role may have changed since the last one.
func rotate(ctx context.Context, tx pgx.Tx, found shown, hash []byte, next NewRefresh) (SignIn, error) {
	m, err := one[Membership](ctx, tx, "extend session", `
		UPDATE sessions s SET expire_time = now() + $2::interval
		FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
		WHERE s.id = $1 AND s.revoke_time IS NULL
		  AND m.workspace_id = s.workspace_id AND m.user_id = s.user_id
		RETURNING `+membershipColumns, found.SessionID, next.Life)
	if err != nil {
		return SignIn{}, unauthenticated(err) // revoked, or no longer a member
	}
	user, err := userByID(ctx, tx, found.UserID)
	if err != nil {
		return SignIn{}, unauthenticated(err)
	}
	if _, err := exec(ctx, tx, "mark refresh token used",
		`UPDATE refresh_tokens SET use_time = now() WHERE hash = $1`, hash); err != nil {
		return SignIn{}, err
	}
	if err := insertRefresh(ctx, tx, found.SessionID, found.UserID, next); err != nil {
		return SignIn{}, err
	}
	return SignIn{User: user, Workspace: m.Workspace, Role: m.Role(), Version: m.Version, SessionID: found.SessionID}, nil
}

// unauthenticated turns "no such row" into what it means here.
func unauthenticated(err error) error {
	if errors.Is(err, errs.NotFound) {
		return errs.Unauthenticated
	}
	return err
}
