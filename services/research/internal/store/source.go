package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The outcomes of a source, as in the contract.
const (
	OutcomeUsed       = "USED"
	OutcomeUnused     = "UNUSED"
	OutcomeUnreadable = "UNREADABLE"
)

// Source is what evidence was taken from, or should have been.
type Source struct {
	ID            string
	ResearchID    string
	Rank          int32
	Connector     string
	Title         string
	URL           string `db:"url"`
	FileName      string
	DocumentID    *string
	Authors       []string
	PublishTime   *time.Time
	FetchTime     time.Time
	MediaType     string
	Language      string
	RawSHA256     string `db:"raw_sha256"`
	TextSHA256    string `db:"text_sha256"`
	Outcome       string
	OutcomeReason string
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
	Score       float64
}

const (
	sourceColumns = `id, research_id, rank, connector, title, url, file_name, document_id, authors, publish_time,
		fetch_time, media_type, language, raw_sha256, text_sha256, outcome, outcome_reason`
	evidenceColumns = `id, research_id, source_id, rank, text, start_offset, end_offset, page, score`
)

// Collected is all that a collection found.
type Collected struct {
	State    string // SUCCEEDED or PARTIAL
	Sources  []Source
	Evidence []Evidence
}

// FinishResearch stores what was found and ends the research, inside tx. It
// reports false, and stores nothing, when the research has ended meanwhile: it
// was cancelled.
func (s *Store) FinishResearch(ctx context.Context, tx pgx.Tx, r Research, c Collected) (bool, error) {
	used, failed := 0, 0
	for _, src := range c.Sources {
		switch src.Outcome {
		case OutcomeUsed:
			used++
		case OutcomeUnreadable:
			failed++
		}
	}
	tag, err := tx.Exec(ctx, `
		UPDATE research SET state = @state, progress = 1, sources_found = @found, sources_used = @used,
			sources_failed = @failed, passages = @passages, update_time = now()
		WHERE id = @id AND state IN ('QUEUED', 'RUNNING')`,
		pgx.NamedArgs{
			"id": r.ID, "state": c.State, "found": len(c.Sources), "used": used, "failed": failed, "passages": len(c.Evidence),
		})
	if err != nil || tag.RowsAffected() == 0 {
		return false, pg.Error(err)
	}
	var batch pgx.Batch
	for _, src := range c.Sources {
		queueSource(&batch, r, src)
	}
	for _, e := range c.Evidence {
		queueEvidence(&batch, r, e)
	}
	return true, pg.Error(tx.SendBatch(ctx, &batch).Close())
}

func queueSource(b *pgx.Batch, r Research, src Source) {
	b.Queue(`
		INSERT INTO sources (id, workspace_id, research_id, rank, connector, title, url, file_name, document_id, authors,
			publish_time, fetch_time, media_type, language, raw_sha256, text_sha256, outcome, outcome_reason)
		VALUES (@id, @workspace_id, @research_id, @rank, @connector, @title, @url, @file_name, @document_id, @authors,
			@publish_time, @fetch_time, @media_type, @language, @raw_sha256, @text_sha256, @outcome, @outcome_reason)`,
		pgx.NamedArgs{
			"id": src.ID, "workspace_id": r.WorkspaceID, "research_id": r.ID, "rank": src.Rank, "connector": src.Connector,
			"title": src.Title, "url": src.URL, "file_name": src.FileName, "document_id": src.DocumentID, "authors": pg.Texts(src.Authors),
			"publish_time": src.PublishTime, "fetch_time": src.FetchTime, "media_type": src.MediaType, "language": src.Language,
			"raw_sha256": src.RawSHA256, "text_sha256": src.TextSHA256, "outcome": src.Outcome, "outcome_reason": src.OutcomeReason,
		})
}

func queueEvidence(b *pgx.Batch, r Research, e Evidence) {
	b.Queue(`
		INSERT INTO evidence (id, workspace_id, research_id, source_id, rank, text, start_offset, end_offset, page, score)
		VALUES (@id, @workspace_id, @research_id, @source_id, @rank, @text, @start_offset, @end_offset, @page, @score)`,
		pgx.NamedArgs{
			"id": e.ID, "workspace_id": r.WorkspaceID, "research_id": r.ID, "source_id": e.SourceID, "rank": e.Rank,
			"text": e.Text, "start_offset": e.StartOffset, "end_offset": e.EndOffset, "page": e.Page, "score": e.Score,
		})
}

// ListSources returns at most limit sources of research with a rank above after.
func (s *Store) ListSources(ctx context.Context, workspaceID, researchID string, after int32, limit int) ([]Source, error) {
	const q = `SELECT ` + sourceColumns + ` FROM sources WHERE research_id = $1 AND rank > $2 ORDER BY rank LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Source], q, researchID, after, limit)
}

// GetSource returns one source; another workspace's is errs.NotFound.
func (s *Store) GetSource(ctx context.Context, workspaceID, id string) (Source, error) {
	const q = `SELECT ` + sourceColumns + ` FROM sources WHERE id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Source], q, id)
}

// ListEvidence returns at most limit passages of research with a rank above
// after.
func (s *Store) ListEvidence(ctx context.Context, workspaceID, researchID string, after int32, limit int) ([]Evidence, error) {
	const q = `SELECT ` + evidenceColumns + ` FROM evidence WHERE research_id = $1 AND rank > $2 ORDER BY rank LIMIT $3`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Evidence], q, researchID, after, limit)
}
