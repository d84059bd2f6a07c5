package process

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/grpcserver"
	"github.com/researcherpro/researcherpro/pkg/jobs"
)

const (
	// jobTimeout ends a job that runs too long; jobs are steps of some seconds.
	jobTimeout = 90 * time.Second
	// rescueAfter frees the jobs of a lost node: later than any job can run,
	// and under three minutes.
	rescueAfter = 150 * time.Second
)

// Jobs returns a client for the jobs of the service's schema, that runs at most
// n at once. The worker's identity is the configured one, else the host's name,
// which in a container or a pod is its own and stays over restarts. Its connections
// are closed with the resources.
func (r *Resources) Jobs(ctx context.Context, workerID string, n int, workers *river.Workers) (*jobs.Client, error) {
	if workerID == "" {
		name, err := os.Hostname()
		if err != nil {
			return nil, fmt.Errorf("name the worker (set WORKER_ID): %w", err)
		}
		workerID = name
	}
	client, err := jobs.New(ctx, r.DB, jobs.Config{
		ID: workerID, Schema: r.schema, MaxWorkers: n, JobTimeout: jobTimeout, RescueAfter: rescueAfter,
	}, workers)
	if err != nil {
		return nil, err
	}
	r.closers.Add(client.Close)
	return client, nil
}

// RunJobs works jobs until ctx ends, then lets the running ones end.
func RunJobs(ctx context.Context, client *jobs.Client) error {
	// The client outlives ctx by the drain, so that jobs are not cut off.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grpcserver.DrainTimeout)
	defer cancel()
	return client.Stop(stop)
}
