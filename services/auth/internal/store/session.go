package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

// SignIn is a session with all that its tokens need.
type SignIn struct {
	User      User
	Workspace Workspace
	Role      authn.Role
	// Version is that of the membership which the role comes from.
	Version   int64
	SessionID string
}

// Caller returns whom an access token of the session stands for.
func (in SignIn) Caller() authn.Caller {
	return authn.Caller{
		UserID:      in.User.ID,
		WorkspaceID: in.Workspace.ID,
		SessionID:   in.SessionID,
		Role:        in.Role,
		Membership:  in.Version,
	}
}

// NewRefresh is a refresh token to be stored.
type NewRefresh struct {
	Hash []byte // SHA-256 of the token
	Life time.Duration
}

// Revoke is called with the ids of sessions that end, before that is committed.
// It may be called again with the same ids.
type Revoke func(ctx context.Context, sessionIDs ...string) error

// StartSession signs a user in. It is errs.Unauthenticated when the password is
// no longer the one that was checked: whoever changes a password locks out
// those who are just signing in with the old one, too.
func (s *Store) StartSession(ctx context.Context, user User, first NewRefresh) (SignIn, error) {
	var in SignIn
	err := s.in(ctx, ofUser(user.ID), func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, "lock user",
			`SELECT FROM users WHERE id = $1 AND password_hash = $2 FOR SHARE`, user.ID, user.PasswordHash)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Unauthenticated
		}
		m, err := home(ctx, tx, user)
		if err != nil {
			return err
		}
		in, err = startSession(ctx, tx, user, m, first)
		return err
	})
	return in, err
}

// startSession inserts a session and its first refresh token.
func startSession(ctx context.Context, tx pgx.Tx, user User, m Membership, first NewRefresh) (SignIn, error) {
	id, err := newID()
	if err != nil {
		return SignIn{}, err
	}
	if _, err := exec(ctx, tx, "insert session", `
		INSERT INTO sessions (id, user_id, workspace_id, expire_time) VALUES ($1, $2, $3, now() + $4::interval)`,
		id, user.ID, m.ID, first.Life); err != nil {
		return SignIn{}, err
	}
	if err := insertRefresh(ctx, tx, id, user.ID, first); err != nil {
		return SignIn{}, err
	}
	return SignIn{User: user, Workspace: m.Workspace, Role: m.Role(), Version: m.Version, SessionID: id}, nil
}

// insertRefresh adds a refresh token to a session.
func insertRefresh(ctx context.Context, tx pgx.Tx, sessionID, userID string, n NewRefresh) error {
	_, err := exec(ctx, tx, "insert refresh token", `
		INSERT INTO refresh_tokens (hash, session_id, user_id, expire_time) VALUES ($1, $2, $3, now() + $4::interval)`,
		n.Hash, sessionID, userID, n.Life)
	return err
}

// EndSession ends one session of a user; ending it again changes nothing.
// revoke is called either way, and its failure undoes the rest.
func (s *Store) EndSession(ctx context.Context, userID, sessionID string, revoke Revoke) error {
	return s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) error {
		return endSessions(ctx, tx, userID, revoke, `id = $2`, sessionID)
	})
}

// endSessions ends the sessions of a user that match a condition on $2.
func endSessions(ctx context.Context, tx pgx.Tx, userID string, revoke Revoke, where, arg string) error {
	rows, err := all[struct{ ID string }](ctx, tx, "end sessions", `
		UPDATE sessions SET revoke_time = coalesce(revoke_time, now())
		WHERE user_id = $1 AND `+where+` RETURNING id`, userID, arg)
	if err != nil {
		return err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return announced(revoke(ctx, ids...))
}

// expired are the rows that DeleteExpired deletes. The policies for maintenance
// show the same ones; the conditions stand here for a role that sees all.
var expired = []string{
	`refresh_tokens WHERE expire_time < now()`,
	`sessions WHERE expire_time < now()`,
	`invitations WHERE expire_time < now()`,
	`oidc_transactions WHERE expire_time < now()`,
	`api_keys WHERE least(expire_time, revoke_time) < now() - interval '30 days'`,
}

// DeleteExpired deletes what has expired, and returns how many rows that were.
func (s *Store) DeleteExpired(ctx context.Context) (int64, error) {
	var deleted int64
	err := s.in(ctx, ofExpired(), func(ctx context.Context, tx pgx.Tx) error {
		deleted = 0 // fn may run again
		for _, rows := range expired {
			n, err := exec(ctx, tx, "delete expired rows", `DELETE FROM `+rows)
			if err != nil {
				return err
			}
			deleted += n
		}
		return nil
	})
	return deleted, err
}
