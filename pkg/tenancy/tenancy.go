// Package tenancy deletes a workspace with everything in it from a service, and
// sees to it that nothing can be written there afterwards.
//
// # How the services delete together
//
// Auth owns the decision and calls nobody. It announces a deletion on Redis
// ([Announce]) every few seconds until each service has confirmed. An announcement
// is only a hint: a [Purger] that hears one asks auth, with a service token that
// acts for the workspace, and does something only if auth says so. So Redis may
// lose everything, and who can write to it can delete nothing.
//
// # How a service deletes
//
// First the workspace gets a tombstone, a row of deleted_workspaces ([Schema]).
// Every transaction that inserts into the workspace takes a shared lock on it, by
// triggers on the tables; the tombstone is written under the exclusive one. So when
// it is there, all that was written before is committed and seen, and what comes
// after is refused ([pg.Error] makes that errs.NotFound). Bytes outside of the
// database are written inside [Hold], which takes the same lock. The rest is plain:
// jobs are cancelled, rows go in slices of some hundred, then the jobs, the blobs,
// and what is in memory. At the end auth is told.
//
// The tombstone also is the note that there is work to do: until auth was told, its
// purge_time is NULL, and any replica takes it up, whatever was killed meanwhile.
// It stays for good: it is what refuses, and holds nothing but an id and two times.
package tenancy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"
)

// Auth is what a purger asks of the auth service. The contexts that it gives carry
// a service token that acts for the workspace.
type Auth interface {
	// Pending returns the services that have not yet deleted their part of a
	// workspace. A workspace that is not being deleted is errs.NotFound.
	Pending(ctx context.Context, workspaceID string) ([]string, error)
	// Confirm tells that this service holds nothing of the workspace any more.
	Confirm(ctx context.Context, workspaceID string) error
}

// Jobs cancels jobs, those that are running too. A River client does.
type Jobs interface {
	JobCancelTx(ctx context.Context, tx pgx.Tx, id int64) (*rivertype.JobRow, error)
}

// Blobs keeps bytes outside of the database.
type Blobs interface {
	// DeleteWorkspace deletes all that is kept of a workspace. Done twice it is
	// no error.
	DeleteWorkspace(ctx context.Context, workspaceID string) error
}

// Config says what a service keeps, and where.
type Config struct {
	// Service is the service's name, as auth knows it. Required.
	Service string
	// Auth is asked and told. Required.
	Auth Auth
	// Jobs is nil for a service without jobs.
	Jobs Jobs
	// Blobs is nil for a service without blobs.
	Blobs Blobs
	// Forget drops what the process itself remembers of a workspace. It may be
	// nil, and is called on every replica, more than once.
	Forget func(workspaceID string)
	// Interval is the pause between two looks for purges that are not finished;
	// DefaultInterval when 0.
	Interval time.Duration
}
