package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/programtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// libraryOfCrash is how many documents the killed run reads.
	libraryOfCrash = 300
	// crashAttempts is how often a run is started anew because it had ended
	// before the kill reached it.
	crashAttempts = 5
)

// local is the program `researcher-pro run` on a state directory.
type local struct {
	program string
	state   string
	child   *programtest.Child
}

// start starts the program and returns where it serves.
func (l *local) start(t *testing.T) string {
	t.Helper()
	note := filepath.Join(l.state, "fleet.url")
	require.NoError(t, os.RemoveAll(note)) // what a killed one left
	l.child = programtest.Launch(t, l.program, map[string]string{"STATE_DIR": l.state, "HTTP_ADDR": "127.0.0.1:0", "LOG_LEVEL": "WARN", "CONNECTORS": "documents,urls"}, "run")
	url := ""
	l.child.Await(t, "serving", func() bool {
		content, err := os.ReadFile(note)
		url = strings.TrimSpace(string(content))
		return err == nil && url != "" && programtest.Answers(t, url+"/openapi.json")
	})
	return url
}

// step is a step of a run that is done, as the database has it.
type step struct {
	Step       string
	Attempt    int
	FinishTime time.Time
}

// steps returns the steps of a run that are done, in their order.
func (l *local) steps(t *testing.T, id string) []step {
	t.Helper()
	address, err := os.ReadFile(filepath.Join(l.state, "database.url"))
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), strings.TrimSpace(string(address)))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	rows, err := conn.Query(t.Context(),
		"SELECT step, attempt, finish_time FROM analysis.analysis_steps WHERE analysis_id = $1 ORDER BY finish_time", id)
	require.NoError(t, err)
	steps, err := pgx.CollectRows(rows, pgx.RowToStructByPos[step])
	require.NoError(t, err)
	return steps
}

// TestKill kills the program in the middle of a run, early and late, and starts
// it again: the same run completes, nothing is told twice, and no step that had
// finished runs again.
func TestKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program and kills it")
	}
	l := &local{program: filepath.Join(programtest.Build(t, "deploy/researcher-pro"), "researcher-pro"), state: t.TempDir()}
	u := signUp(t, l.start(t))
	u.addMany(t, libraryOfCrash)
	for _, at := range []analysisv1.Event_Type{analysisv1.Event_ROUND_STARTED, analysisv1.Event_EVIDENCE_RANKED} {
		l.killAt(t, u, at)
	}
	l.child.Stop(t)
}

// killAt starts a run, kills the program when an event has been told, starts it
// again and checks what became of the run.
func (l *local) killAt(t *testing.T, u *user, at analysisv1.Event_Type) {
	t.Helper()
	for range crashAttempts {
		id := u.start(t, &analysisv1.StartAnalysisRequest{Question: question, Cache: analysisv1.Cache_BYPASS}).GetId()
		stream := u.follow(t, id, 0)
		var told []*analysisv1.Event
		for e := stream.next(); e != nil; e = stream.next() {
			told = append(told, e)
			if e.GetType() == at {
				break
			}
		}
		l.child.Kill(t)
		killed := time.Now()
		u.base = l.start(t)

		a := u.ended(t, id)
		require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), a.GetError().GetMessage())
		if a.GetCompleteTime().AsTime().Before(killed) {
			continue // it was faster than the kill
		}
		events := u.log(t, id, 200)
		require.Equal(t, upTo(1, a.GetLastSequence()), sequences(events))
		requireCourse(t, events)
		require.Equal(t, asJSON(t, told), asJSON(t, events[:len(told)]), "what was told before the kill has changed")
		l.requireOnce(t, id, killed)
		return
	}
	t.Fatalf("no run of %d could be killed before its end", crashAttempts)
}

// requireOnce checks that each step is there once, that some were done before
// the kill, and that only the one that was interrupted was tried again.
func (l *local) requireOnce(t *testing.T, id string, killed time.Time) {
	t.Helper()
	names, before, again := []string{}, 0, 0
	for _, s := range l.steps(t, id) {
		names = append(names, s.Step)
		if s.FinishTime.Before(killed) {
			before++
		}
		if s.Attempt > 1 {
			again++
			require.True(t, s.FinishTime.After(killed), "step %s had finished and ran again", s.Step)
		}
	}
	require.Equal(t, []string{"plan", "search/1", "collect/1", "analyze", "check", "write", "report"}, names)
	require.Positive(t, before)
	require.LessOrEqual(t, again, 1)
}

// addMany fills the library with documents that all say something on the
// question. They are sent first and awaited then, so that they are read together.
func (u *user) addMany(t *testing.T, n int) {
	t.Helper()
	ids := make([]string, n)
	for i := range n {
		doc := &researchv1.Document{}
		u.post(t, "/api/v1/documents", &researchv1.CreateDocumentRequest{
			Title: fmt.Sprintf("House %d", i),
			Text: fmt.Sprintf("In cold weather the heat pump of house %d works %d hours a day. "+
				"The heat pump was built in %d and its coil is thawed every %d minutes.\n", i, 6+i%18, 1990+i%35, 20+i),
		}, doc)
		ids[i] = doc.GetId()
	}
	for _, id := range ids {
		require.Equal(t, researchv1.Document_READY, u.read(t, id).GetState())
	}
}
