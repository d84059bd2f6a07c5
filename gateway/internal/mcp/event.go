package mcp

import (
	"fmt"
	"strings"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// maxSentence is how long the words of an event may be, in characters.
const maxSentence = 300

// sentence puts an event into words; none for what only matters to somebody who looks
// on: single checks, counts of tokens and prose as it is written, which are in the
// findings and the report in the end.
func sentence(e *analysisv1.Event) string {
	text := ""
	switch e.GetType() {
	case analysisv1.Event_STATE_CHANGED:
		text = fmt.Sprintf("%s, %.0f %%", e.GetStateChanged().GetState(), 100*e.GetStateChanged().GetProgress())
	case analysisv1.Event_ROUND_STARTED:
		text = fmt.Sprintf("Round %d searches for: %s", e.GetRoundStarted().GetRound(), strings.Join(e.GetRoundStarted().GetQueries(), "; "))
	case analysisv1.Event_SOURCE_FOUND:
		text = "Found: " + place(e.GetSource())
	case analysisv1.Event_SOURCE_FETCHED:
		text = "Read: " + place(e.GetSource())
	case analysisv1.Event_SOURCE_FAILED:
		text = "Could not read: " + place(e.GetSource()) + ": " + e.GetSource().GetReason()
	case analysisv1.Event_EVIDENCE_RANKED:
		text = fmt.Sprintf("Kept %d passages of %d sources", e.GetEvidenceRanked().GetPassages(), e.GetEvidenceRanked().GetSources())
	case analysisv1.Event_FINDING_ADDED:
		text = "Finding: " + e.GetFinding().GetClaim()
	case analysisv1.Event_REPORT_READY:
		text = "The report is ready: " + e.GetReportReady().GetReportId()
	case analysisv1.Event_ERROR:
		text = "Error: " + e.GetError().GetMessage()
	case analysisv1.Event_BUDGET_LOW:
		text = fmt.Sprintf("%.0f %% of the budget of the %s is used", 100*e.GetBudgetLow().GetShare(), e.GetBudgetLow().GetScope())
	}
	return shorten(text, maxSentence)
}

// place is a source in words: its title and where it is.
func place(source *analysisv1.SourceEvent) string {
	switch {
	case source.GetTitle() == "":
		return source.GetLocation()
	case source.GetLocation() == "":
		return source.GetTitle()
	}
	return source.GetTitle() + " (" + source.GetLocation() + ")"
}
