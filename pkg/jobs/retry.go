package jobs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Bounds of the pause before a job is tried again.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// retryPolicy doubles the pause from a second to a minute. River's own grows with
// the fourth power: hours, while a user is waiting for a run.
type retryPolicy struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(pause(job.Attempt))
}

// pause is the pause after so many attempts, give or take a tenth, so that jobs
// that failed together (a database restarted) do not come back together.
func pause(attempt int) time.Duration {
	length := longestPause
	if attempt < 7 { // 2^6 seconds are more than the longest
		length = min(longestPause, firstPause<<max(0, attempt-1))
	}
	return length*9/10 + rand.N(length/5) //nolint:gosec // no secret depends on it
}

// failureLog writes every failure of a job to the log, where operators look;
// River alone keeps it in the job's row.
type failureLog struct {
	logger *slog.Logger
}

var _ river.ErrorHandler = (*failureLog)(nil)

// HandleError implements river.ErrorHandler.
func (l *failureLog) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	l.log(ctx, job, "error", err.Error())
	return nil // go on as the retry policy says
}

// HandlePanic implements river.ErrorHandler.
func (l *failureLog) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	l.log(ctx, job, "panic", value, "trace", trace)
	return nil
}

// log writes one failure: a warning while the job will be tried again, an error
// when this was the last time.
func (l *failureLog) log(ctx context.Context, job *rivertype.JobRow, attrs ...any) {
	level, message := slog.LevelWarn, "job failed, will be tried again"
	if job.Attempt >= job.MaxAttempts {
		level, message = slog.LevelError, "job failed for good"
	}
	common := []any{"job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "of", job.MaxAttempts}
	l.logger.Log(ctx, level, message, append(common, attrs...)...)
}
