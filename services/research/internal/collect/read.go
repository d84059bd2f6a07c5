package collect

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
)

// maxAddresses is how many addresses of one source are tried.
const maxAddresses = 3

// reader works ReadArgs.
type reader struct {
	river.WorkerDefaults[ReadArgs]
	*Collector
}

// Work implements river.Worker. The last attempt reads nothing: the source may be
// what kills the process.
func (w *reader) Work(ctx context.Context, job *river.Job[ReadArgs]) error {
	r, wanted, err := w.running(ctx, job.Args.place)
	if err != nil || !wanted {
		return err
	}
	src, err := w.Store.GetSource(ctx, r.WorkspaceID, job.Args.SourceID)
	if err != nil || src.Outcome != store.OutcomePending {
		return err2nil(err) // joined with another one, or closed by the deadline
	}
	if job.Attempt >= job.MaxAttempts {
		return w.unread(ctx, job, "reading it failed again and again")
	}
	if len(addresses(src)) == 0 { // since it was queued, another place gave what its page would
		return w.unread(ctx, job, "")
	}
	got, err := w.fetch(ctx, r, src, ticket(job.ID))
	if busy, ok := errors.AsType[*connector.Busy](err); ok {
		if snooze, ok := putOff(r, busy); ok {
			return snooze
		}
		return w.unread(ctx, job, "its host's limit on requests left no turn before the deadline")
	}
	if reason, ok := unreadable(err); ok {
		slog.InfoContext(ctx, "source cannot be read", "source_id", src.ID, "error", err)
		return w.unread(ctx, job, reason)
	}
	if err != nil {
		return err
	}
	return w.store(ctx, job, got)
}

// unreadable returns what users are told when a source is at fault, not we.
func unreadable(err error) (string, bool) {
	if fault, ok := errors.AsType[*web.Error](err); ok {
		return fault.Message, true
	}
	if fault, ok := errors.AsType[*extract.Error](err); ok {
		return fault.Message, true
	}
	return "", false
}

// reading is what reading a source gave.
type reading struct {
	page web.Page
	doc  extract.Document
	snap snapshot
}

// fetch reads a source from the first of its addresses that gives a text. What
// was fetched is kept, so that a job that is done again does not fetch it again.
func (w *reader) fetch(ctx context.Context, r store.Research, src store.Source, ticket string) (reading, error) {
	p, err := Parameters(r)
	if err != nil {
		return reading{}, err
	}
	var first error
	for _, address := range addresses(src) {
		req := web.Request{WorkspaceID: r.WorkspaceID, UserID: r.UserID, URL: address, Languages: p.GetLanguages(), Ticket: ticket}
		got, err := w.readAt(ctx, r, req)
		if _, own := unreadable(err); err != nil && !own || err == nil {
			return got, err
		}
		first = cmp.Or(first, err)
	}
	return reading{}, first
}

// addresses are where a source is tried: its full texts, then its page, unless all
// that the page would give is at hand.
func addresses(src store.Source) []string {
	out := slices.Clone(src.FullTexts)
	if src.URL != "" && !slices.Contains(out, src.URL) && src.Extent != string(connector.ExtentAbstract) {
		out = append(out, src.URL)
	}
	return out[:min(len(out), maxAddresses)]
}

// readAt reads one address.
func (w *reader) readAt(ctx context.Context, r store.Research, req web.Request) (reading, error) {
	page, err := w.Pages.Read(ctx, req)
	if err != nil {
		return reading{}, err
	}
	doc, err := w.Extractor.Extract(ctx, extract.Input{Name: page.FileName(), DeclaredType: page.MediaType, Data: page.Body})
	if err != nil {
		return reading{}, err
	}
	s, err := w.snap(ctx, r.WorkspaceID, doc, page.RawSHA256, append([]string{r.Query}, r.SubQueries...))
	s.time = page.FetchTime
	return reading{page: page, doc: doc, snap: s}, err
}

// store makes what was read the snapshot of the source. When the text says that it
// is what another source is, the two become one.
func (w *reader) store(ctx context.Context, job *river.Job[ReadArgs], got reading) error {
	var unused []string
	err := locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		unused = nil
		src, err := w.Store.SourceIn(ctx, tx, job.Args.SourceID)
		if gone(err) || err == nil && src.Outcome != store.OutcomePending {
			unused = got.snap.blobs()
			return w.proceed(ctx, tx, r)
		}
		if err != nil {
			return err
		}
		p := placing{Collector: w.Collector, tx: tx, research: r}
		if err := p.readAs(ctx, src, got); err != nil {
			return err
		}
		unused = p.unused
		return w.proceed(ctx, tx, r)
	})
	if err == nil {
		w.Blobs.Release(ctx, job.Args.WorkspaceID, unused...)
	}
	return err
}

// readAs stores a reading as that of a source.
func (p *placing) readAs(ctx context.Context, src store.Source, got reading) error {
	told := workOf(src)
	text := itemOfText(got)
	told.Item = merged(told.Item, text)
	describe(&src, told)
	src.Outcome, src.OutcomeReason, src.JobID = store.OutcomeUnused, "", nil
	src.Fetch = &store.Fetch{
		URL: got.page.URL, FinalURL: got.page.FinalURL, Status: int(got.page.Status),
		Headers: got.page.Headers, Time: got.page.FetchTime,
	}
	p.unused = append(p.unused, src.RawSHA256, src.TextSHA256)
	got.snap.apply(&src)
	item := workOf(src).Item
	src.Identifiers = samework.Identifiers(item, p.Addresses)
	keys := samework.Keys(item, p.Addresses)
	known, err := p.known(ctx, item, keys)
	if err != nil {
		return err
	}
	if err := p.put(ctx, src, got.snap, keys); err != nil {
		return err
	}
	for _, other := range known {
		if other.ID == src.ID {
			continue
		}
		if src, err = p.join(ctx, src, other); err != nil {
			return err
		}
	}
	return nil
}

// merged is what an index says of a source, completed by what its text says: an
// index is kept by people who compare, a text may be a scan with any words on it.
func merged(told, text connector.Item) connector.Item {
	return samework.Merge(samework.Of("", told), samework.Of("", text)).Item
}

// itemOfText is what a text says about itself, as an item. Its address stays that
// of the source: where people read it.
func itemOfText(got reading) connector.Item {
	return connector.Item{
		Title: got.doc.Title, Authors: got.doc.Authors, Published: got.doc.Published, License: got.doc.License,
		Language: got.doc.Language, Identifiers: got.doc.Identifiers, Extent: connector.ExtentFull, URL: got.page.FinalURL,
	}
}

// unread records that a source could not be read. What its connector gave of it
// stays its snapshot.
func (w *reader) unread(ctx context.Context, job *river.Job[ReadArgs], reason string) error {
	return locked(ctx, w.Store, job, job.Args.place, func(ctx context.Context, tx pgx.Tx, r store.Research) error {
		src, err := w.Store.SourceIn(ctx, tx, job.Args.SourceID)
		if err != nil || src.Outcome != store.OutcomePending {
			return err2nil(err)
		}
		src.Outcome, src.OutcomeReason, src.JobID = store.OutcomeUnreadable, reason, nil
		if src.TextSHA256 != "" {
			src.Outcome = store.OutcomeUnused
		}
		if err := w.Store.PutSources(ctx, tx, r.WorkspaceID, src); err != nil {
			return err
		}
		return w.proceed(ctx, tx, r)
	})
}
