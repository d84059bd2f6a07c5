package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// EndKeys ends a user's API keys in a workspace, in a transaction about the
// workspace that locks the membership first, as a removal does.
func (s *Store) EndKeys(ctx context.Context, workspaceID, userID string) (ids []string, err error) {
	err = s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := lockMember(ctx, tx, MemberID{WorkspaceID: workspaceID, UserID: userID}); err != nil {
			return err
		}
		ids, err = endKeys(ctx, tx, workspaceID, userID)
		return err
	})
	return ids, err
}
