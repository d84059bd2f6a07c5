package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// Provenance returns how a report comes to be, but for its template and style.
func Provenance(found *reportv1.ComposeReportRequest, ended time.Time) *reportv1.Provenance {
	p := &reportv1.Provenance{
		AnalysisId: found.GetAnalysisId(), Question: found.GetQuestion(), Engine: found.GetEngine(), Model: found.GetModel(),
		StartTime: found.GetStartTime(), Searches: searches(found.GetSources()),
		InputTokens: found.GetUsage().GetInputTokens(), OutputTokens: found.GetUsage().GetOutputTokens(), CostUsd: found.GetUsage().GetCostUsd(),
	}
	if !ended.IsZero() {
		p.EndTime = timestamppb.New(ended)
	}
	return p
}

// searches counts what each place that was asked gave, by its name.
func searches(sources []*researchv1.Source) []*reportv1.Provenance_Search {
	by := map[string]*reportv1.Provenance_Search{}
	for _, s := range sources {
		connector := cmp.Or(s.GetConnector(), "unknown")
		if by[connector] == nil {
			by[connector] = &reportv1.Provenance_Search{Connector: connector}
		}
		by[connector].Found++
		switch s.GetOutcome() {
		case researchv1.Source_USED:
			by[connector].Used++
		case researchv1.Source_UNREADABLE:
			by[connector].Failed++
		}
	}
	var out []*reportv1.Provenance_Search
	for _, search := range by {
		out = append(out, search)
	}
	slices.SortFunc(out, func(a, b *reportv1.Provenance_Search) int { return cmp.Compare(a.GetConnector(), b.GetConnector()) })
	return out
}

// facts lists what is known about the making of a report. Tokens and cost are given only
// where a model was used.
func facts(p *reportv1.Provenance) *reportv1.Facts {
	out := &reportv1.Facts{}
	add := func(name, value string) {
		if value != "" {
			out.Facts = append(out.Facts, &reportv1.Facts_Fact{Name: name, Value: value})
		}
	}
	add("Analysis", p.GetAnalysisId())
	add("Engine", p.GetEngine())
	add("Model", p.GetModel())
	add("Started", moment(p.GetStartTime()))
	add("Finished", moment(p.GetEndTime()))
	for _, s := range p.GetSearches() {
		value := fmt.Sprintf("%d found, %d used", s.GetFound(), s.GetUsed())
		if s.GetFailed() > 0 {
			value += fmt.Sprintf(", %d unreadable", s.GetFailed())
		}
		add("Sources from "+s.GetConnector(), value)
	}
	if len(p.GetSearches()) == 0 {
		add("Sources", "none found")
	}
	if p.GetInputTokens()+p.GetOutputTokens() > 0 {
		add("Tokens", strconv.FormatInt(p.GetInputTokens(), 10)+" in, "+strconv.FormatInt(p.GetOutputTokens(), 10)+" out")
		add("Cost", fmt.Sprintf("%.4f USD", p.GetCostUsd()))
	}
	return out
}

// moment writes a time, or nothing for one that is not known.
func moment(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Format("2006-01-02 15:04:05 UTC")
}
