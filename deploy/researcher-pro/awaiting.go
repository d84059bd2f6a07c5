package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/researcherpro/researcherpro/deploy/client"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// fewDocuments is the number up to which documents are asked for one by one, and
	// above which the library is listed.
	fewDocuments = 20
	// The pause between two looks, which grows while nothing ends, and the longest.
	shortLook = 50 * time.Millisecond
	longLook  = 3 * time.Second
	// deleted is the end of a document that somebody has deleted meanwhile.
	deleted = "was deleted before it was read"
)

// awaitAll waits until each of the documents is READY or FAILED, and returns for each
// why it cannot be read, "" when it can. It empties ids.
func awaitAll(ctx context.Context, c *client.Client, ids map[string]bool, show *display) (map[string]string, error) {
	ends := make(map[string]string, len(ids))
	show.start("Reading documents", len(ids))
	all := len(ids)
	for pause := shortLook; ; {
		before := len(ids)
		if err := look(ctx, c, ids, ends); err != nil {
			return nil, err
		}
		show.at(all - len(ids))
		if len(ids) == 0 {
			return ends, nil
		}
		if pause = min(2*pause, longLook); len(ids) < before && len(ids) <= fewDocuments {
			pause = shortLook
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %d documents to be read: %w", len(ids), ctx.Err())
		case <-time.After(pause):
		}
	}
}

// look moves the documents that have come to an end from ids to ends.
func look(ctx context.Context, c *client.Client, ids map[string]bool, ends map[string]string) error {
	if len(ids) > fewDocuments {
		return list(ctx, c, ids, ends)
	}
	for id := range ids {
		var doc *researchv1.Document
		err := client.Retry(ctx, func(ctx context.Context) (err error) {
			doc, err = c.Document(ctx, id)
			return err
		})
		refused := &client.Error{}
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			ends[id] = deleted
			delete(ids, id)
			continue
		}
		if err != nil {
			return err
		}
		end(doc, ids, ends)
	}
	return nil
}

// list is look by the list of the library, as far as it has to be read.
func list(ctx context.Context, c *client.Client, ids map[string]bool, ends map[string]string) error {
	unseen := maps.Clone(ids)
	for doc, err := range c.Documents(ctx) {
		if err != nil {
			return fmt.Errorf("list the library: %w", err)
		}
		if ids[doc.GetId()] {
			delete(unseen, doc.GetId())
			end(doc, ids, ends)
		}
		if len(unseen) == 0 {
			return nil
		}
	}
	for id := range unseen { // the list is whole, and they are not on it
		ends[id] = deleted
		delete(ids, id)
	}
	return nil
}

// end notes what became of a document, if it has come to an end.
func end(doc *researchv1.Document, ids map[string]bool, ends map[string]string) {
	switch doc.GetState() {
	case researchv1.Document_READY:
		ends[doc.GetId()] = ""
	case researchv1.Document_FAILED:
		ends[doc.GetId()] = doc.GetError().GetMessage()
	default:
		return
	}
	delete(ids, doc.GetId())
}
