package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
)

// Membership is a user's role in a workspace.
type Membership struct {
	Workspace
	RoleName string `db:"role"`
	Joining
}

// Joining is what the database says of a new membership.
type Joining struct {
	// Version grows with every change of the membership.
	Version int64
	// JoinTime is when the user became a member.
	JoinTime time.Time
}

// MemberID names a membership.
type MemberID struct {
	WorkspaceID, UserID string
}

// Place is the place of a membership in a list that has the oldest first.
type Place struct {
	Time time.Time
	ID   string // of the workspace in a user's list, of the user in a workspace's
}

// id returns the id, for the zero Place one before all others.
func (p Place) id() string { return cmp.Or(p.ID, uuid.Nil.String()) }

// Valid implements [page.Key].
func (p Place) Valid() bool { return page.ID(p.ID).Valid() }

// Role returns the role as a number that can be compared.
func (m Membership) Role() authn.Role { return authn.ParseRole(m.RoleName) }

// Place returns where the membership stands among those of the user.
func (m Membership) Place() Place { return Place{Time: m.JoinTime, ID: m.ID} }

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
const membershipColumns = `w.id, w.display_name, w.create_time, w.revision, m.role, m.version, m.create_time AS join_time`

// Membership returns a user's membership in a workspace. No member is
// errs.NotFound.
func (s *Store) Membership(ctx context.Context, userID, workspaceID string) (Membership, error) {
	var m Membership
	err := s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		m, err = membership(ctx, tx, userID, workspaceID)
		return err
	})
	return m, err
}

// membership is Membership in a transaction that sees it.
func membership(ctx context.Context, tx pgx.Tx, userID, workspaceID string) (Membership, error) {
	return one[Membership](ctx, tx, "find membership", `
		SELECT `+membershipColumns+`
		FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
		WHERE m.user_id = $1 AND m.workspace_id = $2`, userID, workspaceID)
}

// MembershipsOf says whose memberships are listed.
type MembershipsOf struct {
	UserID string
	// WorkspaceID is the only one, as for those who call with its API key; empty means
	// all.
	WorkspaceID string
}

// Memberships returns a page of a user's memberships, the oldest first.
func (s *Store) Memberships(ctx context.Context, of MembershipsOf, p page.Query[Place]) ([]Membership, error) {
	where, args := p.Where.And(of.UserID, p.After.Time, p.After.id(), p.Limit, of.WorkspaceID)
	var list []Membership
	err := s.in(ctx, ofUser(of.UserID), func(ctx context.Context, tx pgx.Tx) (err error) {
		list, err = all[Membership](ctx, tx, "list memberships", `
			SELECT `+membershipColumns+`
			FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
			WHERE m.user_id = $1 AND (m.create_time, w.id) > ($2, $3) AND ($5 = '' OR w.id::text = $5)`+where+`
			ORDER BY m.create_time, w.id LIMIT $4`, args...)
		return err
	})
	return list, err
}

// insertMembership makes a user a member. One who is already is
// errs.AlreadyExists.
func insertMembership(ctx context.Context, tx pgx.Tx, id MemberID, role authn.Role) (Joining, error) {
	return one[Joining](ctx, tx, "insert membership", `
		INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)
		RETURNING version, create_time AS join_time`, id.WorkspaceID, id.UserID, role.String())
}

// announced says what it means when others could not be told of a change.
func announced(err error) error {
	if err != nil {
		return errors.Join(errs.Unavailable, err)
	}
	return nil
}
