package eventlog

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// DefaultPollInterval is how often a follower looks into the table unasked.
const DefaultPollInterval = 2 * time.Second

// pageSize is how many events a follower reads at a time.
const pageSize = 200

// Options configure a [Log].
type Options struct {
	// Topic names the Redis channel of the wake-ups: one per log, the same on
	// all replicas. Name the service.
	Topic string
	// PollInterval is DefaultPollInterval when 0.
	PollInterval time.Duration
	// Logger gets the failures of Redis; nil means slog.Default.
	Logger *slog.Logger
}

// Log reads and follows streams, and wakes the followers of all replicas. It has
// one Redis subscription, however many followers.
type Log struct {
	pool *pg.Pool
	opts Options
	hub  *hub
	bell *bell

	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// Open makes a log over the tables of [Schema] and starts its two background
// tasks; they end with ctx or [Log.Close]. Without Redis (client nil) it still
// works: within the process at once, across replicas by polling.
func Open(ctx context.Context, pool *pg.Pool, client *redis.Client, opts Options) *Log {
	if opts.PollInterval <= 0 {
		opts.PollInterval = DefaultPollInterval
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Log{pool: pool, opts: opts, hub: newHub(), cancel: cancel}
	if client != nil {
		l.bell = newBell(client, "researcherpro:events:"+opts.Topic, opts.Logger)
		l.tasks.Go(func() { l.bell.ring(ctx) })
		l.tasks.Go(func() { l.bell.listen(ctx, l.hub) })
	}
	return l
}

// Close ends the background tasks. Followers end with their own contexts.
func (l *Log) Close() {
	l.cancel()
	l.tasks.Wait()
}

// Notify wakes the followers of a stream, here and on the other replicas. Call it
// after the commit of an [Append], with what that returned. It does not wait: the
// message is sent in the background, those of a burst as one, and if Redis is
// gone that is logged and the others find the events by polling.
func (l *Log) Notify(workspaceID, streamID string, last int64) {
	key := streamKey(workspaceID, streamID)
	l.hub.wake(key, last)
	if l.bell != nil {
		l.bell.announce(key, last)
	}
}

// Read returns up to limit events of a stream with a sequence above after, in
// order; none when there are no more. A stream that does not exist, or belongs to
// another workspace, is errs.NotFound.
func (l *Log) Read(ctx context.Context, workspaceID, streamID string, after int64, limit int) ([]Event, error) {
	return l.Page(ctx, workspaceID, streamID, page.Query[int64]{After: after, Limit: limit})
}

// Page is [Log.Read] with a filter, whose columns are those of the table of events.
func (l *Log) Page(ctx context.Context, workspaceID, streamID string, p page.Query[int64]) ([]Event, error) {
	events, _, err := l.read(ctx, workspaceID, streamID, p)
	return events, err
}

// row is an event, or nothing, beside the state of its stream.
type row struct {
	Last     int64
	Closed   bool
	Sequence *int64
	Type     *string
	Payload  []byte
	Time     *time.Time
}

// read is Read that also reports whether the stream is closed and these events
// are its last: then there will never be more.
func (l *Log) read(ctx context.Context, workspaceID, streamID string, p page.Query[int64]) ([]Event, bool, error) {
	where, args := p.Where.And(streamID, p.After, p.Limit)
	// One statement sees one state of the database: the events and the mark
	// that they are the last belong together.
	query := `
		SELECT s.last_sequence, s.closed, e.sequence, e.type, e.payload, e.create_time
		FROM event_streams s LEFT JOIN LATERAL (
			SELECT * FROM events
			WHERE stream_id = s.stream_id AND sequence > $2` + where + `
			ORDER BY sequence LIMIT $3
		) e ON true
		WHERE s.stream_id = $1
		ORDER BY e.sequence`
	rows, err := pg.ReadAll(ctx, l.pool, workspaceID, pgx.RowToStructByPos[row], query, args...)
	if err != nil {
		return nil, false, fmt.Errorf("read stream %s: %w", streamID, err)
	}
	if len(rows) == 0 {
		return nil, false, fmt.Errorf("event stream %s: %w", streamID, errs.NotFound)
	}
	events := make([]Event, 0, len(rows))
	reached := p.After
	for _, r := range rows {
		if r.Sequence == nil { // the stream alone: no event after that one
			continue
		}
		reached = *r.Sequence
		events = append(events, Event{Sequence: reached, Type: *r.Type, Payload: r.Payload, Time: r.Time.UTC()})
	}
	return events, rows[0].Closed && reached >= rows[0].Last, nil
}

// streamKey names a stream in wake-ups. The workspace is part of it, as it is part
// of everything that tells tenants apart.
func streamKey(workspaceID, streamID string) string { return workspaceID + "/" + streamID }
