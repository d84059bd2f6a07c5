package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/page"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/verify"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// MaxFindings bounds what one run can hold.
const MaxFindings = 1000

// byCheck is who gave a verdict: the deterministic check.
const byCheck = "check"

// check finds each quote in its snapshot and judges each claim by its quotes. A
// citation whose quote is not in the snapshot is dropped, and so is a finding
// that has no citation left; with STRICT, so is one that is not supported. The claims of
// a FACT_CHECK stay, whatever was found about them: the verdict is the answer.
func (t *task) check(ctx context.Context) (Outcome, error) {
	var findings []*analysisv1.Finding
	var texts map[string]string
	var m material
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { m, err = t.material(groupCtx); return err })
	group.Go(func() (err error) {
		if findings, err = t.findings(groupCtx); err == nil {
			texts, err = t.snapshots(groupCtx, cited(findings))
		}
		return err
	})
	if err := group.Wait(); err != nil {
		return Outcome{}, err
	}
	c := checker{texts: texts, idf: verify.NewIDF(m.texts(), ""), facts: t.req.GetKind() == analysisv1.Kind_FACT_CHECK}
	c.locate(findings)
	c.judge(findings)
	missing, err := t.settleDoubts(ctx, &c)
	if err != nil {
		return Outcome{}, err
	}
	for _, f := range findings {
		c.conclude(f)
	}
	kept := keep(findings, t.req)
	if t.pairs() {
		c.contradict(kept)
	}
	finish(kept)
	out := Outcome{Next: StepWrite, State: store.Analyzing, Progress: progressChecked, Findings: kept, Missing: missing}
	for _, f := range kept {
		out.Events = append(out.Events, checkedEvents(f)...)
	}
	return out, nil
}

// keep returns the findings that the run's answer holds.
func keep(findings []*analysisv1.Finding, req *analysisv1.StartAnalysisRequest) []*analysisv1.Finding {
	kept := make([]*analysisv1.Finding, 0, len(findings))
	strict := req.GetCitationPolicy() == analysisv1.CitationPolicy_STRICT
	for _, f := range findings {
		switch {
		case req.GetKind() == analysisv1.Kind_FACT_CHECK:
		case len(f.GetCitations()) == 0, strict && f.GetSupport() != analysisv1.Support_SUPPORTED:
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

// checker judges findings by what they cite.
type checker struct {
	texts map[string]string // source → snapshot
	idf   verify.IDF
	// facts says that the findings are claims of the user, with quotes for and against.
	facts bool

	verdicts map[*analysisv1.Citation]verify.Verdict
	doubts   []doubt
}

// doubt is a citation that words alone cannot decide.
type doubt struct {
	finding  *analysisv1.Finding
	citation *analysisv1.Citation
}

// locate puts each quote where it stands in its snapshot, and drops those that are
// nowhere. What is stored is the snapshot's own words, even where an engine's differed
// in form, with the digest of the text that was looked into.
func (c *checker) locate(findings []*analysisv1.Finding) {
	sums := make(map[string]string, len(c.texts))
	for id, text := range c.texts {
		sum := sha256.Sum256([]byte(text))
		sums[id] = hex.EncodeToString(sum[:])
	}
	for _, f := range findings {
		f.Citations = slices.DeleteFunc(f.GetCitations(), func(q *analysisv1.Citation) bool {
			text := c.texts[q.GetSourceId()]
			span, _, ok := verify.Locate(text, q.GetQuote(), int(q.GetStartOffset()))
			if !ok || span.Start == span.End {
				return true
			}
			q.Quote, q.SnapshotSha256 = text[span.Start:span.End], sums[q.GetSourceId()]
			q.StartOffset, q.EndOffset = int32(span.Start), int32(span.End)
			return false
		})
	}
}

// judge gives each citation its verdict by the deterministic check, and notes which are
// in doubt.
func (c *checker) judge(findings []*analysisv1.Finding) {
	c.verdicts = map[*analysisv1.Citation]verify.Verdict{}
	for _, f := range findings {
		for _, q := range f.GetCitations() {
			verdict := verify.Check(f.GetClaim(), q.GetQuote(), c.idf)
			c.verdicts[q] = verdict
			q.Support, q.Score, q.CheckedBy = toSupport(verdict.Support), verdict.Score, byCheck
			if verdict.Support == verify.Partial {
				c.doubts = append(c.doubts, doubt{f, q})
			}
		}
	}
}

// conclude gives a finding the verdict over its citations.
func (c *checker) conclude(f *analysisv1.Finding) {
	f.Support = best(f.GetCitations())
	if c.facts {
		f.Support = balance(f.GetCitations())
	}
	f.SupportReason = c.why(f)
}

// best is the verdict over all citations: one that supports the claim is enough.
func best(citations []*analysisv1.Citation) analysisv1.Support {
	for _, s := range []analysisv1.Support{
		analysisv1.Support_SUPPORTED, analysisv1.Support_PARTIAL, analysisv1.Support_CONTRADICTED,
	} {
		if hasVerdict(citations, s) {
			return s
		}
	}
	return analysisv1.Support_UNSUPPORTED
}

// balance is the verdict on a claim over what speaks for it and against it: sources
// that disagree leave it supported in part.
func balance(citations []*analysisv1.Citation) analysisv1.Support {
	pro, contra := hasVerdict(citations, analysisv1.Support_SUPPORTED), hasVerdict(citations, analysisv1.Support_CONTRADICTED)
	switch {
	case pro && contra:
		return analysisv1.Support_PARTIAL
	case contra:
		return analysisv1.Support_CONTRADICTED
	}
	return best(citations)
}

func hasVerdict(citations []*analysisv1.Citation, s analysisv1.Support) bool {
	return slices.ContainsFunc(citations, func(c *analysisv1.Citation) bool { return c.GetSupport() == s })
}

func toSupport(s verify.Support) analysisv1.Support {
	return analysisv1.Support(analysisv1.Support_value[string(s)])
}

func checkedEvents(f *analysisv1.Finding) []*analysisv1.Event {
	var events []*analysisv1.Event
	for i, c := range f.GetCitations() {
		events = append(events, &analysisv1.Event{
			Type: analysisv1.Event_CITATION_CHECKED,
			Detail: &analysisv1.Event_CitationChecked{CitationChecked: &analysisv1.CitationChecked{
				FindingId: f.GetId(), Citation: int32(i), SourceId: c.GetSourceId(), Support: c.GetSupport(), Score: c.GetScore(),
			}},
		})
	}
	return events
}

// finish closes the gaps that dropped findings left, forgets pairs with findings that
// are gone, and counts the sources on either side.
func finish(findings []*analysisv1.Finding) {
	byID := map[string]*analysisv1.Finding{}
	for i, f := range findings {
		f.Ordinal = int32(i + 1)
		byID[f.GetId()] = f
	}
	for _, f := range findings {
		f.Contradictions = slices.DeleteFunc(f.GetContradictions(), func(c *analysisv1.Contradiction) bool { return byID[c.GetFindingId()] == nil })
		against := sourcesOf(f, analysisv1.Support_CONTRADICTED)
		for _, c := range f.GetContradictions() {
			for id := range sourcesOf(byID[c.GetFindingId()], analysisv1.Support_SUPPORTED) {
				against[id] = true
			}
		}
		f.SupportingSources = int32(len(sourcesOf(f, analysisv1.Support_SUPPORTED)))
		f.DisputingSources = int32(len(against))
	}
}

// sourcesOf returns the sources of a finding's citations that have a verdict.
func sourcesOf(f *analysisv1.Finding, s analysisv1.Support) map[string]bool {
	ids := map[string]bool{}
	for _, c := range f.GetCitations() {
		if c.GetSupport() == s {
			ids[c.GetSourceId()] = true
		}
	}
	return ids
}

// cited returns the sources that findings cite, each once.
func cited(findings []*analysisv1.Finding) []string {
	var ids []string
	for _, f := range findings {
		for _, c := range f.GetCitations() {
			if !slices.Contains(ids, c.GetSourceId()) {
				ids = append(ids, c.GetSourceId())
			}
		}
	}
	return ids
}

// findings returns what the run has stored.
func (t *task) findings(ctx context.Context) ([]*analysisv1.Finding, error) {
	rows, err := t.Store.ListFindings(ctx, t.a.WorkspaceID, t.a.ID, page.Query[int32]{Limit: MaxFindings})
	if err != nil {
		return nil, err
	}
	return wire.Findings(rows)
}
