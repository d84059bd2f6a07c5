package extractive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// BenchmarkAnalyze analyses 500 passages of about 150 words: a large run's evidence.
func BenchmarkAnalyze(b *testing.B) {
	nouns := strings.Fields("reservoir turbine valley engineer flood canal power river station village ministry contract sediment fish treaty")
	var evidence []engine.Evidence
	for i := range 500 {
		var text strings.Builder
		for j := range 10 {
			fmt.Fprintf(&text, "In %d the %s of the dam was repaired by the %s because the %s had damaged the %s near the %s at noon on day %d. ",
				1900+(i*7+j)%120, nouns[i%15], nouns[(i+j)%15], nouns[(i*j)%15], nouns[(i+2*j)%15], nouns[j%15], i)
		}
		e := passage(fmt.Sprintf("s%d", i%60), text.String())
		e.ID, e.Start = fmt.Sprint(i), i*2000
		evidence = append(evidence, e)
	}
	for _, kind := range []engine.Kind{engine.Deep, engine.Timeline, engine.Comparison} {
		b.Run(string(kind), func(b *testing.B) {
			for b.Loop() {
				found, err := extractive.New().Open(engine.Session{}).Analyze(b.Context(), engine.Request{
					Question: engine.Question{Text: "What is the difference between the turbine and the canal of the dam?", Language: "en", Kind: kind},
					Evidence: evidence,
				})
				require.NoError(b, err)
				require.NotEmpty(b, found.Findings)
			}
		})
	}
}
