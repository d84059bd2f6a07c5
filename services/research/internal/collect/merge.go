package collect

import (
	"context"
	"slices"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// merge stores a finding of what is a source already: the better of both
// descriptions, the fuller text, and a mention of where else it is. The snapshot of
// a source of which evidence was given stays.
func (p *placing) merge(ctx context.Context, src store.Source, f finding, keys []samework.Key) error {
	merged := samework.Merge(workOf(src), samework.Of(f.connector, f.item))
	describe(&src, merged)
	s := f.snap
	switch {
	case f.item.Document != nil && s.textSHA256 != "" && s.textSHA256 == src.TextSHA256:
		// The same text, searched with further queries: other passages may fit.
		if err := p.Store.AddCandidates(ctx, p.tx, p.research.WorkspaceID, src, s.candidates); err != nil {
			return err
		}
		s = snapshot{}
	case src.Given || src.Fetch != nil || !fuller(s.extent, connector.Extent(src.Extent)) && !reread(src, s, f.item):
		p.drop(s, src)
		s = snapshot{}
	default:
		p.unused = append(p.unused, src.RawSHA256, src.TextSHA256)
		s.apply(&src)
		if src.Outcome == store.OutcomeUnreadable { // its page could not be read, but here is a text
			src.Outcome = store.OutcomeUnused
		}
	}
	if src.Outcome == store.OutcomeUnused && src.Fetch == nil && !src.Given {
		if err := p.read(ctx, &src, merged.Item); err != nil {
			return err
		}
	}
	return p.put(ctx, src, s, keys)
}

// reread reports whether the snapshot is that of the source's document, which has
// another text by now, or could not be read before.
func reread(src store.Source, s snapshot, item connector.Item) bool {
	return item.Document != nil && src.DocumentID != nil && *src.DocumentID == item.Document.ID && s.textSHA256 != ""
}

// drop marks the blobs of a snapshot as unused that src does not refer to.
func (p *placing) drop(s snapshot, src store.Source) {
	for _, digest := range s.blobs() {
		if digest != src.RawSHA256 && digest != src.TextSHA256 {
			p.unused = append(p.unused, digest)
		}
	}
}

// join makes two sources one, since something was found that is both: the one of
// which evidence was given, else the one of which more was read, else the one that
// was found first.
func (p *placing) join(ctx context.Context, a, b store.Source) (store.Source, error) {
	if a.DocumentID != nil && b.DocumentID != nil || a.Given && b.Given { // two files stay two, and so does what is known as two
		return a, nil
	}
	more := b.DocumentID != nil || b.Fetch != nil && a.Fetch == nil || fuller(connector.Extent(b.Extent), connector.Extent(a.Extent)) && a.Fetch == nil
	if b.Given || more && !a.Given {
		a, b = b, a
	}
	describe(&a, samework.Merge(workOf(a), workOf(b)))
	p.unused = append(p.unused, b.RawSHA256, b.TextSHA256)
	if err := p.Store.DropSource(ctx, p.tx, b, a); err != nil {
		return a, err
	}
	return a, p.Store.PutSources(ctx, p.tx, p.research.WorkspaceID, a)
}

// fuller reports whether a text holds more of a thing than another.
func fuller(a, b connector.Extent) bool {
	order := []connector.Extent{connector.ExtentNone, connector.ExtentSnippet, connector.ExtentAbstract, connector.ExtentFull}
	return slices.Index(order, a) > slices.Index(order, b)
}

// describe gives a source the description of a work.
func describe(src *store.Source, w samework.Work) {
	item := w.Item
	src.Connector, src.Mentions = w.From, nil
	for _, place := range w.Found {
		m := store.Mention{Connector: place.Connector, URL: place.URL}
		if place.Preprint {
			m.Kind = preprint
		}
		if m.Connector != w.From || m.URL != item.URL {
			src.Mentions = append(src.Mentions, m)
		}
	}
	src.Title, src.URL, src.Authors = item.Title, item.URL, item.Authors
	src.Kind, src.Published, src.Container = item.Kind, item.Published, item.Container
	src.Publisher, src.License, src.Identifiers = item.Publisher, item.License, item.Identifiers
	src.Citations, src.FullTexts, src.Preprint = int32(max(item.Citations, 0)), item.FullTexts, w.Status().Preprint
	if src.Language == "" {
		src.Language = item.Language
	}
	src.PublishTime = nil
	if from, _, ok := span(item.Published); ok {
		src.PublishTime = &from
	}
	src.Notices = nil
	for _, n := range item.Notices {
		src.Notices = append(src.Notices, store.Notice{Kind: n.Kind, DOI: n.DOI, Date: n.Date, From: n.From})
	}
}

// preprint is the kind of a preprint, as in connector.Item.
const preprint = "preprint"

// workOf is the description of a source as a work.
func workOf(src store.Source) samework.Work {
	item := connector.Item{
		Title: src.Title, URL: src.URL, FullTexts: src.FullTexts, Extent: connector.Extent(src.Extent), Authors: src.Authors,
		Published: src.Published, Kind: src.Kind, Container: src.Container, Publisher: src.Publisher, Language: src.Language,
		License: src.License, Identifiers: src.Identifiers, Citations: int(src.Citations),
	}
	if src.DocumentID != nil {
		item.Document = &connector.Document{ID: *src.DocumentID}
	}
	for _, n := range src.Notices {
		item.Notices = append(item.Notices, connector.Notice{Kind: n.Kind, DOI: n.DOI, Date: n.Date, From: n.From})
	}
	w := samework.Of(src.Connector, item)
	for _, m := range src.Mentions {
		w.Found = append(w.Found, samework.Place{Connector: m.Connector, URL: m.URL, Preprint: m.Kind == preprint})
	}
	return w
}

// known returns the sources that an item is the same as. A document of the library
// is that document, whatever another one has in common with it.
func (p *placing) known(ctx context.Context, item connector.Item, keys []samework.Key) ([]store.Source, error) {
	same, err := p.byKeys(ctx, item, keys)
	if err != nil || item.Document == nil {
		return same, err
	}
	own, err := p.Store.SourcesOfDocument(ctx, p.tx, p.research.ID, item.Document.ID)
	return append(own, slices.DeleteFunc(same, func(s store.Source) bool { return s.DocumentID != nil })...), err
}

// byKeys returns the sources with a strong key in common with an item, and those
// with a weak one that nothing contradicts.
func (p *placing) byKeys(ctx context.Context, item connector.Item, keys []samework.Key) ([]store.Source, error) {
	var strong, weak []string
	for _, k := range keys {
		if k.Weak() {
			weak = append(weak, string(k))
		} else {
			strong = append(strong, string(k))
		}
	}
	same, err := p.Store.SourcesByKey(ctx, p.tx, p.research.ID, strong)
	if err != nil || len(weak) == 0 {
		return same, err
	}
	likely, err := p.Store.SourcesByKey(ctx, p.tx, p.research.ID, weak)
	for _, src := range likely {
		has := slices.ContainsFunc(same, func(s store.Source) bool { return s.ID == src.ID })
		if !has && !samework.Conflict(workOf(src).Item, item) {
			same = append(same, src)
		}
	}
	return same, err
}
