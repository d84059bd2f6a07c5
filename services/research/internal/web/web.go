// Package web reads addresses for a workspace: under its egress allow-list,
// through the fetcher with its guard and its manners, and out of the pages that
// were fetched lately where they are still fresh.
package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/services/research/internal/blobs"
	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
	"github.com/researcherpro/researcherpro/services/research/internal/outside"
	"github.com/researcherpro/researcherpro/services/research/internal/settings"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// maxBody bounds what is kept of one page, in bytes. The fetcher's own limit is
// not above it.
const maxBody = 64 << 20

// Request is what to read, for whom.
type Request struct {
	WorkspaceID, UserID string
	URL                 string
	// Languages are wanted, the most wanted first; empty for any.
	Languages []string
	// Ticket names a place in the queues of hosts; may be empty.
	Ticket string
	// Again says that what was fetched lately does not do, however fresh it is: the
	// server is asked whether it still holds.
	Again bool
}

// Page is what an address gave. Its bytes are kept under RawSHA256.
type Page struct {
	store.Page

	Body []byte
}

// FileName is the last part of the address's path, by which types that look alike
// are told apart.
func (p Page) FileName() string {
	u, err := webaddr.Parse(p.FinalURL, nil)
	if err != nil {
		return ""
	}
	name := path.Base(u.Path())
	if name == "." || name == "/" {
		return u.Hostname()
	}
	return name
}

// Error says why an address cannot be read.
type Error = fetch.Error

// Settings are what workspaces have decided.
type Settings interface {
	Of(ctx context.Context, workspaceID, userID string) (settings.Settings, error)
}

// Reader reads addresses.
type Reader struct {
	fetcher  *fetch.Fetcher
	settings Settings
	store    *store.Store
	blobs    *blobs.Blobs
}

// New returns a reader.
func New(f *fetch.Fetcher, s Settings, rows *store.Store, b *blobs.Blobs) *Reader {
	return &Reader{fetcher: f, settings: s, store: rows, blobs: b}
}

// Read reads an address. What cannot be read is an *Error; a *connector.Busy says
// that the host's turn comes later.
func (r *Reader) Read(ctx context.Context, req Request) (Page, error) {
	u, err := webaddr.Parse(req.URL, nil)
	if err != nil {
		return Page{}, &Error{Reason: fetch.BadAddress, Message: "This is not a web address.", Cause: err}
	}
	own, err := r.settings.Of(ctx, req.WorkspaceID, req.UserID)
	if err != nil {
		return Page{}, err
	}
	address := webaddr.Canonical(u)
	known, body, err := r.recall(ctx, req.WorkspaceID, address)
	if err != nil {
		return Page{}, err
	}
	if body != nil && !req.Again && known.FreshUntil.After(time.Now()) && allowed(own, address, known.FinalURL) {
		return Page{Page: known, Body: body}, nil
	}
	wanted := fetch.Request{URL: address, Allow: own.Allows, Languages: req.Languages}
	if body != nil {
		wanted.Conditional = fetch.Conditional{URL: known.FinalURL, ETag: known.ETag, LastModified: known.LastModified}
	}
	got, err := r.fetcher.Fetch(outside.WithTicket(ctx, req.Ticket), wanted)
	if err != nil {
		return Page{}, err
	}
	page := Page{Page: rowOf(address, got), Body: got.Body}
	if got.NotModified {
		page.RawSHA256, page.MediaType, page.Status, page.Body = known.RawSHA256, known.MediaType, known.Status, body
	}
	return page, r.keep(ctx, req.WorkspaceID, &page)
}

// allowed reports whether the workspace allows all hosts of some addresses: what is
// kept may be from before its list.
func allowed(s settings.Settings, addresses ...string) bool {
	for _, address := range addresses {
		u, err := webaddr.Parse(address, nil)
		if err != nil || !s.Allows(strings.Trim(u.Hostname(), "[]")) {
			return false
		}
	}
	return true
}

// recall returns what was fetched from an address lately, and its bytes; nil when
// there are none.
func (r *Reader) recall(ctx context.Context, workspaceID, address string) (store.Page, []byte, error) {
	known, found, err := r.store.GetPage(ctx, workspaceID, address)
	if err != nil || !found {
		return known, nil, err
	}
	blob, _, err := r.blobs.Get(ctx, workspaceID, known.RawSHA256)
	if errors.Is(err, errs.NotFound) {
		return known, nil, nil // fetched anew
	}
	if err != nil {
		return known, nil, fmt.Errorf("open a page: %w", err)
	}
	defer blob.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(blob); err != nil {
		return known, nil, fmt.Errorf("read a page: %w", err)
	}
	return known, buf.Bytes(), nil
}

// keep stores a page, so that it need not be fetched again.
func (r *Reader) keep(ctx context.Context, workspaceID string, page *Page) error {
	ref, err := r.blobs.Put(ctx, workspaceID, bytes.NewReader(page.Body), maxBody)
	if err != nil {
		return fmt.Errorf("store a page: %w", err)
	}
	page.RawSHA256 = ref.SHA256
	var replaced string
	err = r.store.InWorkspace(ctx, workspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if err := r.blobs.Hold(ctx, tx, workspaceID, ref.SHA256); err != nil {
			return err
		}
		replaced, err = r.store.PutPage(ctx, tx, workspaceID, page.Page)
		return err
	})
	if err != nil {
		return err
	}
	r.blobs.Release(ctx, workspaceID, replaced)
	return nil
}

// rowOf is a page as it is kept. One that asks not to be kept for reuse is kept as
// the snapshot of what was read, and fetched again next time.
func rowOf(address string, got fetch.Page) store.Page {
	row := store.Page{
		URL: address, FinalURL: got.FinalURL, Status: int32(got.Status), Headers: headers(got.Header), ETag: got.ETag,
		LastModified: got.LastModified, MediaType: declared(got), FetchTime: got.FetchTime, FreshUntil: got.FreshUntil,
	}
	if got.NoStore {
		row.FreshUntil, row.ETag, row.LastModified = got.FetchTime, "", ""
	}
	return row
}

// declared is the type that the server gave, with its charset.
func declared(got fetch.Page) string {
	if got.Charset == "" {
		return got.MediaType
	}
	return got.MediaType + "; charset=" + got.Charset
}

func headers(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return out
}
