package run

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/eventlog"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
	"github.com/researcherpro/researcherpro/services/analysis/internal/wire"
)

// Move brings a run into a state and writes it, inside tx, together with the
// events that led there and one that tells of the state. The caller holds the
// run's lock, or has just made it, and wakes the followers after the commit.
func Move(ctx context.Context, tx pgx.Tx, s *store.Store, a *store.Analysis, state string, progress float64, events ...*analysisv1.Event) error {
	if state != a.State || progress != a.Progress || len(events) == 0 {
		events = append(events, stateChanged(state, progress))
	}
	a.State, a.Progress = state, progress
	a.CompleteTime = nil
	if a.Ended() {
		now := time.Now().Truncate(time.Microsecond) // as PostgreSQL keeps it
		a.CompleteTime = &now
	}
	entries := make([]eventlog.New, len(events))
	for i, e := range events {
		entry, err := wire.NewEvent(e, a.Ended() && i == len(events)-1)
		if err != nil {
			return err
		}
		entries[i] = entry
	}
	last, err := eventlog.Append(ctx, tx, a.WorkspaceID, a.ID, entries...)
	if err != nil {
		return err
	}
	a.LastSequence = last
	return s.SaveAnalysis(ctx, tx, a)
}

func stateChanged(state string, progress float64) *analysisv1.Event {
	return &analysisv1.Event{
		Type: analysisv1.Event_STATE_CHANGED,
		Detail: &analysisv1.Event_StateChanged{StateChanged: &analysisv1.StateChanged{
			State: analysisv1.Analysis_State(analysisv1.Analysis_State_value[state]), Progress: progress,
		}},
	}
}
