package extractive_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
)

// claims returns what was found, one claim a line.
func claims(found engine.Analysis) string {
	lines := make([]string, 0, len(found.Findings))
	for _, f := range found.Findings {
		lines = append(lines, f.Claim)
	}
	return strings.Join(lines, "\n")
}

// menagerie is prose that shares with many questions a generic verb only.
func menagerie() []engine.Evidence {
	return []engine.Evidence{
		passage("ducks", "The ducks in this family do not represent a single group of related birds. "+
			"Ducks eat grasses, fish, insects and small worms in most months. Most ducks are found near a lake or a river."),
		passage("nuts", "The nuts in the second row represent the types that are made of metal only. "+
			"A nut of this type is used where the bolt must never come loose."),
		passage("rows", "Table 3 represents the weights that were measured in the second year.\n\n1 | 2 | 3\n4 | 5 | 6"),
	}
}

func TestAnalyze_DemandsTheTopicOfTheQuestion(t *testing.T) {
	t.Parallel()
	for name, question := range map[string]string{
		"a generic verb is no topic":       "How are tables represented?",
		"nor is another":                   "What are wrenches used for?",
		"both of two topics must be there": "What do geese eat?",
		"the other one of the two too":     "How do ducks migrate?",
		"most of many":                     "How was the table structure model evaluated by the authors?",
		"a name that no source knows":      "What is DocLayNet?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, claims(run(t, question, menagerie())))
		})
	}
}

func TestAnalyze_SaysWhenTheSourcesOnlySpeakOfTheSubject(t *testing.T) {
	t.Parallel()
	found := run(t, "How heavy are ducks?", menagerie())
	require.True(t, found.Indirect)
	require.Contains(t, claims(found), "Most ducks are found near a lake or a river.")
	require.NotContains(t, claims(found), "nut", "what does not speak of it stays out")

	require.False(t, run(t, "What do ducks eat?", menagerie()).Indirect, "an answer is one")
}

func TestAnalyze_FindsTheTopic(t *testing.T) {
	t.Parallel()
	const (
		tokens  = "Every table is written as a sequence of tokens of a small language."
		encoded = "The representation of a table is a sequence of tokens of a small language."
		layout  = "DocLayNet is a set of annotated pages that was collected by hand."
		slower  = "The people who worked on DocLayNet spent several months with it."
	)
	tests := map[string]struct{ question, text, want string }{
		"though the verb is another":           {"How are tables represented?", tokens + " A table has rows.", tokens},
		"though the verb is a noun":            {"How are tables represented?", encoded, encoded},
		"by the passage that is named for it":  {"What do swans eat?", "What swans eat\n\nIn most months a swan lives on grasses and worms.", "In most months a swan lives on grasses and worms."},
		"a measure by its noun":                {"How deep is the lake?", "The lake has a depth of about forty metres near the dam.", "The lake has a depth of about forty metres near the dam."},
		"the definition before other mentions": {"What is DocLayNet?", slower + " " + layout, layout},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := run(t, tc.question, append(menagerie(), passage("a", tc.text)))
			require.NotEmpty(t, found.Findings)
			best := found.Findings[0]
			for _, f := range found.Findings {
				if f.Salience > best.Salience {
					best = f
				}
			}
			require.Equal(t, tc.want, best.Claim)
		})
	}
}

func TestAnalyze_TermsThatStandTogetherWinOverScatteredOnes(t *testing.T) {
	t.Parallel()
	const near = "In the harbour, the steam engine of the ferry drove two large wheels at once."
	const far = "In the harbour, the steam rose at once from two wheels over the engine there."
	found := run(t, "What did the steam engine drive?", []engine.Evidence{passage("a", far), passage("b", near)})
	require.NotEmpty(t, found.Findings)
	require.Equal(t, near, found.Findings[0].Claim)
}
