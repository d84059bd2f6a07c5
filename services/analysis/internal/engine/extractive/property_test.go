package extractive_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// pieces are what random passages are made of: sentences, and what is none.
var pieces = []string{
	"The harbour of Odessa was closed in 1941 by the navy.", "The harbour of Odessa is deeper than the harbour of Varna.",
	"It was opened again on 3 May 1946.", "However, the harbour of Varna is not free of ice in all winters.", "Further research is needed on the ice of the harbour of Odessa.",
	"Ships in the harbour of Odessa carry 40 % of the grain.", "Ships in the harbour of Odessa carry 55 % of the grain.", "[3] The harbour of Varna holds sixty ships [4].",
	"敖德萨港于1941年关闭。", "Der Hafen von Odessa wurde 1941 von der Marine geschlossen.", "Гавань Одессы была закрыта в 1941 году.", "\n\n# Harbour\n\n", "| a | b |\n", "- a list of harbours:\n",
	"“The harbour of Odessa”, she said, “is mine.”", "\xff\xfe broken bytes of the harbour of Odessa are here.", "Is the harbour of Odessa deep?", "I'll research the harbour.", "\t", "…",
}

// TestEveryQuoteIsItsEvidence holds for random evidence, all kinds of analysis, and
// answers: each quote is its passage's text at its offsets, each sentence that is written
// is that of a quote, and the order of the evidence changes nothing.
func TestEveryQuoteIsItsEvidence(t *testing.T) {
	t.Parallel()
	e := extractive.New().Open(engine.Session{})
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 5))
		evidence := randomEvidence(random)
		shuffled := append([]engine.Evidence{}, evidence...)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for _, kind := range []engine.Kind{"", engine.Deep, engine.Comparison, engine.Timeline, engine.LiteratureReview, engine.FactCheck} {
			q := engine.Question{
				Text: "What is the difference between the harbour of Odessa and the harbour of Varna?", Kind: kind,
				Claims: []string{"The harbour of Odessa was closed in 1941.", "Nobody lives on the moon."},
			}
			found, err := e.Analyze(t.Context(), engine.Request{Question: q, Evidence: evidence})
			require.NoError(t, err)
			for _, f := range found.Findings {
				requireQuotes(t, evidence, f.Citations)
				if kind != engine.FactCheck {
					require.Equal(t, f.Claim, strings.Join(strings.Fields(f.Citations[0].Text), " "))
				}
			}
			again, err := e.Analyze(t.Context(), engine.Request{Question: q, Evidence: shuffled})
			require.NoError(t, err)
			require.Equal(t, found, again, "seed %d, %s", seed, kind)
		}
		for _, question := range []string{"When was the harbour of Odessa closed?", ""} {
			answer, err := e.Answer(t.Context(), engine.Ask{Question: question, Evidence: evidence}, nil)
			require.NoError(t, err)
			for _, s := range answer.Sentences {
				requireQuotes(t, evidence, s.Quotes)
				require.Equal(t, s.Text, strings.Join(strings.Fields(s.Quotes[0].Text), " "))
			}
		}
	}
}

// randomEvidence makes passages of a few sources, some of which overlap.
func randomEvidence(random *rand.Rand) []engine.Evidence {
	var evidence []engine.Evidence
	for source := range 1 + random.IntN(5) {
		var text strings.Builder
		for range 1 + random.IntN(12) {
			text.WriteString(pieces[random.IntN(len(pieces))])
			text.WriteString([]string{" ", "\n", "\n\n", ""}[random.IntN(4)])
		}
		for part := range 1 + random.IntN(3) {
			start := random.IntN(text.Len()) * min(part, 1)
			evidence = append(evidence, engine.Evidence{
				ID: fmt.Sprintf("%d-%d", source, part), SourceID: fmt.Sprint(source), SourceTitle: "Harbours",
				Text: text.String()[start:], Start: 1000 + start, Score: random.Float64(), Retracted: random.IntN(6) == 0,
			})
		}
	}
	return evidence
}

// requireQuotes requires that quotes stand in the evidence that they name.
func requireQuotes(t *testing.T, evidence []engine.Evidence, quotes []engine.Quote) {
	t.Helper()
	for _, q := range quotes {
		found := false
		for _, e := range evidence {
			if e.ID == q.EvidenceID {
				found = true
				require.Equal(t, e.SourceID, q.SourceID)
				require.Equal(t, e.Text[q.Start-e.Start:q.End-e.Start], q.Text)
			}
		}
		require.True(t, found)
	}
}
