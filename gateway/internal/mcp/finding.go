package mcp

import (
	"context"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// finding is a claim with what it rests on.
type finding struct {
	ID             string          `json:"id"`
	Claim          string          `json:"claim"`
	Section        string          `json:"section,omitempty" jsonschema:"The theme it belongs to"`
	Subject        string          `json:"subject,omitempty" jsonschema:"Which of the things compared it is about, of a COMPARISON"`
	Date           string          `json:"date,omitempty" jsonschema:"When it happened, of a TIMELINE"`
	Verdict        string          `json:"verdict" jsonschema:"SUPPORTED, PARTIAL, UNSUPPORTED or CONTRADICTED: what checking it against its quotes came to"`
	VerdictReason  string          `json:"verdictReason,omitempty" jsonschema:"Why the verdict is not better"`
	Citations      []citation      `json:"citations"`
	Contradictions []contradiction `json:"contradictions,omitempty" jsonschema:"Findings that say otherwise"`
	Supporting     int32           `json:"supportingSources" jsonschema:"How many sources say so"`
	Disputing      int32           `json:"disputingSources" jsonschema:"How many sources say otherwise"`
}

// citation is a quote with where it stands.
type citation struct {
	SourceID    string `json:"sourceId,omitempty" jsonschema:"The source, for read_source"`
	SourceTitle string `json:"sourceTitle,omitempty"`
	Quote       string `json:"quote" jsonschema:"Word for word as it stands in the source"`
	StartOffset int32  `json:"startOffset" jsonschema:"Where it starts in the text of the source, in bytes"`
	EndOffset   int32  `json:"endOffset"`
	Page        int32  `json:"page,omitempty"`
	Verdict     string `json:"verdict" jsonschema:"Whether the quote supports the claim"`
}

type contradiction struct {
	FindingID string `json:"findingId"`
	Reason    string `json:"reason"`
}

func newFinding(f *analysisv1.Finding) finding {
	told := finding{
		ID: f.GetId(), Claim: f.GetClaim(), Section: f.GetSection(), Subject: f.GetSubject(), Date: f.GetDate(),
		Verdict: verdict(f.GetSupport()), VerdictReason: f.GetSupportReason(), Citations: newCitations(f.GetCitations()),
		Supporting: f.GetSupportingSources(), Disputing: f.GetDisputingSources(),
	}
	for _, c := range f.GetContradictions() {
		told.Contradictions = append(told.Contradictions, contradiction{c.GetFindingId(), c.GetReason()})
	}
	return told
}

func newCitations(all []*analysisv1.Citation) []citation {
	told := []citation{}
	for _, c := range all {
		told = append(told, citation{
			SourceID: c.GetSourceId(), SourceTitle: c.GetSourceTitle(), Quote: c.GetQuote(),
			StartOffset: c.GetStartOffset(), EndOffset: c.GetEndOffset(), Page: c.GetPage(), Verdict: verdict(c.GetSupport()),
		})
	}
	return told
}

// verdict names a verdict; one that is not there yet has a name, too.
func verdict(support analysisv1.Support) string {
	if support == analysisv1.Support_SUPPORT_UNSPECIFIED {
		return "NOT_CHECKED"
	}
	return support.String()
}

// findingsInput are the arguments of read_findings.
type findingsInput struct {
	ID string `json:"id" jsonschema:"The id of the research"`
	pageInput
}

// findingList is a page of findings.
type findingList struct {
	Findings      []finding `json:"findings"`
	NextPageToken string    `json:"nextPageToken,omitempty" jsonschema:"Give it to get the next page; absent on the last"`
}

func (s *Server) findings(ctx context.Context, _ *sdk.CallToolRequest, in findingsInput) (findingList, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return findingList{}, err
	}
	defer end()
	page, err := s.Analyses.ListFindings(ctx, &analysisv1.ListFindingsRequest{AnalysisId: in.ID, PageSize: in.PageSize, PageToken: in.PageToken})
	found := findingList{Findings: []finding{}, NextPageToken: page.GetNextPageToken()}
	for _, f := range page.GetFindings() {
		found.Findings = append(found.Findings, newFinding(f))
	}
	return found, err
}
