package worker

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
)

// sweepPause is the time between two sweeps of a workspace that has much to sweep.
const sweepPause = time.Second

// SweepArgs asks for the blobs of a workspace to be swept that nobody refers to,
// on a day of a year: there is one such job for each day that blobs were written on.
type SweepArgs struct {
	WorkspaceID string `json:"workspace_id" river:"unique"`
	Day         string `json:"day" river:"unique"`
}

// Kind implements river.JobArgs.
func (SweepArgs) Kind() string { return "sweep_blobs" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (SweepArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Priority: againPriority, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// Sweep sweeps blobs.
type Sweep struct {
	river.WorkerDefaults[SweepArgs]

	blobs *blobs.Blobs
	now   func() time.Time
}

// NewSweep returns the worker of SweepArgs.
func NewSweep(b *blobs.Blobs) *Sweep { return &Sweep{blobs: b, now: time.Now} }

// Work implements river.Worker. A sweep that is killed has swept what it has.
func (w *Sweep) Work(ctx context.Context, job *river.Job[SweepArgs]) error {
	done, err := w.blobs.Sweep(ctx, job.Args.WorkspaceID, w.now())
	if err != nil || done {
		return err
	}
	return river.JobSnooze(sweepPause)
}
