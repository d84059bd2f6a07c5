package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// Membership is a user's role in a workspace.
type Membership struct {
	Workspace
	RoleName string `db:"role"`
	// Version grows with every change of the membership.
	Version int64
}

// Role returns the role as a number that can be compared.
func (m Membership) Role() authn.Role { return authn.ParseRole(m.RoleName) }

// Announcer tells all services whose access ends or changes. It is called before
// that is committed, and its failure undoes the change: what is reported as done
// must be done everywhere. It may be called again for the same change.
type Announcer interface {
	// Revoke ends sessions and API keys by their ids.
	Revoke(ctx context.Context, ids ...string) error
	// ChangeMemberships makes services look the roles up again.
	ChangeMemberships(ctx context.Context, changed ...authn.Membership) error
}

// membershipColumns are read into a Membership.
const membershipColumns = `w.id, w.display_name, w.create_time, m.role, m.version`

// Membership returns a user's membership in a workspace. No member is
// errs.NotFound.
func (s *Store) Membership(ctx context.Context, userID, workspaceID string) (Membership, error) {
	var m Membership
	err := s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		m, err = one[Membership](ctx, tx, "find membership", `
			SELECT `+membershipColumns+`
			FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
			WHERE m.user_id = $1 AND m.workspace_id = $2`, userID, workspaceID)
		return err
	})
	return m, err
}

// insertMembership makes a user a member and returns the membership's version.
func insertMembership(ctx context.Context, tx pgx.Tx, workspaceID, userID string, role authn.Role) (int64, error) {
	added, err := one[struct{ Version int64 }](ctx, tx, "insert membership", `
		INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3) RETURNING version`,
		workspaceID, userID, role.String())
	return added.Version, err
}
