// Package content translates what an analysis sends into what a report is
// composed from.
package content

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/compose"
)

// From returns the content of a report with a title; an empty title means one
// made from the question. Finished is when the content was stored.
func From(req *reportv1.ComposeReportRequest, title string, finished time.Time) compose.Content {
	out := compose.Content{
		Title:    title,
		Question: req.GetQuestion(),
		Language: language(req.GetSources()),
		Kind:     kind(req.GetKind()),
		Provenance: compose.Provenance{
			AnalysisID:   req.GetAnalysisId(),
			Engine:       req.GetEngine(),
			Started:      moment(req.GetStartTime()),
			Finished:     finished,
			SourcesFound: len(req.GetSources()),
			InputTokens:  req.GetUsage().GetInputTokens(),
			OutputTokens: req.GetUsage().GetOutputTokens(),
			CostUSD:      req.GetUsage().GetCostUsd(),
		},
	}
	for _, src := range req.GetSources() {
		if src.GetOutcome() == researchv1.Source_UNREADABLE {
			out.Limits = append(out.Limits, unreadable(src))
			out.Provenance.SourcesFailed++
			continue
		}
		out.Sources = append(out.Sources, source(src))
	}
	for _, missing := range req.GetMissing() {
		out.Limits = append(out.Limits, compose.Limit{Kind: compose.Incomplete, Reason: missing})
	}
	for _, f := range req.GetFindings() {
		out.Findings = append(out.Findings, finding(f))
	}
	at := places(req.GetFindings())
	out.Disagreements = disagreements(req.GetFindings(), at)
	for _, s := range req.GetSummary() {
		out.Summary = append(out.Summary, sentence(s, at))
	}
	return out
}

// kind is the shape of an answer. The main findings by theme, in however many rounds
// they were collected, are the plain one.
func kind(k analysisv1.Kind) compose.Kind {
	switch k {
	case analysisv1.Kind_COMPARISON, analysisv1.Kind_TIMELINE, analysisv1.Kind_LITERATURE_REVIEW, analysisv1.Kind_FACT_CHECK:
		return compose.Kind(k.String())
	}
	return compose.Plain
}

// places returns where findings stand, by their ids.
func places(findings []*analysisv1.Finding) map[string]int {
	at := make(map[string]int, len(findings))
	for i, f := range findings {
		at[f.GetId()] = i
	}
	return at
}

// sentence is a sentence of the summary. A finding that is not there is none of those
// that it is made of, so that composing refuses a sentence that rests on nothing.
func sentence(s *analysisv1.SummarySentence, at map[string]int) compose.Sentence {
	out := compose.Sentence{Text: s.GetText()}
	for _, id := range s.GetFindingIds() {
		if i, ok := at[id]; ok {
			out.Findings = append(out.Findings, i)
		}
	}
	return out
}

// moment is a time; zero, which is written as nothing, if there is none.
func moment(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func finding(f *analysisv1.Finding) compose.Finding {
	out := compose.Finding{
		Claim: f.GetClaim(), Theme: f.GetSection(), Support: support(f.GetSupport()), Reason: f.GetSupportReason(), Salience: f.GetSalience(),
		Subject: f.GetSubject(), Date: f.GetDate(), Supporting: int(f.GetSupportingSources()), Disputing: int(f.GetDisputingSources()),
	}
	for _, c := range f.GetCitations() {
		out.Citations = append(out.Citations, compose.Citation{
			SourceID: c.GetSourceId(), Quote: c.GetQuote(), Support: support(c.GetSupport()),
			Score: c.GetScore(), Page: int(c.GetPage()),
		})
	}
	return out
}

// disagreements returns each pair of contradicting findings once.
func disagreements(findings []*analysisv1.Finding, at map[string]int) []compose.Disagreement {
	var out []compose.Disagreement
	for i, f := range findings {
		for _, c := range f.GetContradictions() {
			if j, ok := at[c.GetFindingId()]; ok && i < j {
				out = append(out, compose.Disagreement{First: i, Second: j, Reason: c.GetReason()})
			}
		}
	}
	return out
}

func source(src *researchv1.Source) compose.Source {
	out := compose.Source{
		ID: src.GetId(), Title: src.GetTitle(), Authors: src.GetAuthors(), URL: src.GetUrl(), FileName: src.GetFileName(),
		SHA256: src.GetSha256(), Fetched: moment(src.GetFetchTime()), Published: moment(src.GetPublishTime()),
	}
	return out
}

func unreadable(src *researchv1.Source) compose.Limit {
	if src.GetFileName() != "" {
		return compose.Limit{Kind: compose.FileUnreadable, What: src.GetFileName(), Reason: src.GetOutcomeReason()}
	}
	what := src.GetTitle()
	if what == "" {
		what = src.GetUrl()
	}
	return compose.Limit{Kind: compose.SourceFailed, What: what, Reason: src.GetOutcomeReason()}
}

func support(s analysisv1.Support) compose.Support { return compose.Support(s.String()) }

// language is that of most of the used sources: the language that the findings,
// which are their sentences, are in.
func language(sources []*researchv1.Source) string {
	counts := map[string]int{}
	best := ""
	for _, src := range sources {
		if src.GetOutcome() != researchv1.Source_USED || src.GetLanguage() == "" {
			continue
		}
		counts[src.GetLanguage()]++
		if counts[src.GetLanguage()] > counts[best] {
			best = src.GetLanguage()
		}
	}
	return best
}
