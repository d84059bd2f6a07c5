package extractive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// harbours is evidence with two subjects beside the question's.
func harbours() []engine.Evidence {
	return []engine.Evidence{
		passage("a", "The harbour of Odessa was bought by the United States for its deep water."),
		passage("b", "The United States closed the harbour of Odessa to the ships of all others."),
		passage("c", "Fishing boats leave the harbour of Odessa before dawn from the pier of the lighthouse, and return to the pier by noon."),
		passage("d", "The storm took the pier of the Odessa harbour away, and the pier has never been built again."),
		passage("e", "Grain for the United States went through the harbour of Odessa in wooden barrels."),
		passage("f", "Children may swim in the harbour of Odessa in summer, near the pier and in its shade."),
	}
}

func TestAnalyze_ThemesAreNamedByWhatTheirFindingsShare(t *testing.T) {
	t.Parallel()
	var labels []string
	for _, theme := range run(t, "What happened in the harbour of Odessa?", harbours()).Themes {
		labels = append(labels, theme.Label)
	}
	require.ElementsMatch(t, []string{"United States", "Pier"}, labels, "a name is not cut")
}

func TestAnalyze_OneThemeHasNoLabel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		question string
		evidence []engine.Evidence
	}{
		"one finding":                    {"What do ducks eat?", menagerie()},
		"findings that share one phrase": {"What happened in the harbour of Odessa?", harbours()[:2]},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := run(t, tc.question, tc.evidence)
			require.NotEmpty(t, found.Findings)
			require.Len(t, found.Themes, 1)
			require.Empty(t, found.Themes[0].Label)
			require.Len(t, found.Themes[0].Findings, len(found.Findings))
			require.Empty(t, found.Findings[0].Theme)
		})
	}
}
