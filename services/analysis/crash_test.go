package analysis_test

import (
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// spawn starts the service with its workers in a process of its own.
func (b *bundle) spawn(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.Env = append(os.Environ(),
		childEnv+"=1",
		"DATABASE_URL="+b.cfg.DatabaseURL, "REDIS_URL="+b.cfg.RedisURL, "SECRET_KEY="+b.cfg.SecretKey, "ALGORITHM="+b.cfg.Algorithm,
		"WORKER_ID="+b.cfg.WorkerID, "WORKERS="+strconv.Itoa(b.cfg.Workers), "GRPC_ADDR=127.0.0.1:0", "OPS_ADDR=127.0.0.1:0",
		"RESEARCH_ADDR="+b.researchServer.Addr, "REPORT_ADDR="+b.reportServer.Addr, "LOG_LEVEL=ERROR",
	)
	require.NoError(t, cmd.Start())
	return cmd
}

// The service is killed, as with kill -9, in the middle of each of its steps, while
// a peer is at work for it. One with the same identity takes its place.
func TestKilledInTheMiddleOfAStep_TheRunGoesOnAtThatStep(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call   string // the peer's method that is being called
		report bool   // whose peer is report, not research
	}{
		"search/1":  {call: "CreateResearch"},
		"collect/1": {call: "WaitResearch"},
		"analyze":   {call: "ListEvidence"},
		"check":     {call: "GetSourceContent"},
		"report":    {call: "ComposeReport", report: true},
	}
	for step, tc := range tests {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			b := prepare(t)
			peer := &b.research.Script
			if tc.report {
				peer = &b.report.Script
			}
			reached, release := peer.Hold(t, tc.call)
			svc := b.serve(t) // takes requests, does no work
			doomed := b.spawn(t)
			id := b.start(t)
			receive(t, reached)
			require.NoError(t, doomed.Process.Kill())
			_ = doomed.Wait() // it was killed: that is its error
			release()
			before := b.get(t, id)

			work(t, svc)
			after := b.finish(t, id)
			require.Equal(t, analysisv1.Analysis_COMPLETED, after.GetState())
			require.Greater(t, after.GetLastSequence(), before.GetLastSequence())
			want := allSteps()
			for i := range want {
				if want[i].Step == step {
					want[i].Attempt = 2
				}
			}
			require.Equal(t, want, b.steps(t, id), "every step is done once, and only the killed one was tried twice")
			b.requireOneOfEach(t, id)
		})
	}
}

// requireOneOfEach fails unless the run's story is told once: one research, one
// report, no event twice.
func (b *bundle) requireOneOfEach(t *testing.T, id string) {
	t.Helper()
	ids := map[string]bool{}
	for _, request := range b.research.Requests() {
		ids[request] = true
	}
	require.Len(t, ids, 1, "asking again must find the same research")
	require.Len(t, b.report.Composed(), 1)
	seen := map[string]int{}
	for i, e := range b.watch(t, id, 0) {
		require.EqualValues(t, i+1, e.GetSequence())
		switch {
		case e.GetFinding() != nil:
			seen[e.GetFinding().GetClaim()]++
		case e.GetSource() != nil:
			seen[e.GetType().String()+e.GetSource().GetSourceId()]++
		case e.GetReportReady() != nil:
			seen["report"]++
		}
	}
	for what, times := range seen {
		require.Equal(t, 1, times, what)
	}
	require.Equal(t, 1, seen["report"])
}
