package template

import (
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// text is plain text.
func text(s string) *reportv1.Inline {
	return &reportv1.Inline{Kind: &reportv1.Inline_Text{Text: s}}
}

// first returns the first quotes; all of them for a limit of 0.
func first(quotes []*reportv1.Quote, limit int) []*reportv1.Quote {
	if limit > 0 {
		return quotes[:min(limit, len(quotes))]
	}
	return quotes
}

// citation makes marks of quotes, one for each source in the order of its first; nil of
// none. What a mark looks like, and what it points to, is for the citation style.
func (r *run) citation(quotes []*reportv1.Quote) *reportv1.Citation {
	out := &reportv1.Citation{}
	of := map[string]*reportv1.Citation_Mark{}
	for _, q := range quotes {
		mark := of[q.GetSourceId()]
		if mark == nil {
			mark = &reportv1.Citation_Mark{SourceId: q.GetSourceId()}
			of[q.GetSourceId()] = mark
			out.Marks = append(out.Marks, mark)
		}
		mark.Quotes = append(mark.Quotes, q.GetText())
		r.placed += len(q.GetText())
	}
	if len(out.GetMarks()) == 0 {
		return nil
	}
	r.cites = true
	return out
}

// marked is text with the marks of quotes.
func (r *run) marked(s string, quotes []*reportv1.Quote) []*reportv1.Inline {
	out := []*reportv1.Inline{text(s)}
	if c := r.citation(quotes); c != nil {
		out = append(out, &reportv1.Inline{Kind: &reportv1.Inline_Citation{Citation: c}})
	}
	return out
}

// withVerdict adds the verdict on running text, unless it goes without saying.
func withVerdict(in []*reportv1.Inline, verdict analysisv1.Support) []*reportv1.Inline {
	if verdict == analysisv1.Support_SUPPORTED || verdict == analysisv1.Support_SUPPORT_UNSPECIFIED {
		return in
	}
	return append(in, &reportv1.Inline{Kind: &reportv1.Inline_Verdict{Verdict: verdict}})
}

// findingText is a finding as running text, with the marks of its first quotes.
func (r *run) findingText(f *reportv1.Finding, quotes int) []*reportv1.Inline {
	r.mentioned[f.GetNumber()] = true
	return withVerdict(r.marked(f.GetClaim(), first(f.GetQuotes(), quotes)), f.GetSupport())
}

// statementText is a statement as running text, with the marks of the first quotes of
// each finding that it is made of; nothing of one that says nothing.
func (r *run) statementText(s *reportv1.Statement, quotes int) []*reportv1.Inline {
	if s.GetText() == "" {
		return nil
	}
	var rests []*reportv1.Quote
	for _, n := range s.GetFindings() {
		f := r.numbered[n]
		r.mentioned[n] = true
		rests = append(rests, first(f.GetQuotes(), quotes)...)
	}
	return withVerdict(r.marked(s.GetText(), rests), s.GetSupport())
}
