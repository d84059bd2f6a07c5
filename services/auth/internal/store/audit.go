package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/audit"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
)

// deleteSlice is how many events one transaction of the clean-up deletes, so that
// none of them holds up the others for long.
const deleteSlice = 5000

// ofOldAudit sees the events of all workspaces that are older than a time.
func ofOldAudit(before time.Time) scope {
	return scope{"app.audit_before": before.UTC().Format(time.RFC3339Nano)}
}

// AppendAuditEvents adds events to the log of a workspace. Those that it has already
// stay as they are. No such workspace is errs.NotFound.
func (s *Store) AppendAuditEvents(ctx context.Context, workspaceID string, events ...audit.Event) error {
	err := s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) error {
		for _, e := range events {
			if _, err := exec(ctx, tx, "insert audit event", `
				INSERT INTO audit_events (workspace_id, id, time, user_id, api_key_id, service, action, object_id,
					address, user_agent, result, reason, request_id)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
				ON CONFLICT DO NOTHING`,
				workspaceID, e.ID, e.Time, e.UserID, e.APIKeyID, e.Service, e.Action, e.ObjectID,
				e.Address, e.UserAgent, e.Result, e.Reason, e.RequestID); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errs.FailedPrecondition) { // the foreign key
		return fmt.Errorf("%w: there is no workspace %s: %w", errs.NotFound, workspaceID, err)
	}
	return err
}

// HomeWorkspace returns the workspace in which a user signs in. A user of none is
// errs.NotFound.
func (s *Store) HomeWorkspace(ctx context.Context, userID string) (string, error) {
	var home Membership
	err := s.in(ctx, ofUser(userID), func(ctx context.Context, tx pgx.Tx) (err error) {
		home, err = oldest(ctx, tx, userID)
		return err
	})
	return home.ID, err
}

// AuditFilter says which events are listed. What is empty says nothing.
type AuditFilter struct {
	UserID   string
	Action   string // an action, or a service for all of its actions
	ObjectID string
	Result   string
	Start    time.Time // at or after
	End      time.Time // before
}

// AuditKey is the place of an event in the log, which has the newest first.
type AuditKey struct {
	Time time.Time
	ID   string
}

// Valid implements [page.Key].
func (k AuditKey) Valid() bool { return page.ID(k.ID).Valid() }

// AuditEvents returns a page of the events of a workspace that fit, the newest first;
// the zero AuditKey is before the first.
func (s *Store) AuditEvents(ctx context.Context, workspaceID string, f AuditFilter, p page.Query[AuditKey]) ([]audit.Event, error) {
	where, args := f.conditions(workspaceID, p.After)
	plain := len(args)
	filtered, args := p.Where.And(append(args, p.Limit)...)
	limit := "$" + strconv.Itoa(plain+1)
	var rows []auditRow
	err := s.in(ctx, ofWorkspace(workspaceID), func(ctx context.Context, tx pgx.Tx) (err error) {
		rows, err = all[auditRow](ctx, tx, "list audit events", `
			SELECT id, time, user_id, api_key_id, service, action, object_id, address, user_agent, result, reason, request_id
			FROM audit_events WHERE `+where+filtered+`
			ORDER BY time DESC, id DESC LIMIT `+limit, args...)
		return err
	})
	events := make([]audit.Event, len(rows))
	for i, r := range rows {
		events[i] = r.event(workspaceID)
	}
	return events, err
}

// conditions returns what an event has to fulfil. Each filter is a condition only
// when it is given, so that each combination gets a plan of its own.
func (f AuditFilter) conditions(workspaceID string, after AuditKey) (string, []any) {
	where, args := []string{"workspace_id = $1"}, []any{workspaceID}
	add := func(given bool, condition string, values ...any) {
		if !given {
			return
		}
		for _, value := range values {
			args = append(args, value)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, condition)
	}
	add(f.UserID != "", "user_id = ?", f.UserID)
	add(f.ObjectID != "", "object_id = ?", f.ObjectID)
	add(f.Result != "", "result = ?", f.Result)
	add(!f.Start.IsZero(), "time >= ?", f.Start)
	add(!f.End.IsZero(), "time < ?", f.End)
	if strings.Contains(f.Action, ".") {
		add(true, "action = ?", f.Action)
	} else {
		add(f.Action != "", "starts_with(action, ?)", f.Action+".")
	}
	add(after != AuditKey{}, "(time, id) < (?, ?)", after.Time, after.ID)
	return strings.Join(where, " AND "), args
}

// DeleteAuditEvents deletes the events of all workspaces that are older than an age,
// by the database's clock, and returns how many those were.
func (s *Store) DeleteAuditEvents(ctx context.Context, age time.Duration) (int64, error) {
	now, err := one[struct{ Now time.Time }](ctx, s.pool, "read the clock", `SELECT now()`)
	if err != nil {
		return 0, err
	}
	before := now.Now.Add(-age)
	var deleted int64
	for {
		var slice int64
		err := s.in(ctx, ofOldAudit(before), func(ctx context.Context, tx pgx.Tx) (err error) {
			slice, err = exec(ctx, tx, "delete old audit events", `
				DELETE FROM audit_events WHERE (workspace_id, id) IN (
					SELECT workspace_id, id FROM audit_events WHERE time < $1 LIMIT $2)`, before, deleteSlice)
			return err
		})
		deleted += slice
		if err != nil || slice < deleteSlice {
			return deleted, err
		}
	}
}

// auditRow is an event as it is stored.
type auditRow struct {
	ID        string
	Time      time.Time
	UserID    string
	APIKeyID  string `db:"api_key_id"`
	Service   string
	Action    string
	ObjectID  string
	Address   string
	UserAgent string
	Result    string
	Reason    string
	RequestID string
}

// event returns the event of a row.
func (r auditRow) event(workspaceID string) audit.Event {
	return audit.Event{
		ID: r.ID, Time: r.Time.UTC(), WorkspaceID: workspaceID, UserID: r.UserID, APIKeyID: r.APIKeyID, Service: r.Service,
		Action: r.Action, ObjectID: r.ObjectID, Address: r.Address, UserAgent: r.UserAgent,
		Result: r.Result, Reason: r.Reason, RequestID: r.RequestID,
	}
}
