package collect

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/pkg/lexical"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// maxFound is how many sources a research may have; what is found beyond is
	// left out.
	maxFound = 1000
	// putsAtOnce is how many snapshots of one answer are stored side by side.
	putsAtOnce = 8
)

// finding is one item of an answer with the snapshot of what the answer held of it.
type finding struct {
	connector string
	item      connector.Item
	snap      snapshot // empty when the answer held nothing
}

// prepare stores what an answer held of its items, outside of any transaction.
func (c *Collector) prepare(ctx context.Context, name string, q connector.Query, items []connector.Item) ([]finding, error) {
	found := make([]finding, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(putsAtOnce)
	for i, item := range items {
		found[i] = finding{connector: name, item: item}
		if item.Document != nil {
			found[i].snap = ofDocument(item)
			continue
		}
		if item.Text == "" {
			continue
		}
		group.Go(func() (err error) {
			found[i].snap, err = c.snapGiven(ctx, q, item)
			return err
		})
	}
	return found, group.Wait()
}

// snapGiven keeps the text that an answer held of an item.
func (c *Collector) snapGiven(ctx context.Context, q connector.Query, item connector.Item) (snapshot, error) {
	doc := extract.Document{Title: item.Title, Text: item.Text, MediaType: "text/plain; charset=utf-8", Language: item.Language}
	if doc.Language == "" {
		doc.Language = lexical.Detect(doc.Text)
	}
	s, err := c.snap(ctx, q.WorkspaceID, doc, "", append([]string{q.Text}, q.Also...))
	s.extent = item.Extent
	return s, err
}

// ofDocument is the snapshot that the library has of a document.
func ofDocument(item connector.Item) snapshot {
	d := item.Document
	s := snapshot{
		rawSHA256: d.RawSHA256, textSHA256: d.TextSHA256, mediaType: d.MediaType, language: item.Language,
		extent: item.Extent, time: d.FetchTime, passages: d.PassageTotal,
	}
	for i, p := range d.Passages {
		s.candidates = append(s.candidates, store.Candidate{
			Ordinal: int32(i), Text: p.Text, StartOffset: p.StartOffset, EndOffset: p.EndOffset, Page: p.Page,
			Heading: p.Heading, Score: p.Score,
		})
	}
	return s
}

// place stores findings as sources, inside tx and under the lock of the research:
// what was found before is not found again but mentioned. The best of the new ones
// get jobs that read them. It returns the blobs that nothing refers to.
func (c *Collector) place(ctx context.Context, tx pgx.Tx, r store.Research, found []finding) (unused []string, err error) {
	found, err = c.holdDocuments(ctx, tx, found)
	if err != nil {
		return nil, err
	}
	p := placing{Collector: c, tx: tx, research: r}
	if p.sources, err = c.Store.NumberOfSources(ctx, tx, r.ID); err != nil {
		return nil, err
	}
	if p.reads, err = c.readsPerAsk(ctx, tx, r); err != nil {
		return nil, err
	}
	for _, f := range found {
		if err := p.one(ctx, f); err != nil {
			return nil, err
		}
	}
	return p.unused, nil
}

// holdDocuments leaves out the documents that were deleted since they were found,
// and keeps the others until tx ends: the snapshot of a source stays readable.
func (c *Collector) holdDocuments(ctx context.Context, tx pgx.Tx, found []finding) ([]finding, error) {
	var ids []string
	for _, f := range found {
		if f.item.Document != nil {
			ids = append(ids, f.item.Document.ID)
		}
	}
	if len(ids) == 0 {
		return found, nil
	}
	held, err := c.Store.HoldDocuments(ctx, tx, ids)
	return slices.DeleteFunc(slices.Clone(found), func(f finding) bool {
		return f.item.Document != nil && !held[f.item.Document.ID]
	}), err
}

// placing is one run of place.
type placing struct {
	*Collector

	tx       pgx.Tx
	research store.Research
	sources  int // that the research has
	reads    int // that may still be queued
	unused   []string
}

// one stores one finding.
func (p *placing) one(ctx context.Context, f finding) error {
	f.item.Identifiers = samework.Identifiers(f.item, p.Addresses)
	var keys []samework.Key
	if f.item.Document == nil { // what its owner put there stays itself, whatever it is a copy of
		keys = samework.Keys(f.item, p.Addresses)
	}
	known, err := p.known(ctx, f.item, keys)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		if p.sources >= maxFound {
			p.unused = append(p.unused, f.snap.blobs()...)
			return nil
		}
		return p.add(ctx, f, keys)
	}
	first := known[0]
	for _, other := range known[1:] { // the item is the bridge between them
		if first, err = p.join(ctx, first, other); err != nil {
			return err
		}
	}
	return p.merge(ctx, first, f, keys)
}

// add stores a finding that is new.
func (p *placing) add(ctx context.Context, f finding, keys []samework.Key) error {
	id, err := newID()
	if err != nil {
		return err
	}
	p.sources++
	src := store.Source{
		ID: id, ResearchID: p.research.ID, Rank: int32(p.sources), Connector: f.connector, Outcome: store.OutcomeUnused,
	}
	describe(&src, samework.Of(f.connector, f.item))
	if d := f.item.Document; d != nil {
		src.DocumentID, src.FileName = &d.ID, d.FileName
		if d.Unreadable != "" {
			src.Outcome, src.OutcomeReason = store.OutcomeUnreadable, d.Unreadable
		}
	}
	f.snap.apply(&src)
	if f.snap.textSHA256 == "" && f.item.Document == nil {
		src.FetchTime = nil
	}
	if err := p.read(ctx, &src, f.item); err != nil {
		return err
	}
	return p.put(ctx, src, f.snap, keys)
}

// read queues the job that reads a source, if that promises more than is at hand.
func (p *placing) read(ctx context.Context, src *store.Source, item connector.Item) error {
	if p.reads == 0 || !worthReading(item) {
		if src.TextSHA256 == "" && src.OutcomeReason == "" && item.Document == nil {
			src.OutcomeReason = "better ones were read first"
		}
		return nil
	}
	p.reads--
	res, err := client(ctx).InsertTx(ctx, p.tx, ReadArgs{placeOf(p.research), src.ID}, nil)
	if err != nil {
		return fmt.Errorf("queue a read: %w", err)
	}
	src.Outcome, src.JobID = store.OutcomePending, &res.Job.ID
	return nil
}

// worthReading reports whether fetching an item promises more than its abstract:
// the page of a paper whose full text is not free to read has little else.
func worthReading(item connector.Item) bool {
	if item.NoFetch || item.Document != nil || item.Extent == connector.ExtentFull {
		return false
	}
	return len(item.FullTexts) > 0 || item.Extent != connector.ExtentAbstract && item.URL != ""
}

// readsPerAsk is how many sources one answer may have read: its share of what the
// research can use, and a few more, since some cannot be read.
func (c *Collector) readsPerAsk(ctx context.Context, tx pgx.Tx, r store.Research) (int, error) {
	p, err := Parameters(r)
	if err != nil {
		return 0, err
	}
	asks, err := c.Store.NumberOfAsks(ctx, tx, r)
	if err != nil {
		return 0, err
	}
	const fewest, most, extra = 2, 30, 1.5
	share := int(extra * float64(maxSources(p)) / float64(max(asks, 1)))
	if len(p.GetUrls()) > 0 { // what the user gave is read
		return max(share, len(p.GetUrls())), nil
	}
	return min(max(share, fewest), most), nil
}

// put stores a source with its snapshot, inside the transaction.
func (p *placing) put(ctx context.Context, src store.Source, s snapshot, keys []samework.Key) error {
	if src.DocumentID == nil { // those of the library are held with their documents
		for _, digest := range s.blobs() {
			if err := p.Blobs.Hold(ctx, p.tx, p.research.WorkspaceID, digest); err != nil {
				return err
			}
		}
	}
	if err := p.Store.PutSources(ctx, p.tx, p.research.WorkspaceID, src); err != nil {
		return err
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = string(k)
	}
	if err := p.Store.AddKeys(ctx, p.tx, p.research.WorkspaceID, src, names); err != nil {
		return err
	}
	if len(s.candidates) == 0 {
		return nil
	}
	return p.Store.ReplaceCandidates(ctx, p.tx, p.research.WorkspaceID, src, s.candidates)
}
