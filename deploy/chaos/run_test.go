package chaos

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/pkg/llm"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// patience is how long a run may take in all, lost nodes included.
const patience = 4 * time.Minute

// start starts a run of two rounds. Its number makes it another run than all others to
// the model and to every cache.
func (w *world) start(t testing.TB, number int) string {
	t.Helper()
	var a *analysisv1.Analysis
	ask(t, func(ctx context.Context) (err error) {
		a, err = w.user.Start(ctx, &analysisv1.StartAnalysisRequest{
			Question: fmt.Sprintf("How was the lock at Aral built, in case %d?", number), Engine: "openai",
			Kind: analysisv1.Kind_DEEP, MaxRounds: 2, Cache: analysisv1.Cache_BYPASS, RequestId: fmt.Sprint("run ", number),
		})
		return err
	})
	return a.GetId()
}

// ask asks until somebody answers: who calls a process that was just restarted takes a
// moment to find it again.
func ask(t testing.TB, fn func(ctx context.Context) error) {
	t.Helper()
	require.NoError(t, client.Retry(t.Context(), fn))
}

// findings returns what a run has found.
func (w *world) findings(t testing.TB, id string) (found []*analysisv1.Finding) {
	t.Helper()
	ask(t, func(ctx context.Context) (err error) {
		found, err = w.user.Findings(ctx, id)
		return err
	})
	return found
}

// finished waits until a run has ended.
func (w *world) finished(t testing.TB, id string) *analysisv1.Analysis {
	t.Helper()
	var a *analysisv1.Analysis
	ended := within(t, patience, func(ctx context.Context) bool {
		var err error
		a, err = w.user.Analysis(ctx, id)
		return err == nil && client.Ended(a.GetState())
	})
	if !ended {
		t.Fatalf("run %s does not end:\n%s", id, w.jobs(t, a))
	}
	require.Equal(t, analysisv1.Analysis_COMPLETED, a.GetState(), "%s: %v %v", id, a.GetError(), a.GetMissing())
	return a
}

// steps returns the steps of a run that are done.
func (w *world) steps(ctx context.Context, t *testing.T, id string) []string {
	t.Helper()
	rows, err := w.admin.Query(ctx, "SELECT step FROM analysis.analysis_steps WHERE analysis_id = $1 ORDER BY finish_time", id)
	require.NoError(t, err)
	var steps []string
	for rows.Next() {
		var step string
		require.NoError(t, rows.Scan(&step))
		steps = append(steps, step)
	}
	require.NoError(t, rows.Err())
	return steps
}

// story is what a run came to, without what differs from run to run.
type story struct {
	Steps    []string
	Findings []string
	Summary  []string
	Report   string
}

// volatile is what may differ between reports of the same findings: numbers of cases,
// ids, dates and times, what was used, and the ports of the made-up web.
var volatile = regexp.MustCompile(`case \d+|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\d(T[\d:.]+Z)?|\d+ [A-Z][a-z]+ \d{4}|\d\d:\d\d(:\d\d)?( UTC)?|127\.0\.0\.\d+:\d+|Tokens: \d+ in, \d+ out|Cost: [\d.]+ USD|[\d.]+ (seconds|s)\b`)

func plain(text string) string { return volatile.ReplaceAllString(text, "…") }

// story tells what became of a run.
func (w *world) story(t *testing.T, a *analysisv1.Analysis) story {
	t.Helper()
	s := story{Steps: w.steps(t.Context(), t, a.GetId())}
	for _, f := range w.findings(t, a.GetId()) {
		line := []string{f.GetSupport().String(), plain(f.GetClaim())}
		for _, c := range f.GetCitations() {
			line = append(line, c.GetSourceTitle()+": "+c.GetQuote()+" "+c.GetSupport().String())
		}
		s.Findings = append(s.Findings, strings.Join(line, " | "))
	}
	for _, sentence := range a.GetSummary() {
		s.Summary = append(s.Summary, plain(sentence.GetText()))
	}
	var report strings.Builder
	ask(t, func(ctx context.Context) error {
		report.Reset()
		return w.user.Export(ctx, a.GetReportId(), "md", &report)
	})
	s.Report = plain(report.String())
	return s
}

// requireGapless fails unless the run's log is 1, 2, 3, … to its end and tells of
// nothing twice.
func (w *world) requireGapless(t *testing.T, a *analysisv1.Analysis) {
	t.Helper()
	var sequences []int64
	var told map[string]int
	ask(t, func(ctx context.Context) error {
		sequences, told = nil, map[string]int{}
		return w.user.Watch(ctx, a.GetId(), 0, func(e *analysisv1.Event) error {
			sequences = append(sequences, e.GetSequence())
			switch {
			case e.GetFinding() != nil:
				told["finding "+e.GetFinding().GetId()]++
			case e.GetSource() != nil:
				told[e.GetType().String()+" "+e.GetSource().GetSourceId()]++
			case e.GetReportReady() != nil:
				told["report"]++
			case e.GetRoundStarted() != nil:
				told[fmt.Sprint("round ", e.GetRoundStarted().GetRound())]++
			}
			return nil
		})
	})
	require.Equal(t, a.GetLastSequence(), int64(len(sequences)))
	for i, sequence := range sequences {
		require.EqualValues(t, i+1, sequence)
	}
	for what, times := range told {
		require.Equal(t, 1, times, what)
	}
}

// requirePaidOnce fails if a call that was answered and stored was made again: each
// request of the run was answered once, and once more for each of its calls that were
// lost with a process.
func (w *world) requirePaidOnce(t *testing.T, number int, id string) (lost int) {
	t.Helper()
	answered := map[string]int{}
	mark := fmt.Sprintf("case %d?", number)
	for _, call := range w.model.Calls() {
		if call.Answered && slices.ContainsFunc(call.Messages, func(m llm.Message) bool { return strings.Contains(m.Text, mark) }) {
			answered[call.Digest]++
		}
	}
	require.NotEmpty(t, answered)
	again := 0
	for _, times := range answered {
		again += times - 1
	}
	require.NoError(t, w.admin.QueryRow(t.Context(),
		"SELECT count(*) FROM analysis.calls WHERE analysis_id = $1 AND state = 'LOST'", id).Scan(&lost))
	require.LessOrEqual(t, again, lost, "of run %s", id)
	settled := 0
	require.NoError(t, w.admin.QueryRow(t.Context(),
		"SELECT count(*) FROM analysis.calls WHERE analysis_id = $1 AND state = 'SETTLED' AND model <> ''", id).Scan(&settled))
	require.Len(t, answered, settled, "each answer is in the ledger once")
	return lost
}

// requireVerbatim fails unless each stored quote stands at its offsets in its snapshot.
func (w *world) requireVerbatim(t *testing.T, a *analysisv1.Analysis) {
	t.Helper()
	findings := w.findings(t, a.GetId())
	require.NotEmpty(t, findings)
	texts := map[string]string{}
	for _, f := range findings {
		require.NotEmpty(t, f.GetCitations())
		for _, c := range f.GetCitations() {
			if _, known := texts[c.GetSourceId()]; !known {
				var text strings.Builder
				ask(t, func(ctx context.Context) error {
					text.Reset()
					return w.user.SourceContent(ctx, c.GetSourceId(), &text)
				})
				texts[c.GetSourceId()] = text.String()
			}
			require.Equal(t, c.GetQuote(), texts[c.GetSourceId()][c.GetStartOffset():c.GetEndOffset()])
		}
	}
}

// requireOneSourceEach fails if a page became two sources.
func (w *world) requireOneSourceEach(t *testing.T, a *analysisv1.Analysis) {
	t.Helper()
	var sources []*researchv1.Source
	ask(t, func(ctx context.Context) (err error) {
		sources, err = w.user.Sources(ctx, a.GetResearchId())
		return err
	})
	urls := map[string]int{}
	for _, s := range sources {
		urls[s.GetUrl()]++
		require.NotEqual(t, researchv1.Source_UNREADABLE, s.GetOutcome(), s.GetOutcomeReason())
	}
	require.Len(t, urls, len(topics))
	require.Len(t, sources, len(topics))
}

// check is all that must be true of a run, however often it was killed. It returns how
// many calls were lost.
func (w *world) check(t *testing.T, number int, id string, want story) (lost int) {
	t.Helper()
	a := w.finished(t, id)
	require.Equal(t, want, w.story(t, a), "run %s came to something else", id)
	w.requireGapless(t, a)
	w.requireVerbatim(t, a)
	w.requireOneSourceEach(t, a)
	return w.requirePaidOnce(t, number, id)
}

// jobs tells what is to be done for a run, and what became of it.
func (w *world) jobs(t testing.TB, a *analysisv1.Analysis) string {
	t.Helper()
	var told strings.Builder
	fmt.Fprintf(&told, "%v\n", a)
	for schema, id := range map[string]string{"analysis": a.GetId(), "research": a.GetResearchId()} {
		rows, err := w.admin.Query(t.Context(), `
			SELECT row_to_json(j)::text FROM `+schema+`.river_job j
			WHERE args->>'analysis_id' = $1 OR args->>'research_id' = $1 ORDER BY id`, id)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		fmt.Fprintf(&told, "%s: %s\n", schema, strings.Join(lines, "\n"))
	}
	return told.String()
}
