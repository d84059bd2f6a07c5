package store

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

const (
	// maxOwned is how many workspaces a user may own before making one more is
	// refused.
	maxOwned = 100
	// maxName is the most characters of a workspace's name.
	maxName = 100
)

// Workspace is what members share.
type Workspace struct {
	ID          string
	DisplayName string
	CreateTime  time.Time
	// Revision counts the changes of the workspace.
	Revision int64
}

// workspaceColumns are read into a Workspace.
const workspaceColumns = `id, display_name, create_time, revision`

// NewWorkspace is what CreateWorkspace stores.
type NewWorkspace struct {
	OwnerID     string
	DisplayName string
	// RequestID makes a repeated call return what the first one made; "" does not.
	RequestID string
}

// CreateWorkspace makes a workspace with its owner, or returns the one that an
// earlier call of the same user with the same request id made, as it is now. An
// owner of a hundred is errs.ResourceExhausted, and a user who has left the
// workspace that the request made meanwhile errs.NotFound.
func (s *Store) CreateWorkspace(ctx context.Context, n NewWorkspace) (Membership, error) {
	var m Membership
	err := s.in(ctx, ofUser(n.OwnerID), func(ctx context.Context, tx pgx.Tx) error {
		// One call of a user at a time: both the request id and the limit are
		// about what the user's other calls do.
		if _, err := exec(ctx, tx, "lock user", `SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, n.OwnerID); err != nil {
			return err
		}
		made, err := requested(ctx, tx, n)
		if err != nil {
			return err
		}
		if made != "" {
			m, err = membership(ctx, tx, n.OwnerID, made)
			return err
		}
		if err := checkOwned(ctx, tx, n.OwnerID); err != nil {
			return err
		}
		if m, err = insertWorkspace(ctx, tx, n.OwnerID, n.DisplayName); err != nil {
			return err
		}
		return noteRequest(ctx, tx, n, m.ID)
	})
	return m, err
}

// requested returns the id of the workspace that an earlier call with the same
// request id made, "" when there was none.
func requested(ctx context.Context, tx pgx.Tx, n NewWorkspace) (string, error) {
	found, err := one[struct{ WorkspaceID string }](ctx, tx, "find request", `
		SELECT workspace_id FROM workspace_requests WHERE user_id = $1 AND request_id = $2`, n.OwnerID, n.RequestID)
	if errors.Is(err, errs.NotFound) {
		return "", nil
	}
	return found.WorkspaceID, err
}

// noteRequest remembers what a request has made.
func noteRequest(ctx context.Context, tx pgx.Tx, n NewWorkspace, workspaceID string) error {
	if n.RequestID == "" {
		return nil
	}
	_, err := exec(ctx, tx, "note request", `
		INSERT INTO workspace_requests (user_id, request_id, workspace_id) VALUES ($1, $2, $3)`,
		n.OwnerID, n.RequestID, workspaceID)
	return err
}

// checkOwned refuses an owner who has enough workspaces.
func checkOwned(ctx context.Context, tx pgx.Tx, userID string) error {
	owned, err := one[struct{ N int }](ctx, tx, "count owned workspaces",
		`SELECT count(*) AS n FROM memberships WHERE user_id = $1 AND role = 'OWNER'`, userID)
	if err != nil {
		return err
	}
	if owned.N >= maxOwned {
		return errs.Newf(errs.ResourceExhausted, "TOO_MANY_WORKSPACES", "an account may own %d workspaces", maxOwned)
	}
	return nil
}

// insertWorkspace makes a workspace and its owner's membership. The transaction
// sees the workspace from then on.
func insertWorkspace(ctx context.Context, tx pgx.Tx, ownerID, displayName string) (Membership, error) {
	id, err := newID()
	if err != nil {
		return Membership{}, err
	}
	if err := ofWorkspace(id).set(ctx, tx); err != nil {
		return Membership{}, err
	}
	w, err := one[Workspace](ctx, tx, "insert workspace", `
		INSERT INTO workspaces (id, display_name) VALUES ($1, $2) RETURNING `+workspaceColumns, id, displayName)
	if err != nil {
		return Membership{}, err
	}
	joining, err := insertMembership(ctx, tx, MemberID{WorkspaceID: id, UserID: ownerID}, authn.RoleOwner)
	return Membership{Workspace: w, RoleName: authn.RoleOwner.String(), Joining: joining}, err
}

// Workspace returns a workspace. An unknown one is errs.NotFound.
func (s *Store) Workspace(ctx context.Context, id string) (Workspace, error) {
	var w Workspace
	err := s.in(ctx, ofWorkspace(id), func(ctx context.Context, tx pgx.Tx) (err error) {
		w, err = one[Workspace](ctx, tx, "find workspace", `SELECT `+workspaceColumns+` FROM workspaces WHERE id = $1`, id)
		return err
	})
	return w, err
}

// RenameWorkspace gives a workspace another name, unless check refuses what it is
// before. An unknown one is errs.NotFound.
func (s *Store) RenameWorkspace(ctx context.Context, id, displayName string, check func(Workspace) error) (Workspace, error) {
	var w Workspace
	err := s.in(ctx, ofWorkspace(id), func(ctx context.Context, tx pgx.Tx) error {
		before, err := lockWorkspace(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := check(before); err != nil {
			return err
		}
		w, err = one[Workspace](ctx, tx, "rename workspace", `
			UPDATE workspaces SET display_name = $2 WHERE id = $1 RETURNING `+workspaceColumns, id, displayName)
		return err
	})
	return w, err
}

// lockWorkspace returns a workspace that nobody else changes until the end of the
// transaction.
func lockWorkspace(ctx context.Context, tx pgx.Tx, id string) (Workspace, error) {
	return one[Workspace](ctx, tx, "lock workspace", `SELECT `+workspaceColumns+` FROM workspaces WHERE id = $1 FOR NO KEY UPDATE`, id)
}

// personalName names a user's personal workspace after them, shortened to what
// a workspace's name may have.
func personalName(user string) string {
	const suffix = "'s workspace"
	if letters := []rune(user); len(letters) > maxName-utf8.RuneCountInString(suffix) {
		user = strings.TrimSpace(string(letters[:maxName-utf8.RuneCountInString(suffix)]))
	}
	return user + suffix
}
