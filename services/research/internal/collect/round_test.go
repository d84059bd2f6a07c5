package collect_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const fatigue = "Steel bridges fall when cracks grow with every lorry, which engineers call fatigue. The Silver Bridge fell so in 1967."

// extend lets a research that has ended go through a further round.
func (f fixture) extend(t *testing.T, r store.Research, round store.Round) store.Research {
	t.Helper()
	f.begun(t, r, round)
	return f.await(t, r.ID, store.Research.Ended)
}

// begun begins a further round of a research that has ended.
func (f fixture) begun(t *testing.T, r store.Research, round store.Round) {
	t.Helper()
	require.NoError(t, f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		r, err = f.rows.ExtendResearch(ctx, tx, r, store.Extension{Round: round, UserID: uuid.NewString(), Deadline: time.Now().Add(time.Minute)})
		if err != nil {
			return err
		}
		_, err = f.client.InsertTx(ctx, tx, collect.Begin(r), nil)
		return err
	}))
}

// work is something that is known wherever it is found.
func work(title, text string) connector.Item {
	it := item(title, text)
	it.Identifiers = map[string]string{"doi": "10.1000/" + title}
	return it
}

// asked is a place that answers by query and notes what it was asked.
type asked struct {
	mu      sync.Mutex
	queries []string
	answers map[string][]connector.Item
}

func (a *asked) search(_ context.Context, q connector.Query) (connector.Answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queries = append(a.queries, strings.Join(append([]string{q.Text}, q.Also...), " + "))
	return connector.Answer{Items: a.answers[q.Text]}, nil
}

func TestExtend_AsksTheNewQueriesOnlyAndTheLibraryAll(t *testing.T) {
	t.Parallel()
	web, library := &asked{}, &asked{}
	f := setup(t, asks("web", web.search), place{connector.About{Name: "documents", AllAtOnce: true, Local: true}, library.search})
	r := f.collect(t, nil)
	r = f.extend(t, r, store.Round{Queries: []string{"what is fatigue?", "what is scour?", "what is fatigue?"}})
	require.Equal(t, []string{"what is fatigue?", "what is scour?"}, slices.Compact(slices.Sorted(slices.Values(r.SubQueries))))
	require.ElementsMatch(t, []string{r.Query, "what is fatigue?", "what is scour?"}, web.queries)
	require.Len(t, library.queries, 2)
	require.Equal(t, r.Query, library.queries[0])
	require.True(t, strings.HasPrefix(library.queries[1], r.Query+" + what is fatigue? + what is scour?"), library.queries[1])

	r = f.extend(t, r, store.Round{Queries: []string{"only the web"}, Sources: []string{"web"}})
	require.Len(t, library.queries, 2)
	require.EqualValues(t, 3, r.Round)
	require.Contains(t, web.queries, "only the web")
}

func TestExtend_JoinsWhatIsFoundToWhatIsThere(t *testing.T) {
	t.Parallel()
	web := &asked{answers: map[string][]connector.Item{
		"why do bridges fall?": {work("resonance", resonance), work("scour", scour)},
		"what is fatigue?":     {work("scour", scour), work("fatigue", fatigue)},
	}}
	f := setup(t, asks("web", web.search))
	r := f.collect(t, nil)
	before, given := f.sources(t, r), f.evidence(t, r)
	require.Len(t, before, 2)

	r = f.extend(t, r, store.Round{Queries: []string{"what is fatigue?"}})
	require.Equal(t, store.ResearchSucceeded, r.State)
	after := f.sources(t, r)
	require.Len(t, after, 3, "the same thing found again is one source")
	require.EqualValues(t, 3, r.SourcesFound)
	for title, src := range before {
		require.Equal(t, src.ID, after[title].ID, "sources and their ids stay")
		require.Equal(t, src.TextSHA256, after[title].TextSHA256)
	}
	ids := map[string]string{}
	for _, e := range f.evidence(t, r) {
		ids[e.Text] = e.ID
	}
	require.Contains(t, ids, fatigue)
	require.EqualValues(t, len(ids), r.Passages)
	for _, e := range given {
		require.Equal(t, e.ID, ids[e.Text], "a passage that stays keeps its id")
	}
	asks, err := f.rows.ListAsks(t.Context(), f.workspace, r.ID)
	require.NoError(t, err)
	outcome := collect.Outcomes(asks)[0]
	require.Equal(t, [3]int{2, 2, 4}, [3]int{outcome.Requests, outcome.Answered, outcome.Found}, "of both rounds")
}

func TestExtend_WhatWasGivenKeepsItsSnapshot(t *testing.T) {
	t.Parallel()
	short := work("falling", resonance)
	short.Extent = connector.ExtentAbstract
	spare := work("spare", "Nothing but cakes and their recipes.")
	spare.Extent = connector.ExtentSnippet
	long, better := work("falling", resonance+" "+scour), work("spare", fatigue)
	web := &asked{answers: map[string][]connector.Item{"why do bridges fall?": {short, spare}, "more": {long, better}}}
	f := setup(t, asks("web", web.search))
	r := f.collect(t, nil)
	require.Equal(t, store.OutcomeUsed, f.sources(t, r)["falling"].Outcome)
	require.NoError(t, f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE sources SET given = false, outcome = 'UNUSED' WHERE title = 'spare'")
		return err
	}))
	r = f.extend(t, r, store.Round{Queries: []string{"more"}})
	require.Equal(t, resonance, f.text(t, f.sources(t, r)["falling"]), "quotes point into it")
	require.Equal(t, fatigue, f.text(t, f.sources(t, r)["spare"]), "nobody has seen the other")
	for _, e := range f.evidence(t, r) {
		src := f.sources(t, r)[titleOf(f.sources(t, r), e.SourceID)]
		require.Equal(t, e.Text, f.text(t, src)[e.StartOffset:e.EndOffset])
	}
}

func TestExtend_WhoWasSkippedIsAskedAgain(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	reachable := false
	far := asks("far", func(context.Context, connector.Query) (connector.Answer, error) {
		mu.Lock()
		defer mu.Unlock()
		if !reachable {
			return connector.Answer{}, &connector.Error{Problem: connector.Unreachable, Message: "it is away"}
		}
		return connector.Answer{Items: []connector.Item{item("fatigue", fatigue)}}, nil
	})
	f := setup(t, far, finds("web", item("scour", scour)))
	r := f.collect(t, nil)
	require.Equal(t, "SKIPPED: it is away", f.outcomes(t, r)["far"])
	mu.Lock()
	reachable = true
	mu.Unlock()
	r = f.extend(t, r, store.Round{Queries: []string{"what is fatigue?"}})
	require.Equal(t, "ANSWERED", f.outcomes(t, r)["far"])
	require.Equal(t, []string{"fatigue USED", "scour USED"}, slices.Sorted(slices.Values(f.titles(t, r))))
}

func TestExtend_ChoosesAmongTheEvidenceWhenTheRestIsForgotten(t *testing.T) {
	t.Parallel()
	web := &asked{answers: map[string][]connector.Item{
		"why do bridges fall?": {item("resonance", resonance)}, "what is fatigue?": {item("fatigue", fatigue)},
	}}
	f := setup(t, asks("web", web.search))
	r := f.collect(t, nil)
	given := f.evidence(t, r)
	require.NoError(t, f.rows.DropCandidates(t.Context(), f.workspace, time.Now().Add(time.Hour)))
	kept, err := f.rows.ListCandidates(t.Context(), f.workspace, r.ID)
	require.NoError(t, err)
	require.Empty(t, kept)
	r = f.extend(t, r, store.Round{Queries: []string{"what is fatigue?"}})
	require.Len(t, f.evidence(t, r), 2)
	require.Contains(t, []string{f.evidence(t, r)[0].ID, f.evidence(t, r)[1].ID}, given[0].ID)
}

func TestExtend_JobsOfAnEarlierRoundChangeNothing(t *testing.T) {
	t.Parallel()
	hanging, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	web := asks("web", func(ctx context.Context, q connector.Query) (connector.Answer, error) {
		if q.Text != "slow" {
			return connector.Answer{Items: []connector.Item{item("resonance", resonance)}}, nil
		}
		once.Do(func() { close(hanging) })
		select {
		case <-release:
		case <-ctx.Done():
		}
		return connector.Answer{Items: []connector.Item{item("fatigue", fatigue)}}, ctx.Err()
	})
	f := setup(t, web)
	first := f.collect(t, nil)
	f.begun(t, first, store.Round{Queries: []string{"slow"}})
	<-hanging
	// What a process of the first round that was thought to be dead still brings, and
	// the end that was foreseen for its deadline.
	require.NoError(t, f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
		_, err := f.client.InsertTx(ctx, tx, collect.Begin(first), nil)
		if err == nil {
			_, err = tx.Exec(ctx, "UPDATE river_job SET state = 'available', scheduled_at = now(), finalized_at = NULL WHERE args ->> 'round' = '1' AND state <> 'running'")
		}
		return err
	}))
	require.Eventually(t, func() bool {
		var left int
		err := f.rows.InWorkspace(t.Context(), f.workspace, func(ctx context.Context, tx pgx.Tx) error {
			return tx.QueryRow(ctx, "SELECT count(*) FROM river_job WHERE args ->> 'round' = '1' AND finalized_at IS NULL").Scan(&left)
		})
		return err == nil && left == 0
	}, 20*time.Second, 10*time.Millisecond)
	now, err := f.rows.GetResearch(t.Context(), f.workspace, first.ID)
	require.NoError(t, err)
	require.Equal(t, store.ResearchRunning, now.State, "the second round goes on")
	asks, err := f.rows.ListAsks(t.Context(), f.workspace, first.ID)
	require.NoError(t, err)
	require.Len(t, asks, 2)
	close(release)
	require.Len(t, f.sources(t, f.await(t, first.ID, store.Research.Ended)), 2)
}
