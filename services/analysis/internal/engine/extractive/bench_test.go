package extractive_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/lexical"
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

// TestBench holds, over all prompts of DeepResearch Bench, what an answer must be: in the
// language of the question, out of three sources where three speak of it, without a
// sentence twice, and without one that is not in a source.
func TestBench(t *testing.T) {
	t.Parallel()
	prompts, l := readBench(t)
	e := extractive.New().Open(engine.Session{})
	empty, few, findings := 0, 0, 0
	for _, p := range prompts {
		plan, err := e.Plan(t.Context(), engine.Question{Text: p.Prompt})
		require.NoError(t, err)
		evidence := l.search(plan.Queries, p.Language, 60)
		others := []engine.Kind{engine.Deep, engine.LiteratureReview, engine.Timeline, engine.Comparison}
		for _, kind := range []engine.Kind{engine.Summary, others[p.ID%len(others)]} { // all of all would take minutes
			req := engine.Request{Question: engine.Question{Text: p.Prompt, Kind: kind}, Plan: plan, Evidence: evidence}
			found, err := e.Analyze(t.Context(), req)
			require.NoError(t, err)
			requireSound(t, l.texts, found)
			requireUnrepeated(t, p.ID, found)
			requireLanguage(t, p, found)
			if kind == engine.Summary {
				findings += len(found.Findings)
				if len(found.Findings) == 0 {
					empty++
					t.Logf("nothing for %d", p.ID)
					continue
				}
				if sources(found) < 3 {
					few++
					t.Logf("%d sources for %d", sources(found), p.ID)
				}
			}
		}
	}
	t.Logf("%d prompts, %d without findings, %.1f findings each", len(prompts), empty, float64(findings)/float64(len(prompts)))
	require.LessOrEqual(t, empty, len(prompts)/50)
	require.LessOrEqual(t, few, len(prompts)/25, "where only two sources speak of it, a third is not made to")
}

// requireSound requires that every quote is its source's text at its offsets, and every
// claim its first quote.
func requireSound(t *testing.T, texts map[string]string, found engine.Analysis) {
	t.Helper()
	next := 0
	for _, f := range found.Findings {
		require.NotEmpty(t, f.Citations)
		require.Equal(t, f.Claim, strings.Join(strings.Fields(f.Citations[0].Text), " "))
		seen := map[string]bool{}
		for _, q := range f.Citations {
			require.Equal(t, texts[q.SourceID][q.Start:q.End], q.Text)
			require.False(t, seen[q.SourceID], "one quote of each source")
			seen[q.SourceID] = true
		}
	}
	for _, theme := range found.Themes {
		for _, i := range theme.Findings {
			require.Equal(t, next, i)
			require.Equal(t, theme.Label, found.Findings[i].Theme)
			next++
		}
	}
	require.Len(t, found.Findings, next)
}

// requireUnrepeated requires that no finding says again what another says, but where the
// two are said to disagree.
func requireUnrepeated(t *testing.T, id int, found engine.Analysis) {
	t.Helper()
	disagree := map[[2]int]bool{}
	for _, c := range found.Contradictions {
		disagree[[2]int{c.First, c.Second}] = true
	}
	for i, f := range found.Findings {
		for j, g := range found.Findings[:i] {
			if !disagree[[2]int{j, i}] {
				require.Less(t, overlap(f.Claim, g.Claim), 0.8, "prompt %d: %q and %q", id, f.Claim, g.Claim)
			}
		}
	}
}

// overlap is the share of the words of two sentences that both hold (Jaccard).
func overlap(a, b string) float64 {
	in, both := map[string]bool{}, map[string]bool{}
	for _, w := range lexical.Tokens(a) {
		in[w.Text] = true
	}
	all := len(in)
	for _, w := range lexical.Tokens(b) {
		if in[w.Text] {
			both[w.Text] = true
		} else if in[w.Text] = false; true {
			all++
		}
	}
	return float64(len(both)) / float64(max(all, 1))
}

// requireLanguage requires findings in the language of the question.
func requireLanguage(t *testing.T, p benchPrompt, found engine.Analysis) {
	t.Helper()
	for _, f := range found.Findings {
		if language := lexical.Detect(f.Claim); language != "" {
			require.Equal(t, p.Language, language, "prompt %d: %s", p.ID, f.Claim)
		}
	}
}

// sources counts the sources of an analysis.
func sources(found engine.Analysis) int {
	seen := map[string]bool{}
	for _, f := range found.Findings {
		for _, q := range f.Citations {
			seen[q.SourceID] = true
		}
	}
	return len(seen)
}
