package library

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/services/research/internal/index"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// What is read at a time, so that building a large index needs little more memory
// than the index and few queries.
const (
	changesAtOnce  = 500
	passagesAtOnce = 2000
)

// apply brings the changes into the shelf; the next batch is read while one is
// taken in. Versions are applied in order, so a failure in between leaves the
// shelf at a version that it has wholly seen, and the next search goes on there.
func (l *Library) apply(ctx context.Context, workspaceID string, s *shelf, changes []store.Change) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan batch, 1)
	group.Go(func() error {
		defer close(batches)
		for part := range slices.Chunk(changes, changesAtOnce) {
			if err := l.read(ctx, workspaceID, part, batches); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for b := range batches {
			if err := s.put(b); err != nil {
				return err
			}
			if b.version != 0 {
				s.moveTo(b.version)
			}
		}
		return nil
	})
	return group.Wait()
}

// read reads what changed and sends it as one or more batches.
func (l *Library) read(ctx context.Context, workspaceID string, changes []store.Change, to chan<- batch) error {
	var b batch
	var added []string
	for _, c := range changes {
		if c.Removed {
			b.removed = append(b.removed, c.DocumentID)
		} else {
			added = append(added, c.DocumentID)
		}
	}
	var rows []store.Document
	if len(added) > 0 {
		var err error
		if rows, err = l.store.DocumentsByID(ctx, workspaceID, added); err != nil {
			return fmt.Errorf("read documents of the library: %w", err)
		}
	}
	for {
		n := fitting(rows)
		b.documents, rows = rows[:n], rows[n:]
		if err := l.readPassages(ctx, workspaceID, &b); err != nil {
			return err
		}
		if len(rows) == 0 {
			b.version = changes[len(changes)-1].Version
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		if len(rows) == 0 {
			return nil
		}
		b = batch{}
	}
}

// fitting returns how many of the documents are read at a time: at least one.
func fitting(rows []store.Document) int {
	passages := 0
	for i, d := range rows {
		if passages += int(d.PassageCount); passages > passagesAtOnce && i > 0 {
			return i
		}
	}
	return len(rows)
}

// readPassages reads the passages of a batch's documents.
func (l *Library) readPassages(ctx context.Context, workspaceID string, b *batch) error {
	if len(b.documents) == 0 {
		return nil
	}
	ids := make([]string, len(b.documents))
	for i, d := range b.documents {
		ids[i] = d.ID
	}
	rows, err := l.store.PassagesOf(ctx, workspaceID, ids)
	if err != nil {
		return fmt.Errorf("read passages of the library: %w", err)
	}
	b.passages = make(map[string][]index.Passage, len(b.documents))
	for _, p := range rows {
		b.passages[p.DocumentID] = append(b.passages[p.DocumentID], index.Passage{Ordinal: int(p.Ordinal), Text: p.Text})
	}
	return nil
}
