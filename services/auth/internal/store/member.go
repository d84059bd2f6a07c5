package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
)

// ErrOwner says that the change would leave a workspace without an owner.
var ErrOwner = errors.New("the workspace needs its owner")

// What a caller is told, whatever they have asked for.
var (
	errNoMember  = errs.New(errs.NotFound, "MEMBER_NOT_FOUND", "there is no such member")
	errNoManager = errs.New(errs.PermissionDenied, "ROLE_TOO_LOW", "nobody can give or take a role above their own")
)

// Member is a user as the other members see them. It has no field for what they
// must not see, so a query that reads too much fails.
type Member struct {
	UserID         string
	Email          string
	DisplayName    string
	UserCreateTime time.Time
	RoleName       string `db:"role"`
	JoinTime       time.Time
	Version        int64
}

// ETag names the membership as it is.
func (m Member) ETag() string { return strconv.FormatInt(m.Version, 10) }

// Role returns the role as a number that can be compared.
func (m Member) Role() authn.Role { return authn.ParseRole(m.RoleName) }

// Place returns where the member stands among those of the workspace.
func (m Member) Place() Place { return Place{Time: m.JoinTime, ID: m.UserID} }

// selectMembers reads Members; the transaction must be ofMembers.
const selectMembers = `
	SELECT u.id AS user_id, u.email, u.display_name, u.create_time AS user_create_time, m.role, m.create_time AS join_time, m.version
	FROM memberships m JOIN users u ON u.id = m.user_id`

// Members returns a page of the members of a workspace, the longest first.
func (s *Store) Members(ctx context.Context, workspaceID string, p page.Query[Place]) ([]Member, error) {
	where, args := p.Where.And(workspaceID, p.After.Time, p.After.id(), p.Limit)
	var list []Member
	err := s.in(ctx, ofMembers(workspaceID), func(ctx context.Context, tx pgx.Tx) (err error) {
		list, err = all[Member](ctx, tx, "list members", selectMembers+`
			WHERE m.workspace_id = $1 AND (m.create_time, m.user_id) > ($2, $3)`+where+`
			ORDER BY m.create_time, m.user_id LIMIT $4`, args...)
		return err
	})
	return list, err
}

// RoleChange is what SetRole does.
type RoleChange struct {
	Member MemberID
	Role   authn.Role
	By     string // the member who gives it, an ADMIN with at least that role
	ETag   string // unless empty, that of the membership that is meant
}

// SetRole gives a member another role. No member is errs.NotFound, the owner
// ErrOwner.
func (s *Store) SetRole(ctx context.Context, c RoleChange, tell Announcer) (Member, error) {
	id := c.Member
	var m Member
	err := s.in(ctx, ofMembers(id.WorkspaceID), func(ctx context.Context, tx pgx.Tx) error {
		if err := checkManager(ctx, tx, MemberID{WorkspaceID: id.WorkspaceID, UserID: c.By}, c.Role); err != nil {
			return err
		}
		if err := lockOther(ctx, tx, id, c.ETag); err != nil {
			return err
		}
		if err := changeRole(ctx, tx, id, c.Role, tell); err != nil {
			return err
		}
		var err error
		m, err = one[Member](ctx, tx, "find member", selectMembers+`
			WHERE m.workspace_id = $1 AND m.user_id = $2`, id.WorkspaceID, id.UserID)
		return err
	})
	return m, err
}

// Removal is what RemoveMember does.
type Removal struct {
	Member MemberID
	By     string // the ADMIN who does so
	ETag   string // unless empty, that of the membership that is meant
}

// RemoveMember ends a membership, and with it all that the user could reach the
// workspace with. No member is errs.NotFound, the owner ErrOwner.
func (s *Store) RemoveMember(ctx context.Context, r Removal, tell Announcer) error {
	return s.in(ctx, ofWorkspace(r.Member.WorkspaceID), func(ctx context.Context, tx pgx.Tx) error {
		if err := checkManager(ctx, tx, MemberID{WorkspaceID: r.Member.WorkspaceID, UserID: r.By}, authn.RoleNone); err != nil {
			return err
		}
		if err := lockOther(ctx, tx, r.Member, r.ETag); err != nil {
			return err
		}
		return endMembership(ctx, tx, r.Member, tell)
	})
}

// Leave is RemoveMember by the member, which needs no role.
func (s *Store) Leave(ctx context.Context, id MemberID, tell Announcer) error {
	return s.in(ctx, ofWorkspace(id.WorkspaceID), func(ctx context.Context, tx pgx.Tx) error {
		if err := lockOther(ctx, tx, id, ""); err != nil {
			return err
		}
		return endMembership(ctx, tx, id, tell)
	})
}

// TransferOwnership makes another member the owner and the owner an ADMIN. It is
// errs.NotFound when the other is no member, and errs.Conflict when owner is not
// the owner any more.
func (s *Store) TransferOwnership(ctx context.Context, owner MemberID, to string, tell Announcer) (Membership, error) {
	var m Membership
	err := s.in(ctx, ofWorkspace(owner.WorkspaceID), func(ctx context.Context, tx pgx.Tx) error {
		role, err := lockMember(ctx, tx, owner)
		if err != nil {
			return err
		}
		if role != authn.RoleOwner {
			return errs.New(errs.Conflict, "OWNER_CHANGED", "the ownership was transferred meanwhile")
		}
		// In this order: there is never more than one owner.
		if err := changeRole(ctx, tx, owner, authn.RoleAdmin, tell); err != nil {
			return err
		}
		next := MemberID{WorkspaceID: owner.WorkspaceID, UserID: to}
		if err := changeRole(ctx, tx, next, authn.RoleOwner, tell); err != nil {
			return err
		}
		m, err = membership(ctx, tx, owner.UserID, owner.WorkspaceID)
		return err
	})
	return m, err
}

// checkManager refuses whoever is no ADMIN, or has a lower role than one they
// want to give. The role of the call itself may be older: while Redis is down,
// that of an access token counts, and here an old role could make itself a new
// one. The lock keeps it until the change is committed.
func checkManager(ctx context.Context, tx pgx.Tx, by MemberID, gives authn.Role) error {
	found, err := one[struct{ Role string }](ctx, tx, "find who gives a role", `
		SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2 FOR SHARE`, by.WorkspaceID, by.UserID)
	if errors.Is(err, errs.NotFound) {
		return errNoManager
	}
	if err != nil {
		return err
	}
	if role := authn.ParseRole(found.Role); role < authn.RoleAdmin || role < gives {
		return errNoManager
	}
	return nil
}

// lockMember makes other changes to a membership wait for the end of the
// transaction, and returns its role. No member is errs.NotFound.
func lockMember(ctx context.Context, tx pgx.Tx, id MemberID) (authn.Role, error) {
	found, err := one[struct{ Role string }](ctx, tx, "lock membership", `
		SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2 FOR UPDATE`, id.WorkspaceID, id.UserID)
	if errors.Is(err, errs.NotFound) {
		return authn.RoleNone, errNoMember
	}
	return authn.ParseRole(found.Role), err
}

// lockOther is lockMember for anybody but the owner, who is ErrOwner. Unless etag is
// empty, it must be that of the membership.
func lockOther(ctx context.Context, tx pgx.Tx, id MemberID, etag string) error {
	role, err := lockMember(ctx, tx, id)
	if err != nil {
		return err
	}
	if role == authn.RoleOwner {
		return ErrOwner
	}
	if etag == "" {
		return nil
	}
	found, err := one[struct{ Version int64 }](ctx, tx, "read version of membership", `
		SELECT version FROM memberships WHERE workspace_id = $1 AND user_id = $2`, id.WorkspaceID, id.UserID)
	if err != nil {
		return err
	}
	return errs.CheckETag(etag, Member{Version: found.Version}.ETag())
}

// changeRole gives a member another role and tells everyone. Whoever may no
// longer invite takes their open invitations along: an ADMIN who sees the end
// coming must not be able to leave a door open.
func changeRole(ctx context.Context, tx pgx.Tx, id MemberID, role authn.Role, tell Announcer) error {
	changed, err := one[authn.Membership](ctx, tx, "change role", `
		UPDATE memberships SET role = $3, version = nextval('membership_versions'), change_time = now()
		WHERE workspace_id = $1 AND user_id = $2
		RETURNING workspace_id, user_id, version`, id.WorkspaceID, id.UserID, role.String())
	if errors.Is(err, errs.NotFound) {
		return errNoMember
	}
	if err != nil {
		return err
	}
	if role < authn.RoleAdmin {
		if err := withdrawOf(ctx, tx, id); err != nil {
			return err
		}
	}
	return announced(tell.ChangeMemberships(ctx, changed))
}

// endMembership ends a locked membership with the sessions, API keys and invitations
// that come from it. The transaction sees the user's own rows from then on.
func endMembership(ctx context.Context, tx pgx.Tx, id MemberID, tell Announcer) error {
	if err := ofUser(id.UserID).set(ctx, tx); err != nil { // to end their sessions
		return err
	}
	if err := endSessions(ctx, tx, id.UserID, tell.Revoke, `workspace_id = $2`, id.WorkspaceID); err != nil {
		return err
	}
	keys, err := endKeys(ctx, tx, id.WorkspaceID, id.UserID)
	if err != nil {
		return err
	}
	if err := tell.Revoke(ctx, keys...); err != nil {
		return announced(err)
	}
	if err := withdrawOf(ctx, tx, id); err != nil {
		return err
	}
	ended, err := one[authn.Membership](ctx, tx, "delete membership", `
		DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2
		RETURNING workspace_id, user_id, nextval('membership_versions') AS version`, id.WorkspaceID, id.UserID)
	if err != nil {
		return err
	}
	return announced(tell.ChangeMemberships(ctx, ended))
}
