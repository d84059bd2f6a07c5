package recheck

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/research/internal/collect"
	"github.com/researcherpro/researcherpro/services/research/internal/connector"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/samework"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/web"
)

const (
	// maxText bounds a snapshot, in bytes.
	maxText = 64 << 20
	// outOfTime is why a source could not be read whose host was too slow, or too
	// much in demand.
	outOfTime = "It could not be read in time."
)

// reading is what a source says now.
type reading struct {
	outcome, reason       string
	rawSHA256, textSHA256 string // "" when there is no text
	mediaType             string
	fetch                 *store.Fetch
}

// unreadable is a reading without a text.
func unreadable(reason string) reading {
	return reading{outcome: store.RecheckUnreadable, reason: reason}
}

// compared is the outcome of a text.
func (v *visit) compared(textSHA256 string) string {
	if textSHA256 == v.src.TextSHA256 {
		return store.RecheckUnchanged
	}
	return store.RecheckChanged
}

// document is what the library has of the source.
func (v *visit) document(ctx context.Context) (reading, error) {
	d, err := v.Store.GetDocument(ctx, v.by.WorkspaceID, *v.src.DocumentID)
	switch {
	case errors.Is(err, errs.NotFound):
		return reading{outcome: store.RecheckGone, reason: "The document was deleted from the library."}, nil
	case err != nil:
		return reading{}, err
	case d.State == store.DocumentFailed:
		return unreadable(d.ErrorMessage), nil
	case !d.Searchable():
		return unreadable("The document is being read at the moment."), nil
	}
	return reading{outcome: v.compared(d.TextSHA256), rawSHA256: d.SHA256, textSHA256: d.TextSHA256, mediaType: d.MediaType}, nil
}

// page reads an address of the source. What is at fault there is an outcome.
func (v *visit) page(ctx context.Context, address string) (reading, error) {
	page, err := v.fetch(ctx, address)
	if now, ok := fault(ctx, err); ok {
		slog.InfoContext(ctx, "source cannot be read again", "source_id", v.src.ID, "error", err)
		return now, nil
	}
	if err != nil {
		return reading{}, err
	}
	now := reading{rawSHA256: page.RawSHA256, mediaType: v.src.MediaType, fetch: &store.Fetch{
		URL: page.URL, FinalURL: page.FinalURL, Status: int(page.Status), Headers: page.Headers, Time: page.FetchTime,
	}}
	if v.src.Fetch != nil && page.RawSHA256 == v.src.RawSHA256 {
		now.outcome, now.textSHA256 = store.RecheckUnchanged, v.src.TextSHA256
		return now, nil
	}
	doc, err := v.Extractor.Extract(ctx, extract.Input{Name: page.FileName(), DeclaredType: page.MediaType, Data: page.Body})
	if failed, ok := fault(ctx, err); ok {
		failed.fetch = now.fetch
		return failed, nil
	}
	if err != nil {
		return reading{}, err
	}
	if now.textSHA256, err = v.put(ctx, doc.Text); err != nil {
		return reading{}, err
	}
	now.mediaType, now.outcome = doc.MediaType, v.compared(now.textSHA256)
	if v.src.Fetch == nil && now.outcome == store.RecheckChanged {
		now.outcome, err = v.sought(ctx, doc.Text)
	}
	return now, err
}

// fetch reads an address past the cache. When the turn of its host comes later, it
// waits in place for as long as there is time.
func (v *visit) fetch(ctx context.Context, address string) (page web.Page, err error) {
	r, err := v.Store.GetResearch(ctx, v.by.WorkspaceID, v.src.ResearchID)
	if err != nil {
		return page, err
	}
	p, err := collect.Parameters(r)
	if err != nil {
		return page, err
	}
	req := web.Request{
		WorkspaceID: v.by.WorkspaceID, UserID: v.by.UserID, URL: newest(v.src, address), Languages: p.GetLanguages(),
		Ticket: v.ticket, Again: true,
	}
	err = patiently(ctx, func() error {
		page, err = v.Pages.Read(ctx, req)
		return err
	})
	return page, err
}

// newest is the address of the newest revision of an article of Wikipedia: the
// connector notes the one that was read.
func newest(src store.Source, address string) string {
	if src.Identifiers[samework.Wikipedia] == "" {
		return address
	}
	article, _, _ := strings.Cut(address, "?oldid=")
	return article
}

// patiently does something again whose turn comes later, when it comes.
func patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		busy, ok := errors.AsType[*connector.Busy](err)
		if !ok {
			return err
		}
		if until, limited := ctx.Deadline(); limited && time.Now().Add(busy.After).After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(busy.After):
		}
	}
}

// fault is the outcome of a source that is at fault itself, not we. ctx is the
// visit's own.
func fault(ctx context.Context, err error) (reading, bool) {
	if err == nil {
		return reading{}, false
	}
	if own, ok := errors.AsType[*web.Error](err); ok {
		gone := own.Reason == fetch.Status && (own.Status == http.StatusNotFound || own.Status == http.StatusGone)
		if gone {
			return reading{outcome: store.RecheckGone, reason: own.Message}, true
		}
		return unreadable(own.Message), true
	}
	if own, ok := errors.AsType[*extract.Error](err); ok {
		return unreadable(own.Message), true
	}
	_, busy := errors.AsType[*connector.Busy](err)
	if busy || ctx.Err() != nil {
		return unreadable(outOfTime), true
	}
	return reading{}, false
}

// put keeps a text and returns its digest.
func (v *visit) put(ctx context.Context, text string) (string, error) {
	ref, err := v.Blobs.Put(ctx, v.by.WorkspaceID, strings.NewReader(text), maxText)
	if err != nil {
		return "", fmt.Errorf("store snapshot: %w", err)
	}
	return ref.SHA256, nil
}

// digestOf is the digest that a text is kept under.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// given is what became of a source that was only a connector's answer: its record
// where an index gives it again, else its page.
func (v *visit) given(ctx context.Context, records map[string]connector.Item) (reading, error) {
	text := ""
	for _, name := range v.indexes() { // the one that it was taken from gives it again
		item := records[name]
		if text == "" || v.compared(digestOf(item.Text)) == store.RecheckUnchanged {
			text = item.Text
		}
	}
	switch {
	case text != "":
		digest, err := v.put(ctx, text)
		return reading{outcome: v.compared(digest), rawSHA256: digest, textSHA256: digest, mediaType: "text/plain; charset=utf-8"}, err
	case v.src.URL == "":
		return unreadable("It was found in an answer of " + v.src.Connector + ", and has no address to read it again from."), nil
	}
	return v.page(ctx, v.src.URL)
}

// sought says whether the words that a connector's answer held of a page are on it.
func (v *visit) sought(ctx context.Context, text string) (string, error) {
	if v.src.TextSHA256 == "" {
		return store.RecheckChanged, nil
	}
	blob, _, err := v.Blobs.Get(ctx, v.by.WorkspaceID, v.src.TextSHA256)
	if err != nil {
		return "", err
	}
	defer blob.Close()
	before, err := io.ReadAll(blob)
	if err != nil {
		return "", fmt.Errorf("read a snapshot: %w", err)
	}
	if holds(text, string(before)) {
		return store.RecheckUnchanged, nil
	}
	return store.RecheckChanged, nil
}

// holds reports whether a text holds all pieces of another one, which search engines
// join by ellipses, whatever their white space and case.
func holds(text, pieces string) bool {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	text = plain(text)
	found := false
	for _, piece := range strings.Split(strings.ReplaceAll(pieces, "...", "…"), "…") {
		if piece = plain(piece); piece == "" {
			continue
		}
		if !strings.Contains(text, piece) {
			return false
		}
		found = true
	}
	return found
}
