package extractive_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine/extractive"
)

// read names the prompts whose reports are printed, such as -read 52,61.
var read = flag.String("read", "", "prompts of DeepResearch Bench whose reports are printed")

// kindFlag is the kind of the reports that are printed.
var kindFlag = flag.String("kind", "", "kind of the reports that are printed")

// TestRead prints reports for reading: go test -run TestRead -v -read 52,61
func TestRead(t *testing.T) {
	t.Parallel()
	if *read == "" {
		t.Skip("no prompt is named")
	}
	prompts, l := readBench(t)
	e := extractive.New().Open(engine.Session{})
	for _, p := range prompts {
		if !slices.Contains(strings.Split(*read, ","), strconv.Itoa(p.ID)) {
			continue
		}
		q := engine.Question{Text: p.Prompt, Kind: engine.Kind(*kindFlag)}
		plan, err := e.Plan(t.Context(), q)
		require.NoError(t, err)
		evidence := l.search(plan.Queries, p.Language, 60)
		req := engine.Request{Question: q, Plan: plan, Evidence: evidence, Asked: plan.Queries}
		found, err := e.Analyze(t.Context(), req)
		require.NoError(t, err)
		reflection, err := e.Reflect(t.Context(), req)
		require.NoError(t, err)
		summary, err := e.Write(t.Context(), req, found.Findings)
		require.NoError(t, err)
		fmt.Println(written(p, plan, found, summary), reflection)
	}
}

// written writes a report.
func written(p benchPrompt, plan engine.Plan, a engine.Analysis, summary []engine.Sentence) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n=== %d %s\n", p.ID, p.Prompt)
	for _, s := range plan.SubQuestions {
		fmt.Fprintf(&b, "  part: %s\n", s)
	}
	for _, s := range plan.Queries {
		fmt.Fprintf(&b, "  query: %s\n", s)
	}
	for _, s := range summary {
		fmt.Fprintf(&b, "  > %s %v\n", s.Text, s.Findings)
	}
	for _, theme := range a.Themes {
		fmt.Fprintf(&b, "## %s\n", theme.Label)
		for _, i := range theme.Findings {
			f := a.Findings[i]
			fmt.Fprintf(&b, "%d. [%s|%s|%.2f] %s (", i, f.Subject, f.Date, f.Salience, f.Claim)
			for _, c := range f.Citations {
				b.WriteString(c.SourceID + " ")
			}
			b.WriteString(")\n")
		}
	}
	for _, c := range a.Contradictions {
		fmt.Fprintf(&b, "! %d against %d: %s\n", c.First, c.Second, c.Reason)
	}
	fmt.Fprintf(&b, "missing: %q indirect: %v\n", a.Missing, a.Indirect)
	return b.String()
}
