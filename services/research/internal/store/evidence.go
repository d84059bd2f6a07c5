package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// Candidate is a passage that evidence may be chosen from.
type Candidate struct {
	SourceID    string
	Ordinal     int32
	Text        string
	StartOffset int32
	EndOffset   int32
	Page        int32
	Heading     string
	Score       float64 // of the library's search; 0 for others
}

// Evidence is a passage that was kept for a question.
type Evidence struct {
	ID          string
	ResearchID  string
	SourceID    string
	Rank        int32
	Text        string
	StartOffset int32
	EndOffset   int32
	Page        int32
	Heading     string
	Score       float64
	Parts       ScoreParts
}

// ScoreParts is what a score is made of.
type ScoreParts struct {
	Relevance float64 `json:"relevance"`
	Semantic  float64 `json:"semantic"`
	Novelty   float64 `json:"novelty"`
	Diversity float64 `json:"diversity"`
	Recency   float64 `json:"recency"`
	Authority float64 `json:"authority"`
}

const evidenceColumns = `id, research_id, source_id, rank, text, start_offset, end_offset, page, heading, score, parts`

// ReplaceCandidates stores the candidates of a source in place of those it had,
// inside tx.
func (s *Store) ReplaceCandidates(ctx context.Context, tx pgx.Tx, workspaceID string, src Source, list []Candidate) error {
	if _, err := tx.Exec(ctx, `DELETE FROM candidates WHERE source_id = $1`, src.ID); err != nil {
		return pg.Error(err)
	}
	if len(list) == 0 {
		return nil
	}
	var batch pgx.Batch
	for i, c := range list {
		batch.Queue(`
			INSERT INTO candidates (source_id, ordinal, research_id, workspace_id, text, start_offset, end_offset, page, heading, score)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			src.ID, i, src.ResearchID, workspaceID, c.Text, c.StartOffset, c.EndOffset, c.Page, c.Heading, c.Score)
	}
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// AddCandidates stores further candidates of a source, inside tx. A passage that is
// one already gets the new score.
func (s *Store) AddCandidates(ctx context.Context, tx pgx.Tx, workspaceID string, src Source, list []Candidate) error {
	var batch pgx.Batch
	for _, c := range list {
		batch.Queue(`
			WITH again AS (
				UPDATE candidates SET score = $9 WHERE source_id = $1 AND start_offset = $5 AND end_offset = $6 RETURNING 1
			)
			INSERT INTO candidates (source_id, ordinal, research_id, workspace_id, text, start_offset, end_offset, page, heading, score)
			SELECT $1, (SELECT coalesce(max(ordinal) + 1, 0) FROM candidates WHERE source_id = $1), $2, $3, $4, $5, $6, $7, $8, $9
			WHERE NOT EXISTS (SELECT FROM again)`,
			src.ID, src.ResearchID, workspaceID, c.Text, c.StartOffset, c.EndOffset, c.Page, c.Heading, c.Score)
	}
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

// DropCandidates forgets the candidates of research of the workspace that ended
// before a time. A further round of one starts from its evidence.
func (s *Store) DropCandidates(ctx context.Context, workspaceID string, before time.Time) error {
	return s.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			DELETE FROM candidates WHERE research_id IN (
				SELECT id FROM research WHERE update_time < $1 AND state NOT IN ('QUEUED', 'RUNNING'))`, before)
		return pg.Error(err)
	})
}

// ListCandidates returns the candidates of a research, by source and place.
func (s *Store) ListCandidates(ctx context.Context, workspaceID, researchID string) ([]Candidate, error) {
	const q = `
		SELECT c.source_id, c.ordinal, c.text, c.start_offset, c.end_offset, c.page, c.heading, c.score
		FROM candidates c JOIN sources s ON s.id = c.source_id WHERE c.research_id = $1 ORDER BY s.rank, s.id, c.ordinal`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Candidate], q, researchID)
}

// End is how a collection ends.
type End struct {
	State    string // SUCCEEDED, PARTIAL or FAILED
	Error    string // for FAILED
	Sources  []Source
	Evidence []Evidence
}

// FinishResearch stores the ranked sources and the evidence, in place of that of the
// round before, and ends the research, inside tx; the caller holds its lock. The
// candidates stay for further rounds, see DropCandidates.
func (s *Store) FinishResearch(ctx context.Context, tx pgx.Tx, r Research, end End) error {
	if err := s.PutSources(ctx, tx, r.WorkspaceID, end.Sources...); err != nil {
		return err
	}
	var batch pgx.Batch
	batch.Queue(`DELETE FROM evidence WHERE research_id = $1`, r.ID)
	for _, e := range end.Evidence {
		queueEvidence(&batch, r, e)
	}
	batch.Queue(`UPDATE sources SET given = true WHERE research_id = $1 AND outcome = 'USED' AND NOT given`, r.ID)
	batch.Queue(`UPDATE research SET state = $2, error = $3, progress = 1, passages = $4, update_time = now() WHERE id = $1`,
		r.ID, end.State, end.Error, len(end.Evidence))
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return pg.Error(err)
	}
	return s.CountSources(ctx, tx, r.ID)
}

func queueEvidence(b *pgx.Batch, r Research, e Evidence) {
	b.Queue(`
		INSERT INTO evidence (id, workspace_id, research_id, source_id, rank, text, start_offset, end_offset, page, heading, score, parts)
		VALUES (@id, @workspace_id, @research_id, @source_id, @rank, @text, @start_offset, @end_offset, @page, @heading, @score, @parts)`,
		pgx.NamedArgs{
			"id": e.ID, "workspace_id": r.WorkspaceID, "research_id": r.ID, "source_id": e.SourceID, "rank": e.Rank,
			"text": e.Text, "start_offset": e.StartOffset, "end_offset": e.EndOffset, "page": e.Page, "heading": e.Heading,
			"score": e.Score, "parts": e.Parts,
		})
}

// ListEvidence returns a page of the passages of research by their ranks.
func (s *Store) ListEvidence(ctx context.Context, workspaceID, researchID string, p page.Query[int32]) ([]Evidence, error) {
	where, args := p.Where.And(researchID, p.After, p.Limit)
	q := `SELECT ` + evidenceColumns + ` FROM evidence WHERE research_id = $1 AND rank > $2` + where + ` ORDER BY rank LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Evidence], q, args...)
}
