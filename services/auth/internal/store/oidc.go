package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// OidcTransaction is a sign-in with the OpenID provider that has begun.
type OidcTransaction struct {
	Hash   []byte // SHA-256 of the secret that the browser keeps
	State  string
	Nonce  string
	Sealed []byte `db:"sealed_verifier"`
}

// BeginOidc stores a transaction that can be used for a while.
func (s *Store) BeginOidc(ctx context.Context, t OidcTransaction, life time.Duration) error {
	return s.in(ctx, ofOidc(t.Hash), func(ctx context.Context, tx pgx.Tx) error {
		_, err := exec(ctx, tx, "insert OpenID transaction", `
			INSERT INTO oidc_transactions (hash, state, nonce, sealed_verifier, expire_time)
			VALUES ($1, $2, $3, $4, now() + $5::interval)`, t.Hash, t.State, t.Nonce, t.Sealed, life)
		return err
	})
}

// TakeOidc returns a transaction and deletes it: of many who take the same one
// gets it. One that is unknown, taken or expired is errs.NotFound.
func (s *Store) TakeOidc(ctx context.Context, hash []byte) (OidcTransaction, error) {
	var t OidcTransaction
	err := s.in(ctx, ofOidc(hash), func(ctx context.Context, tx pgx.Tx) (err error) {
		t, err = one[OidcTransaction](ctx, tx, "take OpenID transaction", `
			DELETE FROM oidc_transactions WHERE hash = $1 AND expire_time > now()
			RETURNING hash, state, nonce, sealed_verifier`, hash)
		return err
	})
	return t, err
}

// Identity is whom an OpenID provider vouches for.
type Identity struct{ Issuer, Subject string }

// OidcSignIn is a sign-in that an OpenID provider vouches for.
type OidcSignIn struct {
	Identity
	// Account is made when there is none with its address, which is verified, and
	// lower-cased; its password is not used. Without an address nobody new comes in.
	Account NewAccount
	First   NewRefresh
	// Revoke is called with the sessions and API keys that end with it.
	Revoke Revoke
}

// maxSignInAttempts is how often an OpenID sign-in is tried when another one
// makes the same account at the same time.
const maxSignInAttempts = 3

// SignInOidc signs in the user with the identity. An identity that comes for the
// first time is linked to the account with its address, or gets a new account. An
// account whose address nobody had verified is cleaned first: it may be a trap
// that another has laid, who would share it from then on. Without an address an
// unknown identity is errs.FailedPrecondition.
func (s *Store) SignInOidc(ctx context.Context, n OidcSignIn) (SignIn, error) {
	for attempt := 1; ; attempt++ {
		in, err := s.signInOidc(ctx, n)
		if !errors.Is(err, errs.AlreadyExists) || attempt == maxSignInAttempts {
			return in, err
		}
	}
}

// signInOidc is one attempt of SignInOidc.
func (s *Store) signInOidc(ctx context.Context, n OidcSignIn) (SignIn, error) {
	var in SignIn
	err := s.in(ctx, ofIdentity(n.Identity), func(ctx context.Context, tx pgx.Tx) error {
		userID, err := n.userOf(ctx, tx)
		if err != nil {
			return err
		}
		if err := ofUser(userID).set(ctx, tx); err != nil {
			return err
		}
		user, err := userByID(ctx, tx, userID)
		if err != nil {
			return err
		}
		m, err := home(ctx, tx, user)
		if err != nil {
			return err
		}
		in, err = startSession(ctx, tx, user, m, n.First)
		return err
	})
	return in, err
}

// userOf returns the user with the identity, after linking or making the account
// when it comes for the first time.
func (n OidcSignIn) userOf(ctx context.Context, tx pgx.Tx) (string, error) {
	known, err := one[struct{ UserID string }](ctx, tx, "find identity", `
		SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2`, n.Issuer, n.Subject)
	if !errors.Is(err, errs.NotFound) {
		return known.UserID, err
	}
	if n.Account.Email == "" {
		return "", errs.New(errs.FailedPrecondition, "EMAIL_NOT_VERIFIED", "the OpenID provider has not verified your mail address")
	}
	if err := ofEmail(n.Account.Email).set(ctx, tx); err != nil {
		return "", err
	}
	userID, err := n.account(ctx, tx)
	if err != nil {
		return "", err
	}
	_, err = exec(ctx, tx, "insert identity",
		`INSERT INTO identities (issuer, subject, user_id) VALUES ($1, $2, $3)`, n.Issuer, n.Subject, userID)
	return userID, err
}

// account returns the account with the verified address, cleaned or new.
func (n OidcSignIn) account(ctx context.Context, tx pgx.Tx) (string, error) {
	found, err := one[struct {
		ID       string
		Verified bool
	}](ctx, tx, "find account of identity", `
		SELECT id, email_verify_time IS NOT NULL AS verified FROM users WHERE email = $1 FOR UPDATE`, n.Account.Email)
	switch {
	case errors.Is(err, errs.NotFound):
		return n.newAccount(ctx, tx)
	case err != nil, found.Verified:
		return found.ID, err
	}
	return found.ID, takeOver(ctx, tx, found.ID, n.Revoke)
}

// takeOver gives an account whose address nobody had verified to the address's
// owner: whoever made it can no longer get in, nor read along. The user's row must be locked, so
// that no session begins meanwhile.
func takeOver(ctx context.Context, tx pgx.Tx, userID string, revoke Revoke) error {
	if err := ofUser(userID).set(ctx, tx); err != nil {
		return err
	}
	if _, err := exec(ctx, tx, "take an unverified password away", `
		UPDATE users SET password_hash = NULL, email_verify_time = now() WHERE id = $1`, userID); err != nil {
		return err
	}
	// Under the lock no API key and no credential is added meanwhile.
	spaces, err := all[struct{ WorkspaceID string }](ctx, tx, "lock memberships", `
		SELECT workspace_id FROM memberships WHERE user_id = $1 FOR NO KEY UPDATE`, userID)
	if err != nil {
		return err
	}
	for _, space := range spaces {
		// Through an outside account of theirs they would read what it is asked.
		if err := deleteCredentialsOf(ctx, tx, userID, space.WorkspaceID); err != nil {
			return err
		}
		// With an invitation of theirs they would come in through another account.
		if err := withdrawOf(ctx, tx, MemberID{WorkspaceID: space.WorkspaceID, UserID: userID}); err != nil {
			return err
		}
	}
	keys, err := endedKeys(ctx, tx, `user_id = $1`, userID)
	if err != nil {
		return err
	}
	withKeys := func(ctx context.Context, sessions ...string) error {
		return revoke(ctx, append(keys, sessions...)...)
	}
	return endSessions(ctx, tx, userID, withKeys, `id <> $2`, uuid.Nil.String()) // that is, all
}

// newAccount makes a user without a password, and their personal workspace.
func (n OidcSignIn) newAccount(ctx context.Context, tx pgx.Tx) (string, error) {
	userID, err := newID()
	if err != nil {
		return "", err
	}
	if err := ofUser(userID).set(ctx, tx); err != nil {
		return "", err
	}
	if _, err := exec(ctx, tx, "insert user without a password", `
		INSERT INTO users (id, email, display_name, email_verify_time) VALUES ($1, $2, $3, now())`,
		userID, n.Account.Email, n.Account.DisplayName); err != nil {
		return "", err
	}
	_, err = insertWorkspace(ctx, tx, userID, personalName(n.Account.DisplayName))
	return userID, err
}
