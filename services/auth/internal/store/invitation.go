package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// maxInvitations is how many invitations of a workspace may be open.
const maxInvitations = 1000

// errNoInvitation is the one answer for all ways in which an invitation can be
// no good: it does not say which tokens exist, nor for whom.
var errNoInvitation = errs.New(errs.NotFound, "INVITATION_NOT_FOUND", "there is no such invitation for this account")

// Invitation lets the owner of an address become a member.
type Invitation struct {
	ID         string
	Email      string // lower-cased
	RoleName   string `db:"role"`
	InviterID  string
	CreateTime time.Time
	ExpireTime time.Time
}

// Role returns the role as a number that can be compared.
func (i Invitation) Role() authn.Role { return authn.ParseRole(i.RoleName) }

// invitationColumns are read into an Invitation.
const invitationColumns = `id, email, role, inviter_id, create_time, expire_time`

// NewInvitation is an invitation to be stored.
type NewInvitation struct {
	WorkspaceID, InviterID string
	Email                  string // lower-cased
	Role                   authn.Role
	Hash                   []byte // SHA-256 of the token
	Life                   time.Duration
}

// Invite stores an invitation, in place of an older one for the same address. It
// is errs.AlreadyExists when the address belongs to a member, and
// errs.ResourceExhausted when a thousand are open. It looks at members only, so
// nobody learns from it which other addresses have an account.
func (s *Store) Invite(ctx context.Context, n NewInvitation) (Invitation, error) {
	id, err := newID()
	if err != nil {
		return Invitation{}, err
	}
	var made Invitation
	err = s.in(ctx, ofMembers(n.WorkspaceID), func(ctx context.Context, tx pgx.Tx) error {
		if err := checkManager(ctx, tx, MemberID{WorkspaceID: n.WorkspaceID, UserID: n.InviterID}, n.Role); err != nil {
			return err
		}
		if err := makeRoom(ctx, tx, n); err != nil {
			return err
		}
		var err error
		made, err = one[Invitation](ctx, tx, "insert invitation", `
			INSERT INTO invitations (id, workspace_id, email, role, inviter_id, token_hash, expire_time)
			VALUES ($1, $2, $3, $4, $5, $6, now() + $7::interval)
			RETURNING `+invitationColumns, id, n.WorkspaceID, n.Email, n.Role.String(), n.InviterID, n.Hash, n.Life)
		return err
	})
	return made, err
}

// makeRoom deletes an older invitation for the same address and refuses the new
// one when it is for a member, or one too many.
func makeRoom(ctx context.Context, tx pgx.Tx, n NewInvitation) error {
	// One invitation of a workspace at a time: all of them count the others.
	if _, err := exec(ctx, tx, "lock workspace", `SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE`, n.WorkspaceID); err != nil {
		return err
	}
	if _, err := exec(ctx, tx, "replace invitation",
		`DELETE FROM invitations WHERE workspace_id = $1 AND email = $2`, n.WorkspaceID, n.Email); err != nil {
		return err
	}
	found, err := one[struct {
		Member bool
		Open   int
	}](ctx, tx, "look at members and invitations", `
		SELECT EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id
		               WHERE m.workspace_id = $1 AND u.email = $2) AS member,
		       (SELECT count(*) FROM invitations WHERE workspace_id = $1 AND expire_time > now()) AS open`,
		n.WorkspaceID, n.Email)
	switch {
	case err != nil:
		return err
	case found.Member:
		return errs.New(errs.AlreadyExists, "ALREADY_MEMBER", "the address belongs to a member")
	case found.Open >= maxInvitations:
		return errs.Newf(errs.ResourceExhausted, "TOO_MANY_INVITATIONS", "there are %d open invitations already", maxInvitations)
	}
	return nil
}

// Invitations returns up to size open invitations of a workspace, the newest
// first, from the beginning or after the one with an id.
func (s *Store) Invitations(ctx context.Context, workspaceID string, p page.Query[page.ID]) ([]Invitation, error) {
	where, args := p.Where.And(workspaceID, pg.Older(string(p.After)), p.Limit)
	var list []Invitation
	err := s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) (err error) {
		// Ids are UUIDv7: their order is that of creation.
		list, err = all[Invitation](ctx, tx, "list invitations", `
			SELECT `+invitationColumns+` FROM invitations
			WHERE workspace_id = $1 AND expire_time > now() AND id < $2`+where+`
			ORDER BY id DESC LIMIT $3`, args...)
		return err
	})
	return list, err
}

// Withdraw ends an invitation. One that is not open is errs.NotFound.
func (s *Store) Withdraw(ctx context.Context, workspaceID, id string) error {
	return s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, "withdraw invitation", `
			DELETE FROM invitations WHERE workspace_id = $1 AND id = $2 AND expire_time > now()`, workspaceID, id)
		if err == nil && n == 0 {
			err = errNoInvitation
		}
		return err
	})
}

// withdrawOf ends the invitations that a member has made.
func withdrawOf(ctx context.Context, tx pgx.Tx, inviter MemberID) error {
	_, err := exec(ctx, tx, "withdraw a member's invitations",
		`DELETE FROM invitations WHERE workspace_id = $1 AND inviter_id = $2`, inviter.WorkspaceID, inviter.UserID)
	return err
}

// Accept makes a user a member with the role of the invitation whose token has
// the hash, and uses the invitation up. It is errs.NotFound unless the invitation
// is open and for the user's address, and the user is no member yet.
func (s *Store) Accept(ctx context.Context, userID string, hash []byte) (Membership, error) {
	var m Membership
	about := ofInvitation(hash)
	about["app.user_id"] = userID
	err := s.in(ctx, about, func(ctx context.Context, tx pgx.Tx) error {
		// The row's lock makes one of two that come at the same time find nothing.
		used, err := one[struct{ WorkspaceID, Role string }](ctx, tx, "use invitation", `
			DELETE FROM invitations i USING users u
			WHERE i.token_hash = $1 AND i.expire_time > now() AND u.id = $2 AND u.email = i.email
			RETURNING i.workspace_id, i.role`, hash, userID)
		if errors.Is(err, errs.NotFound) {
			return errNoInvitation
		}
		if err != nil {
			return err
		}
		_, err = insertMembership(ctx, tx, MemberID{WorkspaceID: used.WorkspaceID, UserID: userID}, authn.ParseRole(used.Role))
		if errors.Is(err, errs.AlreadyExists) {
			return errNoInvitation
		}
		if err != nil {
			return err
		}
		m, err = membership(ctx, tx, userID, used.WorkspaceID)
		return err
	})
	return m, err
}
