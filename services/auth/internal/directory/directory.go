// Package directory answers, out of the database, what a credential does not
// say: the role of a user in a workspace. The other services ask for it through
// AuthService.GetCaller; this service's own calls come here directly.
package directory

import (
	"context"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

// Memberships is the part of the store that a directory needs.
type Memberships interface {
	// Membership returns a user's membership in a workspace; no member is
	// errs.NotFound.
	Membership(ctx context.Context, userID, workspaceID string) (store.Membership, error)
}

// Directory implements authn.Directory. It remembers nothing, so its answers
// hold at the time of the call.
type Directory struct {
	Memberships Memberships
}

var _ authn.Directory = (*Directory)(nil)

// Lookup implements authn.Directory.
func (d *Directory) Lookup(ctx context.Context, q authn.Query) (authn.Caller, error) {
	if q.Known.UserID == "" {
		return authn.Caller{}, errs.Unauthenticated
	}
	m, err := d.Memberships.Membership(ctx, q.Known.UserID, q.WorkspaceID)
	if err != nil {
		return authn.Caller{}, fmt.Errorf("look user %s up in workspace %s: %w", q.Known.UserID, q.WorkspaceID, err)
	}
	caller := q.Known
	caller.WorkspaceID, caller.Role, caller.Membership = m.ID, m.Role(), m.Version
	return caller, nil
}
