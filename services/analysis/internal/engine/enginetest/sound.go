package enginetest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

var (
	isoDate = regexp.MustCompile(`^(\d{4}(-\d{2}(-\d{2})?)?)?$`)
	// unplain is what plain text of an engine does not hold.
	unplain = regexp.MustCompile(`\]\(|!\[|</?[a-zA-Z]|://|javascript:|data:|\bwww\.`)
)

// requirePlain fails unless a text of an engine is plain text that says something.
func requirePlain(t *testing.T, text string) {
	t.Helper()
	require.True(t, strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }), "%q", text)
	require.NotRegexp(t, unplain, text)
	require.False(t, strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || (unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d')
	}), "%q", text)
}

// RequireSound fails unless an analysis keeps what engines promise of it.
func RequireSound(t *testing.T, r engine.Request, found engine.Analysis) {
	t.Helper()
	dates := []string{}
	for i, f := range found.Findings {
		if r.Question.Kind == engine.FactCheck {
			require.Equal(t, r.Question.Claims[i], f.Claim)
		} else {
			require.NotEmpty(t, f.Citations, "a claim without a citation: %q", f.Claim)
			require.NotEmpty(t, strings.TrimSpace(f.Claim))
		}
		require.GreaterOrEqual(t, f.Salience, 0.0)
		require.LessOrEqual(t, f.Salience, 1.0)
		require.Regexp(t, isoDate, f.Date)
		require.True(t, r.Question.Kind == engine.Timeline || f.Date == "")
		require.True(t, r.Question.Kind == engine.Comparison || f.Subject == "")
		if f.Date != "" {
			dates = append(dates, f.Date)
			require.Len(t, dates, i+1, "what has no date comes last")
		}
		requireQuotes(t, r.Evidence, f.Citations)
	}
	require.True(t, slices.IsSorted(dates), "%v", dates)
	if r.Question.Kind == engine.FactCheck {
		require.Len(t, found.Findings, len(r.Question.Claims))
	}
	requireThemes(t, found)
	for _, c := range found.Contradictions {
		require.Less(t, c.First, c.Second)
		require.GreaterOrEqual(t, c.First, 0)
		require.Less(t, c.Second, len(found.Findings))
		require.NotEmpty(t, c.Reason)
	}
}

// requireThemes fails unless every finding is in the one theme that it names.
func requireThemes(t *testing.T, found engine.Analysis) {
	t.Helper()
	var members []int
	for _, theme := range found.Themes {
		require.True(t, slices.IsSorted(theme.Findings))
		for _, i := range theme.Findings {
			require.Equal(t, theme.Label, found.Findings[i].Theme)
		}
		members = append(members, theme.Findings...)
	}
	slices.Sort(members)
	want := make([]int, len(found.Findings))
	for i := range want {
		want[i] = i
	}
	require.Equal(t, want, append([]int{}, members...))
}

// requireQuotes fails unless each quote is its evidence's text at its offsets, and each
// source is quoted once.
func requireQuotes(t *testing.T, evidence []engine.Evidence, quotes []engine.Quote) {
	t.Helper()
	seen := map[string]bool{}
	for _, q := range quotes {
		i := slices.IndexFunc(evidence, func(e engine.Evidence) bool {
			return e.ID == q.EvidenceID && e.Start <= q.Start && q.End <= e.Start+len(e.Text)
		})
		require.GreaterOrEqual(t, i, 0, "a quote of evidence that was not given")
		e := evidence[i]
		require.Equal(t, e.SourceID, q.SourceID)
		require.Equal(t, e.Text[q.Start-e.Start:q.End-e.Start], q.Text)
		require.NotEmpty(t, strings.TrimSpace(q.Text))
		require.False(t, seen[q.SourceID], "one quote for each source")
		seen[q.SourceID] = true
	}
}

// RequireSoundAnswer fails unless an answer keeps what engines promise of it.
func RequireSoundAnswer(t *testing.T, ask engine.Ask, answer engine.Answer) {
	t.Helper()
	require.True(t, answer.Nothing || len(answer.Sentences) > 0)
	for _, s := range answer.Sentences {
		require.NotEmpty(t, strings.TrimSpace(s.Text))
		requireQuotes(t, ask.Evidence, s.Quotes)
	}
}
