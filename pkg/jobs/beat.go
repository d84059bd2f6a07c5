package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// DefaultBeat is how often a running job shows that it is alive.
const DefaultBeat = 20 * time.Second

// Timeout is what the Timeout of a worker returns whose jobs may run for longer than
// RescueAfter: as long as the process lives they show that they do, and a job that
// does not is lost, however long it might have taken. River asks for the timeout both
// when a job begins and when it looks for lost ones.
func Timeout(job *rivertype.JobRow, longest time.Duration) time.Duration {
	if job.AttemptedAt != nil && time.Since(*job.AttemptedAt) > 3*DefaultBeat {
		return time.Second
	}
	return longest
}

// beat notes in the row of a running job, now and then, that its process lives:
// River takes a job for lost by the time in attempted_at.
type beat struct {
	river.MiddlewareDefaults

	pool   *pg.Pool
	update string
	every  time.Duration
	logger *slog.Logger
}

var _ rivertype.WorkerMiddleware = (*beat)(nil)

func newBeat(pool *pg.Pool, cfg Config) *beat {
	jobs := pgx.Identifier{cfg.Schema, "river_job"}.Sanitize()
	return &beat{
		pool: pool, every: cfg.Beat, logger: cfg.Logger,
		// Not one that was rescued from this process and runs elsewhere by now.
		update: `UPDATE ` + jobs + ` SET attempted_at = now() WHERE id = $1 AND attempt = $2 AND state = 'running'`,
	}
}

// Work implements rivertype.WorkerMiddleware.
func (b *beat) Work(ctx context.Context, job *rivertype.JobRow, inner func(context.Context) error) error {
	done := make(chan struct{})
	defer close(done)
	go b.run(ctx, job, done)
	return inner(ctx)
}

func (b *beat) run(ctx context.Context, job *rivertype.JobRow, done <-chan struct{}) {
	ticks := time.NewTicker(b.every)
	defer ticks.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		// A beat that fails is made up for by the next one.
		if _, err := b.pool.Exec(ctx, b.update, job.ID, job.Attempt); err != nil && ctx.Err() == nil {
			b.logger.WarnContext(ctx, "a running job could not show that it is alive", "job", job.ID, "error", err)
		}
	}
}
