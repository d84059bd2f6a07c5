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
	"time"

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
	now       func() time.Time
}

// NewIndex returns the worker of IndexArgs.
func NewIndex(s *store.Store, b *blobs.Blobs, x *extract.Extractor) *Index {
	return &Index{store: s, blobs: b, extractor: x, now: time.Now}
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
//
// The first attempt takes small documents along that wait as well, since a
// transaction costs more than they do. Later ones do not: what killed the process,
// or took all the time, is to be alone with it.
func (w *Index) Work(ctx context.Context, job *river.Job[IndexArgs]) error {
	d, err := w.store.StartIndexing(ctx, job.Args.WorkspaceID, job.Args.DocumentID)
	if errors.Is(err, errs.NotFound) {
		return nil // deleted, or done by an earlier run of this job
	}
	if err != nil {
		return err
	}
	own := &task{jobID: job.ID, document: d}
	if job.Attempt >= job.MaxAttempts {
		own.err = errGaveUp
		return w.fail(ctx, own)
	}
	if job.Attempt > 1 || d.SizeBytes > smallFile {
		w.read(ctx, own)
		return w.end(ctx, d.WorkspaceID, []*task{own})
	}
	return w.together(ctx, job.JobRow, own)
}

// end records the end of tasks of one workspace: those that were read in one
// transaction, each that cannot be in its own. It returns the first error that is not
// a document's own fault.
func (w *Index) end(ctx context.Context, workspaceID string, tasks []*task) error {
	var read []*task
	var problem error
	for _, t := range tasks {
		if t.text != nil {
			defer t.text.Close()
		}
		var err error
		if _, unreadable := errors.AsType[*extract.Error](t.err); unreadable {
			err = w.fail(ctx, t)
		} else if err = t.err; err == nil {
			read = append(read, t)
		}
		if problem == nil {
			problem = err
		}
	}
	if len(read) > 0 {
		if err := w.finish(ctx, workspaceID, read); err != nil {
			return err
		}
	}
	return problem
}

// finish stores the snapshots, the passages and the ends of the jobs together. A text
// that an earlier reading gave goes then, unless something else refers to it.
func (w *Index) finish(ctx context.Context, workspaceID string, tasks []*task) error {
	if err := w.blobs.Begin(ctx, workspaceID); err != nil {
		return err
	}
	var texts []*blobstore.Staged
	var jobs []int64
	var list []store.Finished
	for _, t := range tasks {
		// What is the same as the original is kept as long as the row that refers to it.
		if t.reading.TextSHA256 != t.document.SHA256 {
			texts = append(texts, t.text)
		}
		jobs = append(jobs, t.jobID)
		list = append(list, store.Finished{Document: t.document, Reading: t.reading})
	}
	var found map[string]bool
	err := w.store.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) (err error) {
		if err = w.blobs.Enter(ctx, tx, workspaceID, texts...); err != nil {
			return err
		}
		if found, err = w.store.FinishDocuments(ctx, tx, workspaceID, list); err != nil {
			return err
		}
		return w.store.CompleteJobs(ctx, tx, jobs)
	})
	if errors.Is(err, errs.NotFound) { // the workspace was deleted while they were read
		found, err = nil, nil
	}
	if err != nil {
		return err
	}
	for _, t := range tasks {
		switch {
		case !found[t.document.ID]: // deleted while it was read
			w.blobs.Release(ctx, workspaceID, t.reading.TextSHA256)
		case t.document.TextSHA256 != t.reading.TextSHA256:
			w.blobs.Release(ctx, workspaceID, t.document.TextSHA256)
		}
	}
	return nil
}

// read reads a task's document. Close its text.
func (w *Index) read(ctx context.Context, t *task) {
	t.reading, t.text, t.err = w.extract(ctx, t.document)
}

// extract reads a document's text and splits it. Close the text.
func (w *Index) extract(ctx context.Context, d store.Document) (store.Reading, *blobstore.Staged, error) {
	if err := w.extractor.CheckSize(d.SizeBytes); err != nil {
		return store.Reading{}, nil, err
	}
	raw, err := w.load(ctx, d)
	if err != nil {
		return store.Reading{}, nil, err
	}
	doc, err := w.extractor.Extract(ctx, extract.Input{Name: d.FileName, DeclaredType: d.MediaType, Data: raw})
	if err != nil {
		return described(doc), nil, err // what it says about itself may be read all the same
	}
	text, err := blobstore.Stage(ctx, strings.NewReader(doc.Text), maxText)
	if err != nil {
		return store.Reading{}, nil, fmt.Errorf("stage snapshot: %w", err)
	}
	reading := described(doc)
	reading.TextSHA256 = text.Ref.SHA256
	for _, p := range passage.Split(doc) {
		reading.Passages = append(reading.Passages, store.Passage{
			DocumentID: d.ID, Ordinal: int32(p.Ordinal), StartOffset: int32(p.Start), EndOffset: int32(p.End),
			Page: int32(p.Page), Heading: p.Heading, Text: doc.Text[p.Start:p.End],
		})
	}
	return reading, text, nil
}

// described is what a document says about itself.
func described(doc extract.Document) store.Reading {
	return store.Reading{
		Title: doc.Title, MediaType: doc.MediaType, Language: doc.Language, Authors: doc.Authors, Published: doc.Published,
		License: doc.License, Identifiers: doc.Identifiers,
	}
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
func (w *Index) fail(ctx context.Context, t *task) error {
	d, reason := t.document, &extract.Error{}
	if !errors.As(t.err, &reason) {
		return t.err
	}
	slog.InfoContext(ctx, "document cannot be read", "document_id", d.ID, "reason", string(reason.Reason))
	err := w.store.InWorkspace(ctx, d.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		err := w.store.FailDocument(ctx, tx, store.Finished{Document: d, Reading: t.reading}, string(reason.Reason), reason.Message)
		if err != nil && !errors.Is(err, errs.NotFound) { // deleted while it was read
			return err
		}
		return w.store.CompleteJobs(ctx, tx, []int64{t.jobID})
	})
	if err == nil {
		w.blobs.Release(ctx, d.WorkspaceID, d.TextSHA256)
	}
	return err
}
