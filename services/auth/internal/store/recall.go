package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/authn"
)

// Ended is what has ended or changed lately.
type Ended struct {
	// IDs are those of sessions and API keys that were ended.
	IDs []string
	// Changed are memberships that were made or got another role. One that is gone
	// is not among them: its sessions and keys are.
	Changed []authn.Membership
}

// EndedWithin returns what has ended within a time, 25 hours at the most: longer
// than any access token lives.
func (s *Store) EndedWithin(ctx context.Context, age time.Duration) (Ended, error) {
	var ended Ended
	err := s.in(ctx, ofRecall(), func(ctx context.Context, tx pgx.Tx) error {
		rows, err := all[struct{ ID string }](ctx, tx, "list what was revoked", `
			SELECT id FROM sessions WHERE revoke_time > now() - $1::interval
			UNION ALL
			SELECT id FROM api_keys WHERE revoke_time > now() - $1::interval`, age)
		if err != nil {
			return err
		}
		ended.IDs = make([]string, len(rows)) // fn may run again
		for i, row := range rows {
			ended.IDs[i] = row.ID
		}
		ended.Changed, err = all[authn.Membership](ctx, tx, "list changed memberships", `
			SELECT workspace_id, user_id, version FROM memberships WHERE change_time > now() - $1::interval`, age)
		return err
	})
	return ended, err
}
