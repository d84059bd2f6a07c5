// Package auditlog writes audit events to the log of their workspace: at once, but
// for sign-ins that failed.
//
// Only a sign-in to an account that exists is an event. Written before the answer, it
// would make that answer late, and tell whoever tries addresses which of them have an
// account. So it waits in a short queue, which is written once a second: right after
// the answer, the writing would slow down the caller's next call instead. What does not
// fit into the queue is given up to the process' log: a flood of wrong passwords costs
// lines there, and not the memory of this process.
package auditlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/researcherpro/researcherpro/pkg/audit"
)

const (
	// queued is how many failed sign-ins wait at most. Passwords are hashed at some
	// tens a second and processor, so no replica has that many to tell of in one.
	queued = 512
	// interval is how often they are written.
	interval = time.Second
	// writeTimeout bounds the writing of one of them.
	writeTimeout = 5 * time.Second
	// flushTimeout bounds the writing of all that wait when the service stops.
	flushTimeout = 10 * time.Second
)

// errFull says that more sign-ins fail than can be written.
var errFull = errors.New("too many failed sign-ins wait to be written")

// Store is the part of the store that a Log needs.
type Store interface {
	// AppendAuditEvents adds events to the log of a workspace.
	AppendAuditEvents(ctx context.Context, workspaceID string, events ...audit.Event) error
	// HomeWorkspace returns the workspace in which a user signs in.
	HomeWorkspace(ctx context.Context, userID string) (string, error)
}

// Log is an audit.Sink over the store. It is safe for concurrent use.
type Log struct {
	store Store
	queue chan audit.Event

	mu     sync.RWMutex // what is taken while it is not closed is written
	closed bool
	stop   chan struct{}
	done   chan struct{}
}

var _ audit.Sink = (*Log)(nil)

// Open returns a log that Close ends. It outlives ctx, which may be that of the start
// only.
func Open(ctx context.Context, s Store) *Log {
	l := &Log{store: s, queue: make(chan audit.Event, queued), stop: make(chan struct{}), done: make(chan struct{})}
	go l.work(context.WithoutCancel(ctx))
	return l
}

// Record implements audit.Sink.
func (l *Log) Record(ctx context.Context, e audit.Event) error {
	if !e.Claimed || e.Result == audit.OK {
		return l.write(ctx, e)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return errors.New("the audit log is closed")
	}
	select {
	case l.queue <- e:
		return nil
	default:
		return errFull
	}
}

// write adds an event to the log of its workspace.
func (l *Log) write(ctx context.Context, e audit.Event) error {
	if e.WorkspaceID == "" {
		home, err := l.store.HomeWorkspace(ctx, e.UserID)
		if err != nil {
			return fmt.Errorf("find the workspace of audit event %s: %w", e.ID, err)
		}
		e.WorkspaceID = home
	}
	return l.store.AppendAuditEvents(ctx, e.WorkspaceID, e)
}

// work writes what is queued, at each interval and once more when the log is closed.
func (l *Log) work(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.flush(ctx)
		case <-l.stop:
			l.flush(ctx)
			return
		}
	}
}

// flush writes what is queued now.
func (l *Log) flush(ctx context.Context) {
	for range len(l.queue) { // nobody else takes anything out
		l.writeQueued(ctx, <-l.queue)
	}
}

// writeQueued writes one event that nobody waits for.
func (l *Log) writeQueued(ctx context.Context, e audit.Event) {
	writing, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	if err := l.write(writing, e); err != nil {
		audit.Lost(ctx, e, err)
	}
}

// Close writes what is queued and ends the log. A database that hangs holds it up for
// ten seconds at most.
func (l *Log) Close() {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	if !already {
		close(l.stop)
	}
	l.mu.Unlock()
	timeout := time.NewTimer(flushTimeout)
	defer timeout.Stop()
	select {
	case <-l.done:
	case <-timeout.C:
	}
}
