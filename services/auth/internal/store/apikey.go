package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// MaxAPIKeys is the most API keys in force that a user has in a workspace.
const MaxAPIKeys = 100

// APIKey is a user's credential for programs in one workspace.
type APIKey struct {
	ID          string
	DisplayName string
	Scopes      []string
	Prefix      string
	CreateTime  time.Time
	ExpireTime  *time.Time // nil when it does not end by itself
	LastUseTime *time.Time // to the minute; nil when it was never used
}

// apiKeyColumns are read into an APIKey.
const apiKeyColumns = `id, display_name, scopes, prefix, create_time, expire_time, last_use_time`

// NewAPIKey is an API key to be stored.
type NewAPIKey struct {
	WorkspaceID, UserID string
	DisplayName         string
	Scopes              []string
	Hash                []byte // SHA-256 of the key
	Prefix              string
	ExpireTime          *time.Time
}

// AddAPIKey stores a key. It is errs.ResourceExhausted when the user has
// MaxAPIKeys in the workspace, and errs.NotFound when they are no member.
func (s *Store) AddAPIKey(ctx context.Context, n NewAPIKey) (APIKey, error) {
	id, err := newID()
	if err != nil {
		return APIKey{}, err
	}
	var key APIKey
	err = s.in(ctx, ofUser(n.UserID), func(ctx context.Context, tx pgx.Tx) error {
		// The lock lets those who add at the same time count one after the other,
		// and a removal from the workspace see the key.
		if _, err := lockMember(ctx, tx, MemberID{WorkspaceID: n.WorkspaceID, UserID: n.UserID}); err != nil {
			return err
		}
		kept, err := one[struct{ Count int }](ctx, tx, "count API keys", `
			SELECT count(*) FROM api_keys
			WHERE user_id = $1 AND workspace_id = $2 AND revoke_time IS NULL
			  AND (expire_time IS NULL OR expire_time > now())`, n.UserID, n.WorkspaceID)
		if err != nil {
			return err
		}
		if kept.Count >= MaxAPIKeys {
			return errs.Newf(errs.ResourceExhausted, "TOO_MANY_API_KEYS", "there are %d API keys already, delete one first", MaxAPIKeys)
		}
		key, err = one[APIKey](ctx, tx, "insert API key", `
			INSERT INTO api_keys (id, workspace_id, user_id, display_name, scopes, hash, prefix, expire_time)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			RETURNING `+apiKeyColumns,
			id, n.WorkspaceID, n.UserID, n.DisplayName, n.Scopes, n.Hash, n.Prefix, n.ExpireTime)
		return err
	})
	return key, err
}

// APIKeys returns a page of the keys of a user in a workspace that were not deleted,
// the newest first.
func (s *Store) APIKeys(ctx context.Context, userID, workspaceID string, p page.Query[page.ID]) ([]APIKey, error) {
	where, args := p.Where.And(userID, workspaceID, pg.Older(string(p.After)), p.Limit)
	var keys []APIKey
	err := s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		// Ids are UUIDv7: their order is that of creation.
		keys, err = all[APIKey](ctx, tx, "list API keys", `
			SELECT `+apiKeyColumns+` FROM api_keys
			WHERE user_id = $1 AND workspace_id = $2 AND revoke_time IS NULL AND id < $3`+where+`
			ORDER BY id DESC LIMIT $4`, args...)
		return err
	})
	return keys, err
}

// EndAPIKey ends one key of a user in a workspace; errs.NotFound when there is
// none, or no longer. revoke is called before that is committed, and its failure
// undoes it.
func (s *Store) EndAPIKey(ctx context.Context, userID, workspaceID, id string, revoke Revoke) error {
	return s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) error {
		n, err := exec(ctx, tx, "end API key", `
			UPDATE api_keys SET revoke_time = now()
			WHERE id = $1 AND user_id = $2 AND workspace_id = $3 AND revoke_time IS NULL`, id, userID, workspaceID)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound
		}
		return announced(revoke(ctx, id))
	})
}

// KeyHolder is whom an API key stands for.
type KeyHolder struct {
	authn.Caller
	// Unseen says that the use of the key was not noted for a minute.
	Unseen bool
}

// shownKey is an API key as found by its hash.
type shownKey struct {
	ID          string
	UserID      string
	WorkspaceID string
	Scopes      []string
	ExpireTime  *time.Time
	Unseen      bool
}

// KeyHolder returns whom the key with a hash stands for, with the role that its
// owner has now. A key that is unknown, expired, deleted, or a former member's is
// errs.Unauthenticated.
func (s *Store) KeyHolder(ctx context.Context, hash []byte) (KeyHolder, error) {
	var holder KeyHolder
	err := s.in(ctx, ofKey(hash), func(ctx context.Context, tx pgx.Tx) error {
		key, err := one[shownKey](ctx, tx, "find API key", `
			SELECT id, user_id, workspace_id, scopes, expire_time,
			       last_use_time IS NULL OR last_use_time < now() - interval '1 minute' AS unseen
			FROM api_keys
			WHERE hash = $1 AND revoke_time IS NULL AND (expire_time IS NULL OR expire_time > now())`, hash)
		if err != nil {
			return unauthenticated(err)
		}
		if err := ofUser(key.UserID).set(ctx, tx); err != nil {
			return err
		}
		m, err := one[struct {
			Role    string
			Version int64
		}](ctx, tx, "find the membership of an API key", `
			SELECT role, version FROM memberships WHERE workspace_id = $1 AND user_id = $2`, key.WorkspaceID, key.UserID)
		if err != nil {
			return unauthenticated(err)
		}
		holder = KeyHolder{Unseen: key.Unseen, Caller: authn.Caller{
			UserID: key.UserID, WorkspaceID: key.WorkspaceID, KeyID: key.ID, Scopes: key.Scopes,
			Role: authn.ParseRole(m.Role), Membership: m.Version,
		}}
		if key.ExpireTime != nil {
			holder.Expire = *key.ExpireTime
		}
		return nil
	})
	return holder, err
}

// NoteKeyUse notes that a user's key is used now, unless that was noted within
// the last minute.
func (s *Store) NoteKeyUse(ctx context.Context, userID, keyID string) error {
	return s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) error {
		_, err := exec(ctx, tx, "note the use of an API key", `
			UPDATE api_keys SET last_use_time = now()
			WHERE id = $1 AND (last_use_time IS NULL OR last_use_time < now() - interval '1 minute')`, keyID)
		return err
	})
}

// endKeys ends the keys of a user in a workspace and returns their ids, which
// the caller has to revoke. The membership must be locked, or gone, so that no
// key is added meanwhile; the transaction must be about the user or the workspace.
func endKeys(ctx context.Context, tx pgx.Tx, workspaceID, userID string) ([]string, error) {
	return endedKeys(ctx, tx, `workspace_id = $1 AND user_id = $2`, workspaceID, userID)
}

// endedKeys ends the keys that match a condition and returns their ids.
func endedKeys(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]string, error) {
	rows, err := all[struct{ ID string }](ctx, tx, "end API keys", `
		UPDATE api_keys SET revoke_time = now() WHERE revoke_time IS NULL AND `+where+` RETURNING id`, args...)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, err
}
