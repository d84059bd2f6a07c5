// Package documents is the connector of the workspace's own library.
package documents

import (
	"context"
	"fmt"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

const (
	// maxUnreadable is how many documents that could not be read are reported.
	maxUnreadable = 50
	// maxPassages is how many passages of the library are useful.
	maxPassages = 60
	// libraryWait is how long a search waits for documents that were added just
	// before it.
	libraryWait = 30 * time.Second
)

// Connector finds passages in the workspace's own library.
type Connector struct {
	library *library.Library
	store   *store.Store
}

var _ connector.Connector = (*Connector)(nil)

// New returns the connector.
func New(l *library.Library, s *store.Store) *Connector {
	return &Connector{library: l, store: s}
}

// About implements Connector.
func (*Connector) About() connector.About {
	return connector.About{
		Name: "documents", Description: "The files and texts of the workspace's own library.",
		Filters: connector.FilterCollections, Local: true, AllAtOnce: true,
	}
}

// Search implements Connector. It waits for documents that were added just before.
func (c *Connector) Search(ctx context.Context, q connector.Query) (connector.Answer, error) {
	if err := c.await(ctx, q.WorkspaceID); err != nil {
		return connector.Answer{}, err
	}
	version, err := c.store.LibraryVersion(ctx, q.WorkspaceID)
	if err != nil {
		return connector.Answer{}, fmt.Errorf("look at the library's version: %w", err)
	}
	hits, err := c.library.SearchDiverse(ctx, q.WorkspaceID, library.DiverseQuery{
		Texts: append([]string{q.Text}, q.Also...), Collections: q.Collections, MaxDocuments: q.Limit, MaxPassages: maxPassages,
	})
	if err != nil {
		return connector.Answer{}, fmt.Errorf("search the library: %w", err)
	}
	var items []connector.Item
	at := map[string]int{} // document id → place in items
	for _, h := range hits {
		i, ok := at[h.Document.ID]
		if !ok {
			i = len(items)
			at[h.Document.ID] = i
			items = append(items, fromDocument(h.Document))
		}
		d := items[i].Document
		d.Passages = append(d.Passages, connector.Passage{
			Text: h.Passage.Text, StartOffset: h.Passage.StartOffset, EndOffset: h.Passage.EndOffset,
			Page: h.Passage.Page, Heading: h.Passage.Heading, Score: h.Score,
		})
	}
	failed, err := c.store.UnreadableDocuments(ctx, q.WorkspaceID, q.Collections, maxUnreadable)
	if err != nil {
		return connector.Answer{}, fmt.Errorf("list unreadable documents: %w", err)
	}
	for _, d := range failed {
		item := fromDocument(d)
		item.Document.Unreadable = d.ErrorMessage
		items = append(items, item)
	}
	return connector.Answer{Items: items, LibraryVersion: &version}, nil
}

// await waits until documents that were added just before are read: a user who
// uploads and asks expects an answer out of what they uploaded.
func (c *Connector) await(ctx context.Context, workspaceID string) error {
	deadline := time.Now().Add(libraryWait)
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		n, err := c.store.PendingDocuments(ctx, workspaceID)
		if err != nil {
			return err
		}
		if n == 0 || time.Now().After(deadline) {
			return nil // after the deadline, what is ready has to do
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func fromDocument(d store.Document) connector.Item {
	return connector.Item{
		Title: d.Title, Kind: "document", Language: d.Language, NoFetch: true, Extent: connector.ExtentFull,
		Authors: d.Authors, Published: d.Published, License: d.License,
		Document: &connector.Document{
			ID: d.ID, FileName: d.FileName, FetchTime: d.CreateTime, MediaType: d.MediaType,
			RawSHA256: d.SHA256, TextSHA256: d.TextSHA256, PassageTotal: int(d.PassageCount),
		},
	}
}
