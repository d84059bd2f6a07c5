package converse

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/engine"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

const (
	// maxTurns is how many questions before this one an engine is told of.
	maxTurns = 10
	// maxTurnBytes bounds what is told of them together: some 2,000 tokens.
	maxTurnBytes = 8 << 10
)

// turns returns the last questions and answers about a run, the oldest first: as many
// as fit, and the newest in any case, since a question is bounded by itself.
func (t *Talker) turns(ctx context.Context, run store.Analysis) ([]engine.Turn, error) {
	rows, err := t.Store.LastMessages(ctx, run.WorkspaceID, run.ID, maxTurns)
	if err != nil {
		return nil, err
	}
	var turns []engine.Turn
	room := maxTurnBytes
	for _, row := range rows { // the newest first
		answer := &analysisv1.Answer{}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(row.Answer, answer); err != nil {
			return nil, fmt.Errorf("decode message %s: %w", row.ID, err)
		}
		turn := engine.Turn{Question: row.Question, Answer: plain(answer)}
		room -= len(turn.Question) + len(turn.Answer)
		if room < 0 && len(turns) > 0 {
			break
		}
		turns = append([]engine.Turn{turn}, turns...)
	}
	return turns, nil
}

// plain is an answer without its marks, which mean nothing in another answer.
func plain(answer *analysisv1.Answer) string {
	var sentences []string
	for _, s := range answer.GetSentences() {
		sentences = append(sentences, s.GetText())
	}
	return strings.Join(sentences, " ")
}
