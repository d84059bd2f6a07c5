package connector

import (
	"context"
	"fmt"

	"github.com/researcherpro/researcherpro/services/research/internal/library"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// maxUnreadable is how many documents that could not be read are reported.
const maxUnreadable = 50

// Documents finds passages in the workspace's own library.
type Documents struct {
	library *library.Library
	store   *store.Store
}

var _ Connector = (*Documents)(nil)

// NewDocuments returns the connector of the library.
func NewDocuments(l *library.Library, s *store.Store) *Documents {
	return &Documents{library: l, store: s}
}

// Name implements Connector.
func (*Documents) Name() string { return "documents" }

// Description implements Connector.
func (*Documents) Description() string {
	return "The files and texts of the workspace's own library."
}

// Find implements Connector.
func (c *Documents) Find(ctx context.Context, q Query) ([]Found, error) {
	hits, err := c.library.SearchDiverse(ctx, q.WorkspaceID, library.DiverseQuery{
		Texts: q.Texts, Collections: q.Collections, MaxDocuments: q.MaxSources, MaxPassages: q.MaxPassages,
	})
	if err != nil {
		return nil, fmt.Errorf("search the library: %w", err)
	}
	var found []Found
	at := map[string]int{} // document id → place in found
	for _, h := range hits {
		i, ok := at[h.Document.ID]
		if !ok {
			i = len(found)
			at[h.Document.ID] = i
			found = append(found, fromDocument(h.Document))
		}
		found[i].Passages = append(found[i].Passages, Passage{
			Text: h.Passage.Text, StartOffset: h.Passage.StartOffset, EndOffset: h.Passage.EndOffset,
			Page: h.Passage.Page, Score: h.Score,
		})
	}
	failed, err := c.store.UnreadableDocuments(ctx, q.WorkspaceID, q.Collections, maxUnreadable)
	if err != nil {
		return nil, fmt.Errorf("list unreadable documents: %w", err)
	}
	for _, d := range failed {
		src := fromDocument(d)
		src.Unreadable = d.ErrorMessage
		found = append(found, src)
	}
	return found, nil
}

func fromDocument(d store.Document) Found {
	return Found{
		Title: d.Title, FileName: d.FileName, DocumentID: d.ID, FetchTime: d.CreateTime,
		MediaType: d.MediaType, Language: d.Language, RawSHA256: d.SHA256, TextSHA256: d.TextSHA256,
	}
}
