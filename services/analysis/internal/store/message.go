package store

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// maxMessages is how many questions with their answers a run keeps.
const maxMessages = 200

// Message is a question about a run with its answer.
type Message struct {
	ID          string
	WorkspaceID string
	AnalysisID  string
	UserID      string
	Question    string
	Answer      []byte // the contract's Answer as JSON
	CreateTime  time.Time
}

const messageColumns = `id, workspace_id, analysis_id, user_id, question, answer, create_time`

// AddMessage appends to the conversation about a run, and drops the oldest beyond
// what is kept. A run that is gone is errs.NotFound.
func (s *Store) AddMessage(ctx context.Context, m Message) error {
	return s.InWorkspace(ctx, m.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		// The lock keeps the run from being deleted meanwhile, and two who speak at once
		// from dropping different messages.
		if _, err := s.LockAnalysis(ctx, tx, m.AnalysisID); err != nil {
			return err
		}
		var batch pgx.Batch
		batch.Queue(`INSERT INTO messages (id, workspace_id, analysis_id, user_id, question, answer) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.ID, m.WorkspaceID, m.AnalysisID, m.UserID, m.Question, m.Answer)
		batch.Queue(`
			DELETE FROM messages WHERE id IN (
				SELECT id FROM messages WHERE analysis_id = $1 ORDER BY id DESC OFFSET $2)`, m.AnalysisID, maxMessages)
		return pg.Error(tx.SendBatch(ctx, &batch).Close())
	})
}

// ListMessages returns a page of the messages about a run, the oldest first.
func (s *Store) ListMessages(ctx context.Context, workspaceID, analysisID string, p page.Query[page.ID]) ([]Message, error) {
	where, args := p.Where.And(analysisID, cmp.Or(p.After, firstID), p.Limit)
	q := `SELECT ` + messageColumns + ` FROM messages WHERE analysis_id = $1 AND id > $2` + where + ` ORDER BY id LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Message], q, args...)
}

// LastMessages returns the newest messages about a run, at most limit, the newest
// first.
func (s *Store) LastMessages(ctx context.Context, workspaceID, analysisID string, limit int) ([]Message, error) {
	const q = `SELECT ` + messageColumns + ` FROM messages WHERE analysis_id = $1 ORDER BY id DESC LIMIT $2`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Message], q, analysisID, limit)
}

// ClearMessages forgets the conversation about a run. A run that is not there is
// errs.NotFound.
func (s *Store) ClearMessages(ctx context.Context, workspaceID, analysisID string) error {
	return s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := s.LockAnalysis(ctx, tx, analysisID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM messages WHERE analysis_id = $1`, analysisID)
		return pg.Error(err)
	})
}
