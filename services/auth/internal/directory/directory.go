// Package directory answers, out of the database, what a credential does not
// say: whose an API key is, and the role of a user in a workspace. The other services ask for it through
// AuthService.GetCaller; this service's own calls come here directly.
package directory

import (
	"context"
	"fmt"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/services/auth/internal/store"
	"github.com/researcherpro/researcherpro/services/auth/internal/token"
)

// Memberships is the part of the store that a directory needs.
type Memberships interface {
	// Membership returns a user's membership in a workspace; no member is
	// errs.NotFound.
	Membership(ctx context.Context, userID, workspaceID string) (store.Membership, error)
}

// Keys is the part of the store that knows API keys.
type Keys interface {
	// KeyHolder returns whom the API key with a hash stands for; a key that is not
	// good is errs.Unauthenticated.
	KeyHolder(ctx context.Context, hash []byte) (store.KeyHolder, error)
}

// Uses is told of the use of API keys. It must not block.
type Uses interface {
	Note(userID, keyID string)
}

// Directory implements authn.Directory. It remembers nothing, so its answers
// hold at the time of the call.
type Directory struct {
	Memberships Memberships
	Keys        Keys
	Uses        Uses
}

var _ authn.Directory = (*Directory)(nil)

// Lookup implements authn.Directory.
func (d *Directory) Lookup(ctx context.Context, q authn.Query) (authn.Caller, error) {
	if q.Known.UserID == "" {
		return d.key(ctx, q.Token)
	}
	m, err := d.Memberships.Membership(ctx, q.Known.UserID, q.WorkspaceID)
	if err != nil {
		return authn.Caller{}, fmt.Errorf("look user %s up in workspace %s: %w", q.Known.UserID, q.WorkspaceID, err)
	}
	caller := q.Known
	caller.WorkspaceID, caller.Role, caller.Membership = m.ID, m.Role(), m.Version
	return caller, nil
}

// key returns whom an API key stands for, in its own workspace.
func (d *Directory) key(ctx context.Context, key string) (authn.Caller, error) {
	holder, err := d.Keys.KeyHolder(ctx, token.HashAPIKey(key))
	if err != nil {
		return authn.Caller{}, fmt.Errorf("look an API key up: %w", err)
	}
	if holder.Unseen {
		d.Uses.Note(holder.UserID, holder.KeyID)
	}
	return holder.Caller, nil
}
