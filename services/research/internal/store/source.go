package store

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/page"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

// The outcomes of a source, as in the contract.
const (
	OutcomeUsed       = "USED"
	OutcomeUnused     = "UNUSED"
	OutcomeUnreadable = "UNREADABLE"
	OutcomePending    = "PENDING"
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
	FetchTime     *time.Time // nil until there is a snapshot
	MediaType     string
	Language      string
	RawSHA256     string `db:"raw_sha256"`
	TextSHA256    string `db:"text_sha256"`
	Outcome       string
	OutcomeReason string

	Kind        string
	Published   string // 2021, 2021-05 or 2021-05-17
	Container   string
	Publisher   string
	License     string
	Citations   int32
	Preprint    bool
	Extent      string // of the snapshot
	Identifiers map[string]string
	Mentions    []Mention
	Notices     []Notice
	Fetch       *Fetch `db:"fetched"` // nil when nobody fetched it
	FullTexts   []string
	Passages    int32 // in the whole text
	Fingerprint []byte
	JobID       *int64 // reads it
	// Given says that evidence was given of it: its snapshot stays from then on,
	// since quotes may point into it. FinishResearch sets it.
	Given bool
}

// Mention is a further place where a source was found.
type Mention struct {
	Connector string `json:"connector"`
	URL       string `json:"url"`
	Kind      string `json:"kind"`
}

// Notice is what was published about a source.
type Notice struct {
	Kind string `json:"kind"`
	DOI  string `json:"doi"`
	Date string `json:"date"`
	From string `json:"from"`
}

// Fetch says how a source was read.
type Fetch struct {
	URL      string            `json:"url"`
	FinalURL string            `json:"finalUrl"`
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers"`
	Time     time.Time         `json:"time"`
}

const sourceColumns = `id, research_id, rank, connector, title, url, file_name, document_id, authors, publish_time,
	fetch_time, media_type, language, raw_sha256, text_sha256, outcome, outcome_reason, kind, published, container,
	publisher, license, citations, preprint, extent, identifiers, mentions, notices, fetched, full_texts, passages,
	fingerprint, job_id, given`

// putSource inserts a source, or replaces the one with its id, but for whether it
// was given.
const putSource = `
	INSERT INTO sources (` + sourceColumns + `, workspace_id)
	VALUES (@id, @research_id, @rank, @connector, @title, @url, @file_name, @document_id, @authors, @publish_time,
		@fetch_time, @media_type, @language, @raw_sha256, @text_sha256, @outcome, @outcome_reason, @kind, @published, @container,
		@publisher, @license, @citations, @preprint, @extent, @identifiers, @mentions, @notices, @fetched, @full_texts, @passages,
		@fingerprint, @job_id, @given, @workspace_id)
	ON CONFLICT (id) DO UPDATE SET rank = excluded.rank, connector = excluded.connector, title = excluded.title,
		url = excluded.url, authors = excluded.authors, publish_time = excluded.publish_time, fetch_time = excluded.fetch_time,
		media_type = excluded.media_type, language = excluded.language, raw_sha256 = excluded.raw_sha256,
		text_sha256 = excluded.text_sha256, outcome = excluded.outcome, outcome_reason = excluded.outcome_reason,
		kind = excluded.kind, published = excluded.published, container = excluded.container, publisher = excluded.publisher,
		license = excluded.license, citations = excluded.citations, preprint = excluded.preprint, extent = excluded.extent,
		identifiers = excluded.identifiers, mentions = excluded.mentions, notices = excluded.notices, fetched = excluded.fetched,
		full_texts = excluded.full_texts, passages = excluded.passages, fingerprint = excluded.fingerprint, job_id = excluded.job_id`

// PutSources inserts sources, or replaces those with their ids, inside tx.
func (s *Store) PutSources(ctx context.Context, tx pgx.Tx, workspaceID string, list ...Source) error {
	var batch pgx.Batch
	for _, src := range list {
		batch.Queue(putSource, sourceArgs(workspaceID, src))
	}
	return pg.Error(tx.SendBatch(ctx, &batch).Close())
}

func sourceArgs(workspaceID string, src Source) pgx.NamedArgs {
	if src.Identifiers == nil {
		src.Identifiers = map[string]string{}
	}
	if src.Mentions == nil {
		src.Mentions = []Mention{}
	}
	if src.Notices == nil {
		src.Notices = []Notice{}
	}
	if src.Fingerprint == nil {
		src.Fingerprint = []byte{}
	}
	return pgx.NamedArgs{
		"id": src.ID, "workspace_id": workspaceID, "research_id": src.ResearchID, "rank": src.Rank, "connector": src.Connector,
		"title": src.Title, "url": src.URL, "file_name": src.FileName, "document_id": src.DocumentID, "authors": pg.Texts(src.Authors),
		"publish_time": src.PublishTime, "fetch_time": src.FetchTime, "media_type": src.MediaType, "language": src.Language,
		"raw_sha256": src.RawSHA256, "text_sha256": src.TextSHA256, "outcome": src.Outcome, "outcome_reason": src.OutcomeReason,
		"kind": src.Kind, "published": src.Published, "container": src.Container, "publisher": src.Publisher,
		"license": src.License, "citations": src.Citations, "preprint": src.Preprint, "extent": src.Extent,
		"identifiers": src.Identifiers, "mentions": src.Mentions, "notices": src.Notices, "fetched": src.Fetch,
		"full_texts": pg.Texts(src.FullTexts), "passages": src.Passages, "fingerprint": src.Fingerprint, "job_id": src.JobID, "given": src.Given,
	}
}

// ListSources returns a page of the sources of research by their places.
func (s *Store) ListSources(ctx context.Context, workspaceID, researchID string, p page.Query[SourcePlace]) ([]Source, error) {
	where, args := p.Where.And(researchID, p.After.Rank, cmp.Or(p.After.ID, firstID), p.Limit)
	q := `
		SELECT ` + sourceColumns + ` FROM sources
		WHERE research_id = $1 AND (rank, id) > ($2, $3::uuid)` + where + ` ORDER BY rank, id LIMIT $4`
	return pg.ReadAll(ctx, s.db, workspaceID, pgx.RowToStructByName[Source], q, args...)
}

// SourcePlace is where a source stands in the list of its research.
type SourcePlace struct {
	Rank int32
	ID   string
}

// Valid implements [page.Key].
func (p SourcePlace) Valid() bool { return page.ID(p.ID).Valid() }

// firstID is the smallest id there can be.
const firstID = "00000000-0000-0000-0000-000000000000"

// GetSource returns one source; another workspace's is errs.NotFound.
func (s *Store) GetSource(ctx context.Context, workspaceID, id string) (Source, error) {
	const q = `SELECT ` + sourceColumns + ` FROM sources WHERE id = $1`
	return pg.ReadOne(ctx, s.db, workspaceID, pgx.RowToStructByName[Source], q, id)
}

// SourceIn is GetSource inside tx.
func (s *Store) SourceIn(ctx context.Context, tx pgx.Tx, id string) (Source, error) {
	return pg.Row[Source](ctx, tx, `SELECT `+sourceColumns+` FROM sources WHERE id = @id`, pgx.NamedArgs{"id": id})
}

// SourcesIn returns the sources of a research inside tx, by rank.
func (s *Store) SourcesIn(ctx context.Context, tx pgx.Tx, researchID string) ([]Source, error) {
	return pg.Rows[Source](ctx, tx, `SELECT `+sourceColumns+` FROM sources WHERE research_id = $1 ORDER BY rank, id`, researchID)
}

// CountSources stores what a research has found so far, inside tx.
func (s *Store) CountSources(ctx context.Context, tx pgx.Tx, researchID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE research SET update_time = now(), (sources_found, sources_used, sources_failed) = (
			SELECT count(*), count(*) FILTER (WHERE outcome = 'USED'), count(*) FILTER (WHERE outcome = 'UNREADABLE')
			FROM sources WHERE research_id = $1)
		WHERE id = $1`, researchID)
	return pg.Error(err)
}

// NumberOfSources returns how many sources a research has, inside tx.
func (s *Store) NumberOfSources(ctx context.Context, tx pgx.Tx, researchID string) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*)::int FROM sources WHERE research_id = $1`, researchID).Scan(&n)
	return n, pg.Error(err)
}
