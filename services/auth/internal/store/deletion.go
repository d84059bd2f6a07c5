package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/tenancy"
)

// Deletion is a workspace that is being deleted, or was not long ago.
type Deletion struct {
	WorkspaceID string
	CreateTime  time.Time
	// Pending are the services that have not yet deleted their part.
	Pending []string
}

// deletionColumns are read into a Deletion.
const deletionColumns = `workspace_id, delete_time AS create_time, pending_services AS pending`

// maxDeletions bounds the deletions that are looked at in one round.
const maxDeletions = 1000

// Doomed is a workspace that is to be deleted.
type Doomed struct {
	// Owner is who deletes it.
	Owner MemberID
	// Check refuses a workspace that is not what the owner means.
	Check func(Workspace) error
	// Services are those that have to delete their part.
	Services []string
}

// DeleteWorkspace begins the deletion of a workspace by its owner: from the commit
// on nobody can reach it, join it or sign in to it. The services delete
// their part before FinishDeletion takes the rest. Whoever is not the owner
// any more is errs.PermissionDenied.
func (s *Store) DeleteWorkspace(ctx context.Context, d Doomed, tell Announcer) error {
	owner := d.Owner
	return s.in(ctx, ofDeletion(owner.WorkspaceID), func(ctx context.Context, tx pgx.Tx) error {
		// First of all: who is just joining has joined then, and nobody else can.
		if err := tenancy.Bury(ctx, tx, owner.WorkspaceID); err != nil {
			return err
		}
		role, err := lockMember(ctx, tx, owner)
		if err != nil {
			return err
		}
		if role != authn.RoleOwner {
			return errs.New(errs.PermissionDenied, "ROLE_TOO_LOW", "only the owner can delete a workspace")
		}
		w, err := lockWorkspace(ctx, tx, owner.WorkspaceID)
		if err != nil {
			return err
		}
		if err := d.Check(w); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, "note who has to delete",
			`UPDATE deleted_workspaces SET pending_services = $2 WHERE workspace_id = $1`, owner.WorkspaceID, pg.Texts(d.Services)); err != nil {
			return err
		}
		return endAccess(ctx, tx, owner.WorkspaceID, tell)
	})
}

// endAccess deletes all that a workspace can be reached with, and tells everyone.
func endAccess(ctx context.Context, tx pgx.Tx, workspaceID string, tell Announcer) error {
	sessions, err := all[struct{ ID string }](ctx, tx, "delete sessions",
		`DELETE FROM sessions WHERE workspace_id = $1 RETURNING id`, workspaceID)
	if err != nil {
		return err
	}
	ids, err := endedKeys(ctx, tx, `workspace_id = $1`, workspaceID) // their rows go with the memberships
	if err != nil {
		return err
	}
	for _, session := range sessions {
		ids = append(ids, session.ID)
	}
	if _, err := exec(ctx, tx, "delete invitations", `DELETE FROM invitations WHERE workspace_id = $1`, workspaceID); err != nil {
		return err
	}
	ended, err := all[authn.Membership](ctx, tx, "delete memberships", `
		DELETE FROM memberships WHERE workspace_id = $1
		RETURNING workspace_id, user_id, nextval('membership_versions') AS version`, workspaceID)
	if err != nil {
		return err
	}
	if err := tell.Revoke(ctx, ids...); err != nil {
		return announced(err)
	}
	return announced(tell.ChangeMemberships(ctx, ended...))
}

// Deletion returns the deletion of a workspace. One that is not being deleted is
// errs.NotFound.
func (s *Store) Deletion(ctx context.Context, workspaceID string) (Deletion, error) {
	var d Deletion
	err := s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) (err error) {
		d, err = one[Deletion](ctx, tx, "find deletion",
			`SELECT `+deletionColumns+` FROM deleted_workspaces WHERE workspace_id = $1`, workspaceID)
		return err
	})
	return d, err
}

// ConfirmDeletion notes that a service has deleted its part. A workspace that is
// not being deleted is errs.NotFound.
func (s *Store) ConfirmDeletion(ctx context.Context, workspaceID, service string) error {
	return s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, "confirm deletion", `
			UPDATE deleted_workspaces SET pending_services = array_remove(pending_services, $2)
			WHERE workspace_id = $1`, workspaceID, service)
		if err == nil && n == 0 {
			err = errs.NotFound
		}
		return err
	})
}

// Deletions returns the deletions that are not finished, the oldest first.
func (s *Store) Deletions(ctx context.Context) ([]Deletion, error) {
	var list []Deletion
	err := s.in(ctx, ofDeletions(), func(ctx context.Context, tx pgx.Tx) (err error) {
		list, err = all[Deletion](ctx, tx, "list deletions", `
			SELECT `+deletionColumns+` FROM deleted_workspaces
			WHERE purge_time IS NULL ORDER BY delete_time LIMIT $1`, maxDeletions)
		return err
	})
	return list, err
}

// FinishDeletion deletes what this service has of a workspace, in slices: it can
// be stopped anywhere and called again. Of replicas that call it at the same time
// one does it, and for the others it is errs.Conflict.
func (s *Store) FinishDeletion(ctx context.Context, workspaceID string) error {
	within := func(ctx context.Context, id string, fn func(ctx context.Context, tx pgx.Tx) error) error {
		return s.in(ctx, ofDeletion(id), fn)
	}
	if _, err := tenancy.DeleteRows(ctx, within, workspaceID); err != nil {
		return err
	}
	return s.in(ctx, ofDeletion(workspaceID), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := exec(ctx, tx, "delete workspace", `DELETE FROM workspaces WHERE id = $1`, workspaceID); err != nil {
			return err
		}
		_, err := exec(ctx, tx, "finish deletion",
			`UPDATE deleted_workspaces SET purge_time = now() WHERE workspace_id = $1`, workspaceID)
		return err
	})
}

// ForgetDeletions deletes the tombstones of deletions that were finished longer ago
// than age.
func (s *Store) ForgetDeletions(ctx context.Context, age time.Duration) error {
	return s.in(ctx, ofDeletions(), func(ctx context.Context, tx pgx.Tx) error {
		_, err := exec(ctx, tx, "forget deletions",
			`DELETE FROM deleted_workspaces WHERE purge_time < now() - $1::interval`, age)
		return err
	})
}
