package chaos

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// undisturbed is the number of the run that nothing happens to, and whose end is what
// all others must come to. Numbers of runs stand in their questions, so they are none
// that the texts of the pages have.
const undisturbed = 1001

// takeover is how long a run may stand still when the process that was at it is
// restarted.
const takeover = 10 * time.Second

// TestKilledAtAndInEveryStep kills the process that works at a run, after each step, in
// the commit of each, and in the middle of each that asks somebody, and starts it again.
func TestKilledAtAndInEveryStep(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the programs and kills them")
	}
	w := newWorld(t, quick)
	first := w.start(t, undisturbed)
	want := w.story(t, w.finished(t, first))
	w.check(t, undisturbed, first, want)
	require.NotEmpty(t, want.Summary)
	t.Logf("steps: %v; %d findings", want.Steps, len(want.Findings))
	number := undisturbed
	after, commits, middles := want.Steps[:len(want.Steps)-1], want.Steps, slices.Sorted(maps.Keys(w.middles()))
	if *kills < fullKills { // the short form: one of each
		after, commits, middles = after[len(after)-1:], commits[len(commits)-1:], middles[:1]
	}
	for _, step := range after {
		number++
		w.killAfter(t, number, step, want)
	}
	for _, step := range commits {
		number++
		w.killAtCommit(t, number, step, want)
	}
	for _, name := range middles {
		number++
		w.killWithin(t, number, name, want)
	}
}

// killAfter kills both replicas of analysis as soon as a step is done.
func (w *world) killAfter(t *testing.T, number int, step string, want story) {
	t.Helper()
	id := w.start(t, number)
	eventually(t, "the end of step "+step, func(ctx context.Context) bool { return slices.Contains(w.steps(ctx, t, id), step) })
	began := time.Now()
	w.restartBoth(t, "analysis")
	w.requireGoesOn(t, id, began)
	lost := w.check(t, number, id, want)
	t.Logf("killed after %s: %d calls lost", step, lost)
}

// middle is a place where a run can be stopped in the middle of a step.
type middle struct {
	hold    *hold
	request string // that is held back
	program string // that is killed meanwhile
}

// middles are those places by what is going on there.
func (w *world) middles() map[string]middle {
	return map[string]middle{
		"plan: the model is asked":    {w.asking, "plan", "analysis"},
		"search: a place is asked":    {w.places.hold, "search", "research"},
		"search: analysis waits":      {w.places.hold, "search", "analysis"},
		"read: a page is read":        {w.places.hold, "gates", "research"},
		"read of the second round":    {w.places.hold, "builders", "research"},
		"reflect: the model is asked": {w.asking, "reflection", "analysis"},
		"analyze: the model is asked": {w.asking, "findings", "analysis"},
		"write: the model is asked":   {w.asking, "summary", "analysis"},
	}
}

// killWithin holds a request back and kills both replicas of a program meanwhile.
func (w *world) killWithin(t *testing.T, number int, name string, want story) {
	t.Helper()
	m := w.middles()[name]
	reached, release := m.hold.arm(m.request)
	defer release()
	id := w.start(t, number)
	select {
	case <-reached:
	case <-time.After(patience):
		t.Fatalf("%s: never came there", name)
	}
	began := time.Now()
	w.restartBoth(t, m.program)
	release()
	w.requireGoesOn(t, id, began)
	lost := w.check(t, number, id, want)
	t.Logf("killed in %s: %d calls lost", name, lost)
}

// restartBoth kills a program on both sites at once and starts it again.
func (w *world) restartBoth(t *testing.T, program string) {
	t.Helper()
	w.one.Processes[program].Kill(t)
	w.two.Processes[program].Kill(t)
	up, upToo := w.one.Launch(t, program), w.two.Launch(t, program)
	w.one.Processes[program].Await(t, "ready", up)
	w.two.Processes[program].Await(t, "ready", upToo)
}

// requireGoesOn fails unless a run makes a step, or ends, soon after a kill.
func (w *world) requireGoesOn(t *testing.T, id string, since time.Time) {
	t.Helper()
	up := time.Now()
	eventually(t, "a further step of run "+id, func(ctx context.Context) bool {
		var done int
		require.NoError(t, w.admin.QueryRow(ctx, `SELECT count(*) FROM analysis.analysis_steps WHERE analysis_id = $1 AND finish_time > $2`, id, since).Scan(&done))
		return done > 0
	})
	require.Less(t, time.Since(up), takeover)
}

// TestNodeLost kills a replica for good: the other one goes on within three minutes.
func TestNodeLost(t *testing.T) {
	t.Parallel()
	if testing.Short() || *kills < fullKills {
		t.Skip("waits for minutes until a node counts as lost; make chaos does")
	}
	w := newWorld(t, quick)
	want := w.story(t, w.finished(t, w.start(t, undisturbed)))
	reached, release := w.asking.arm("findings")
	defer release()
	id := w.start(t, undisturbed+1)
	<-reached
	var worker string
	require.NoError(t, w.admin.QueryRow(t.Context(), `
		SELECT attempted_by[array_upper(attempted_by, 1)] FROM analysis.river_job
		WHERE args->>'analysis_id' = $1 AND state = 'running'`, id).Scan(&worker))
	gone := w.one
	if worker == w.two.Worker {
		gone = w.two
	}
	if gone == w.one { // the user's gateway has to find the other replica's analysis
		w.user = w.twin(t)
	}
	gone.Processes["analysis"].Kill(t)
	killed := time.Now()
	release()
	w.check(t, undisturbed+1, id, want)
	require.Less(t, time.Since(killed), 3*time.Minute)
	t.Logf("gone for good at %s: the run had ended %s later", worker, time.Since(killed).Round(time.Second))
}
