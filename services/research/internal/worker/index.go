// Package worker does the research service's background work: reading documents
// and collecting evidence. Each job can be killed at any moment and done again.
package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/passage"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// maxText bounds the snapshot of one document, in bytes.
const maxText = 64 << 20

// IndexArgs asks for a document to be read and made searchable.
type IndexArgs struct {
	WorkspaceID string `json:"workspace_id"`
	DocumentID  string `json:"document_id"`
}

// Kind implements river.JobArgs.
func (IndexArgs) Kind() string { return "index_document" }

// Index reads documents.
type Index struct {
	river.WorkerDefaults[IndexArgs]

	store     *store.Store
	blobs     *blobs.Blobs
	extractor *extract.Extractor
}

// NewIndex returns the worker of IndexArgs.
func NewIndex(s *store.Store, b *blobs.Blobs, x *extract.Extractor) *Index {
	return &Index{store: s, blobs: b, extractor: x}
}

// errGaveUp is the end of a document that no attempt came to an end with: it may
// be what kills the process.
var errGaveUp = &extract.Error{
	Reason:  extract.Broken,
	Message: "reading it failed again and again; delete it and upload it once more to try anew",
}

// Work implements river.Worker. A document that cannot be read ends as FAILED
// with its reason; only failures of our own are tried again. The last attempt
// reads nothing: it records that the others failed, so that no document stays
// INDEXING for ever.
func (w *Index) Work(ctx context.Context, job *river.Job[IndexArgs]) error {
	d, err := w.store.StartIndexing(ctx, job.Args.WorkspaceID, job.Args.DocumentID)
	if errors.Is(err, errs.NotFound) {
		return nil // deleted, or done by an earlier run of this job
	}
	if err != nil {
		return err
	}
	if job.Attempt >= job.MaxAttempts {
		return w.fail(ctx, job, d, errGaveUp)
	}
	reading, text, err := w.read(ctx, d)
	if unreadable, ok := errors.AsType[*extract.Error](err); ok {
		return w.fail(ctx, job, d, unreadable)
	}
	if err != nil {
		return err
	}
	defer text.Close()
	return w.finish(ctx, job, d, reading, text)
}

// finish stores the snapshot, the passages and the end of the job together. A text
// that an earlier reading gave goes then, unless something else refers to it.
func (w *Index) finish(ctx context.Context, job *river.Job[IndexArgs], d store.Document, reading store.Reading, text *blobstore.Staged) error {
	if err := w.blobs.Begin(ctx, d.WorkspaceID); err != nil {
		return err
	}
	err := w.store.InWorkspace(ctx, d.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := w.blobs.Enter(ctx, tx, d.WorkspaceID, text); err != nil {
			return err
		}
		if err := w.store.FinishDocument(ctx, tx, d, reading); err != nil {
			return err
		}
		_, err := river.JobCompleteTx[*riverDriver](ctx, tx, job)
		return err
	})
	if errors.Is(err, errs.NotFound) { // deleted while it was read
		w.blobs.Release(ctx, d.WorkspaceID, reading.TextSHA256)
		return nil
	}
	if err == nil && d.TextSHA256 != reading.TextSHA256 {
		w.blobs.Release(ctx, d.WorkspaceID, d.TextSHA256)
	}
	return err
}

// read extracts the text and splits it. Close the text.
func (w *Index) read(ctx context.Context, d store.Document) (store.Reading, *blobstore.Staged, error) {
	raw, err := w.load(ctx, d)
	if err != nil {
		return store.Reading{}, nil, err
	}
	doc, err := w.extractor.Extract(ctx, extract.Input{Name: d.FileName, DeclaredType: d.MediaType, Data: raw})
	if err != nil {
		return store.Reading{}, nil, err
	}
	text, err := blobstore.Stage(ctx, strings.NewReader(doc.Text), maxText)
	if err != nil {
		return store.Reading{}, nil, fmt.Errorf("stage snapshot: %w", err)
	}
	reading := store.Reading{
		Title: doc.Title, MediaType: doc.MediaType, Language: doc.Language, Authors: doc.Authors, Published: doc.Published,
		License: doc.License, Identifiers: doc.Identifiers, TextSHA256: text.Ref.SHA256,
	}
	for _, p := range passage.Split(doc) {
		reading.Passages = append(reading.Passages, store.Passage{
			DocumentID: d.ID, Ordinal: int32(p.Ordinal), StartOffset: int32(p.Start), EndOffset: int32(p.End),
			Page: int32(p.Page), Heading: p.Heading, Text: doc.Text[p.Start:p.End],
		})
	}
	return reading, text, nil
}

func (w *Index) load(ctx context.Context, d store.Document) ([]byte, error) {
	blob, size, err := w.blobs.Get(ctx, d.WorkspaceID, d.SHA256)
	if err != nil {
		return nil, fmt.Errorf("open original: %w", err)
	}
	defer blob.Close()
	var buf bytes.Buffer
	buf.Grow(int(size) + bytes.MinRead) // ReadFrom wants that much room to see the end
	if _, err := buf.ReadFrom(blob); err != nil {
		return nil, fmt.Errorf("read original: %w", err)
	}
	return buf.Bytes(), nil
}

// fail ends a document that cannot be read. Anew read, it may have been found until
// now; it is no longer.
func (w *Index) fail(ctx context.Context, job *river.Job[IndexArgs], d store.Document, reason *extract.Error) error {
	slog.InfoContext(ctx, "document cannot be read", "document_id", d.ID, "reason", string(reason.Reason))
	err := w.store.InWorkspace(ctx, d.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := w.store.FailDocument(ctx, tx, d, string(reason.Reason), reason.Message); err != nil {
			return err
		}
		_, err := river.JobCompleteTx[*riverDriver](ctx, tx, job)
		return err
	})
	if errors.Is(err, errs.NotFound) { // deleted while it was read
		return nil
	}
	if err == nil {
		w.blobs.Release(ctx, d.WorkspaceID, d.TextSHA256)
	}
	return err
}
