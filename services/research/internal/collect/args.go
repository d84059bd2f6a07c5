package collect

import (
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// The queues. Requests to others wait most of their time, so many run at once;
// reading needs the processor; and neither may take the places of planning,
// searching the library and finishing.
const (
	QueueCollect = "collect"
	QueueAsk     = "ask"
	QueueRead    = "read"
)

// place names a round of a research in its workspace.
type place struct {
	WorkspaceID string `json:"workspace_id"`
	ResearchID  string `json:"research_id"`
	// Round is 0 in jobs of the version before, which knew one round.
	Round int32 `json:"round"`
}

func placeOf(r store.Research) place {
	return place{WorkspaceID: r.WorkspaceID, ResearchID: r.ID, Round: r.Round}
}

// open reports whether a research is still in the round.
func (p place) open(r store.Research) bool { return !r.Ended() && r.Round == max(p.Round, 1) }

// PlanArgs asks for a round of a research to be planned and begun.
type PlanArgs struct{ place }

// Begin returns the job that begins a round of a research.
func Begin(r store.Research) PlanArgs { return PlanArgs{placeOf(r)} }

// Kind implements river.JobArgs.
func (PlanArgs) Kind() string { return "collect" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (PlanArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueCollect} }

// AskArgs asks for one request to one connector.
type AskArgs struct {
	place

	Ordinal int32 `json:"ordinal"`
}

// Kind implements river.JobArgs.
func (AskArgs) Kind() string { return "ask" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (AskArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueAsk} }

// ReadArgs asks for one source to be read.
type ReadArgs struct {
	place

	SourceID string `json:"source_id"`
}

// Kind implements river.JobArgs.
func (ReadArgs) Kind() string { return "read" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (ReadArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueRead} }

// FinishArgs asks for a research to be ranked and ended.
type FinishArgs struct{ place }

// Kind implements river.JobArgs.
func (FinishArgs) Kind() string { return "finish" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (FinishArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueCollect} }
