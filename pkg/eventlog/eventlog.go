// Package eventlog is a durable log of events per stream (one stream per run,
// say), numbered 1, 2, 3, … without a gap, which any number of readers on any
// replica can follow: past events first, then new ones, each once, in order.
//
// PostgreSQL is the log. [Append] writes in the transaction of the change that the
// event tells of, so there is never the one without the other; it locks the row of
// the stream, so that numbers are given in the order of commits and a rolled-back
// transaction leaves no gap. Redis carries wake-ups only ([Log.Notify], after the
// commit): a reader that is woken reads the table. If Redis loses every message, or
// is gone, events arrive all the same, at the next poll.
package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Schema is the DDL of the two tables, for the migration of a service that keeps
// an event log. The policies follow the rule of every tenant table.
const Schema = `
-- One row per stream. Its lock orders the appends.
CREATE TABLE event_streams (
    stream_id     uuid    PRIMARY KEY,
    workspace_id  uuid    NOT NULL,
    last_sequence bigint  NOT NULL,
    closed        boolean NOT NULL DEFAULT false
);
ALTER TABLE event_streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_streams FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON event_streams
    USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);

-- The events, numbered from 1 in each stream. They are never updated.
CREATE TABLE events (
    stream_id    uuid        NOT NULL REFERENCES event_streams ON DELETE CASCADE,
    sequence     bigint      NOT NULL,
    workspace_id uuid        NOT NULL,
    type         text        NOT NULL,
    payload      bytea       NOT NULL,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (stream_id, sequence)
);
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON events
    USING (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
`

// New is an event to append.
type New struct {
	// Type says what happened, in the words of the service's contract.
	Type string
	// Payload is opaque to the log: the service's encoding of the event.
	Payload []byte
	// Final closes the stream: followers end after this event, and nothing can
	// be appended any more. Only the last event of an Append may be final.
	Final bool
}

// Event is an event of the log.
type Event struct {
	// Sequence is the event's number in its stream, from 1.
	Sequence int64
	// Type and Payload are what was appended.
	Type    string
	Payload []byte
	// Time is when it was appended, in UTC. It never decreases along a stream.
	Time time.Time
}

// errFinalInside is a programming error.
var errFinalInside = errors.New("eventlog: only the last event may be final")

// Append adds events to a stream, which it makes if it is not there, and returns
// the last one's sequence. It works in tx, a transaction in the workspace
// (pg.InWorkspace); until that ends, other appends to the stream wait. Call
// [Log.Notify] after the commit. A closed stream is errs.FailedPrecondition.
func Append(ctx context.Context, tx pgx.Tx, workspaceID, streamID string, events ...New) (int64, error) {
	if len(events) == 0 {
		return 0, errors.New("eventlog: nothing to append")
	}
	types, payloads := make([]string, len(events)), make([][]byte, len(events))
	for i, e := range events {
		if e.Final && i < len(events)-1 {
			return 0, errFinalInside
		}
		types[i], payloads[i] = e.Type, e.Payload
		if e.Payload == nil {
			payloads[i] = []byte{} // nil would be NULL
		}
	}
	// One statement, one round trip. clock_timestamp is taken under the lock
	// and so, unlike now(), does not decrease along the stream.
	const query = `
		WITH stream AS (
			INSERT INTO event_streams AS s (stream_id, workspace_id, last_sequence, closed)
			VALUES ($1, $2, cardinality($3::text[]), $5)
			ON CONFLICT (stream_id) DO UPDATE
			SET last_sequence = s.last_sequence + excluded.last_sequence, closed = excluded.closed
			WHERE NOT s.closed
			RETURNING last_sequence
		), added AS (
			INSERT INTO events (stream_id, sequence, workspace_id, type, payload, create_time)
			SELECT $1, last_sequence - cardinality($3::text[]) + n, $2, type, payload, clock_timestamp()
			FROM stream, unnest($3::text[], $4::bytea[]) WITH ORDINALITY AS new (type, payload, n)
		)
		SELECT last_sequence FROM stream`
	var last int64
	final := events[len(events)-1].Final
	err := tx.QueryRow(ctx, query, streamID, workspaceID, types, payloads, final).Scan(&last)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("%w: the event stream %s is closed", errs.FailedPrecondition, streamID)
	}
	if err != nil {
		return 0, fmt.Errorf("append to stream %s: %w", streamID, pg.Error(err))
	}
	return last, nil
}

// Reopen lets events be appended again to a stream that a final event closed, in
// tx: a run that had failed is taken up again. The events stay as they are.
func Reopen(ctx context.Context, tx pgx.Tx, streamID string) error {
	_, err := tx.Exec(ctx, `UPDATE event_streams SET closed = false WHERE stream_id = $1`, streamID)
	return pg.Error(err)
}
