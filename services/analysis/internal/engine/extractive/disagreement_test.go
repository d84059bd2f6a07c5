package extractive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

func TestAnalyze_NumbersOfDifferentThingsAreNoDisagreement(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		one, other string
		disagree   bool
	}{
		"of the same name": {
			"Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres.", "Lake Baikal is the deepest lake in the world, with a depth of 1,940 metres.", true,
		},
		"of two names": {
			"Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres.", "Lake Tanganyika is the deepest lake in the world, with a depth of 1,470 metres.", false,
		},
		"of a name and its short form": {
			"Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres.", "The deepest lake in the world is Baikal, with a depth of 1,940 metres.", true,
		},
		"of no name in one": {
			"Lake Baikal is the deepest lake in the world, with a depth of 1,642 metres.", "The deepest lake in the world has a depth of 1,940 metres.", true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := run(t, "How deep is the deepest lake in the world?", []engine.Evidence{passage("one", tc.one), passage("other", tc.other)})
			require.NotEmpty(t, found.Findings)
			require.Equal(t, tc.disagree, len(found.Contradictions) > 0)
		})
	}
}

func TestAnalyze_AnItThatPointsForwardLeansOnNothing(t *testing.T) {
	t.Parallel()
	const clear = "It remains unclear how warming changes the plankton of Lake Baikal."
	found := run(t, "How does warming change the plankton of Lake Baikal?", []engine.Evidence{
		passage("survey", "The seals of Lake Baikal were counted from ships and planes in 1994. "+clear),
	})
	require.NotEmpty(t, found.Findings)
	require.Equal(t, clear, found.Findings[0].Claim)
}
