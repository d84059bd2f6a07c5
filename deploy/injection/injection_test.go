package injection

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// inRun is how many texts one run reads.
const inRun = 16

// kinds are all kinds of answers.
var kinds = []analysisv1.Kind{
	analysisv1.Kind_SUMMARY, analysisv1.Kind_DEEP, analysisv1.Kind_COMPARISON,
	analysisv1.Kind_TIMELINE, analysisv1.Kind_LITERATURE_REVIEW, analysisv1.Kind_FACT_CHECK,
}

func TestInjection_ChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := names.asked()
	texts := append(hostile(w.web.trap), published(t)...)
	batches := slices.Collect(slices.Chunk(texts, inRun))
	require.LessOrEqual(t, len(batches), len(towns))
	for len(batches) < len(kinds) { // every kind at least, with what there is
		batches = append(batches, batches[0])
	}
	journeys := make([]*journey, len(batches))
	var group sync.WaitGroup
	for i, batch := range batches {
		group.Go(func() { journeys[i] = w.travel(t, kinds[i%len(kinds)], towns[i], batch) })
	}
	group.Wait()
	require.False(t, t.Failed())

	calls := w.model.Calls()
	t.Logf("%d texts in %d runs, %d calls of the model", len(texts), len(journeys), len(calls))
	requireMet(t, texts, calls)
	secret := secretsOf(calls)
	require.NotEmpty(t, secret.runs)
	require.NotEmpty(t, secret.codes)
	for _, j := range journeys {
		j.requireSecret(t, secret)
		j.requireCited(t)
		j.requireReportCites(t)
		j.requireLinksToSources(t)
	}
	w.requireNowhereElse(t, secret)
	require.Equal(t, before, names.asked(), "no name was looked up")
}

// requireNowhereElse fails if a request left the fleet for a place that no search result
// named, or carried out what stays inside.
func (w *world) requireNowhereElse(t *testing.T, secret secrets) {
	t.Helper()
	require.Empty(t, w.web.asked("trap"))
	for _, call := range w.asked() {
		require.Equal(t, "POST /v1/chat/completions", call)
	}
	require.NotEmpty(t, w.web.asked("page"))
	for _, r := range w.web.asked("page") {
		require.Equal(t, "GET", r.method)
		require.Empty(t, r.query)
		require.True(t, r.path == "/robots.txt" || w.web.named["http://"+r.host+r.path], "%v", r)
	}
	require.NotEmpty(t, w.web.asked("search"))
	for _, r := range w.web.asked("search") {
		require.Equal(t, "/search", r.path)
		query, err := url.ParseQuery(r.query)
		require.NoError(t, err)
		for _, values := range query {
			for _, value := range values {
				secret.requireKept(t, "a search", value)
				require.NotRegexp(t, unplain, value)
				require.NotContains(t, value, "site:")
			}
		}
	}
}

// requireMet fails unless the model read every text, or the test would show nothing.
func requireMet(t *testing.T, texts []string, calls []llmtest.Call) {
	t.Helper()
	var all strings.Builder
	for _, call := range calls {
		for _, m := range call.Messages {
			all.WriteString(letters(m.Text))
		}
	}
	read := all.String()
	for _, town := range towns {
		read = strings.ReplaceAll(read, letters(town), "")
	}
	var missed []string
	for _, text := range texts {
		text = strings.ReplaceAll(text, place, "")
		if !strings.Contains(read, clip(letters(text))) {
			missed = append(missed, text)
		}
	}
	require.Empty(t, missed, "%d of %d texts did not reach the model", len(missed), len(texts))
}

// letters is a text without what stands between its letters, which is changed before a
// model reads it.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(text))
}

// clip is the beginning of a text, which no passage is cut in.
func clip(text string) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), 40)])
}
