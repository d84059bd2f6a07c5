package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// MaxCredentials is the most credentials of a workspace, and of each member in it.
const MaxCredentials = 100

// Credential is a sealed secret for an outside service.
type Credential struct {
	ID          string
	WorkspaceID string
	UserID      *string // whose own it is; nil for the workspace's
	Provider    string
	Sealed      []byte
	Hint        string
	CreatorID   string
	CreateTime  time.Time
}

// credentialColumns are read into a Credential.
const credentialColumns = `id, workspace_id, user_id, provider, sealed, hint, creator_id, create_time` //nolint:gosec // names of columns

// PutCredential stores a credential in place of the one for the same provider and
// owner, and returns it as stored. The caller gives the id, for which the secret
// is sealed. More than MaxCredentials are errs.ResourceExhausted.
func (s *Store) PutCredential(ctx context.Context, c Credential) (Credential, error) {
	var stored Credential
	err := s.in(ctx, ofUserIn(c.WorkspaceID, c.CreatorID), func(ctx context.Context, tx pgx.Tx) error {
		// Under the locks those who store at the same time count one after the other,
		// and who ends a membership sees what was stored.
		if _, err := exec(ctx, tx, "lock workspace",
			`SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE`, c.WorkspaceID); err != nil {
			return err
		}
		if _, err := lockMember(ctx, tx, MemberID{WorkspaceID: c.WorkspaceID, UserID: c.CreatorID}); err != nil {
			return err
		}
		others, err := one[struct{ Count int }](ctx, tx, "count credentials", `
			SELECT count(*) FROM credentials
			WHERE workspace_id = $1 AND user_id IS NOT DISTINCT FROM $2 AND provider <> $3`,
			c.WorkspaceID, c.UserID, c.Provider)
		if err != nil {
			return err
		}
		if others.Count >= MaxCredentials {
			return errs.Newf(errs.ResourceExhausted, "TOO_MANY_CREDENTIALS", "there are %d credentials already, delete one first", MaxCredentials)
		}
		stored, err = one[Credential](ctx, tx, "put credential", `
			INSERT INTO credentials (id, workspace_id, user_id, provider, sealed, hint, creator_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (workspace_id, user_id, provider) DO UPDATE
			SET id = excluded.id, sealed = excluded.sealed, hint = excluded.hint,
			    creator_id = excluded.creator_id, create_time = now()
			RETURNING `+credentialColumns,
			c.ID, c.WorkspaceID, c.UserID, c.Provider, c.Sealed, c.Hint, c.CreatorID)
		return err
	})
	return stored, err
}

// Credentials returns a member's own credentials and those of the workspace, by
// provider, the member's own first.
func (s *Store) Credentials(ctx context.Context, userID, workspaceID string) ([]Credential, error) {
	var list []Credential
	err := s.in(ctx, ofUserIn(workspaceID, userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		list, err = all[Credential](ctx, tx, "list credentials", `
			SELECT `+credentialColumns+` FROM credentials WHERE workspace_id = $1
			ORDER BY provider, user_id NULLS LAST`, workspaceID)
		return err
	})
	return list, err
}

// DeleteCredential deletes a member's own credential, or with whole also one of
// the workspace. Any other is errs.NotFound.
func (s *Store) DeleteCredential(ctx context.Context, userID, workspaceID, id string, whole bool) error {
	return s.in(ctx, ofUserIn(workspaceID, userID), func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, "delete credential", `
			DELETE FROM credentials
			WHERE id = $1 AND workspace_id = $2 AND (user_id = $3 OR $4 AND user_id IS NULL)`, id, workspaceID, userID, whole)
		if err == nil && n == 0 {
			err = errs.NotFound
		}
		return err
	})
}

// CredentialFor returns the credential for a provider: the member's own, else the
// workspace's; errs.NotFound when there is neither. An empty userID is nobody.
func (s *Store) CredentialFor(ctx context.Context, userID, workspaceID, provider string) (Credential, error) {
	var c Credential
	err := s.in(ctx, ofUserIn(workspaceID, userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		c, err = one[Credential](ctx, tx, "find credential", `
			SELECT `+credentialColumns+` FROM credentials WHERE workspace_id = $1 AND provider = $2
			ORDER BY user_id NULLS LAST LIMIT 1`, workspaceID, provider)
		return err
	})
	return c, err
}

// ResealCredential replaces the sealed secret of a credential by the same one
// sealed anew, unless another was stored meanwhile.
func (s *Store) ResealCredential(ctx context.Context, c Credential, sealed []byte) error {
	about := ofWorkspace(c.WorkspaceID)
	if c.UserID != nil {
		about = ofUserIn(c.WorkspaceID, *c.UserID)
	}
	return s.in(ctx, about, func(ctx context.Context, tx pgx.Tx) error {
		_, err := exec(ctx, tx, "seal credential anew",
			`UPDATE credentials SET sealed = $3 WHERE id = $1 AND sealed = $2`, c.ID, c.Sealed, sealed)
		return err
	})
}

// deleteCredentialsOf deletes what a user has stored in a workspace, for themselves
// and for all. It adds both to what the transaction is about.
func deleteCredentialsOf(ctx context.Context, tx pgx.Tx, userID, workspaceID string) error {
	if err := ofUserIn(workspaceID, userID).set(ctx, tx); err != nil {
		return err
	}
	_, err := exec(ctx, tx, "delete a user's credentials",
		`DELETE FROM credentials WHERE workspace_id = $1 AND creator_id = $2`, workspaceID, userID)
	return err
}
