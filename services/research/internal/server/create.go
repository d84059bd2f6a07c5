package server

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/extract"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
)

// Page is what is at an address.
type Page struct {
	// FinalURL is where the redirects ended.
	FinalURL string
	// MediaType is what the server of the page says that it is; may be empty.
	MediaType string
	// FileName is the name that the server gives the file; may be empty.
	FileName string
	Body     []byte
}

// Reader reads addresses for a user of a workspace: only the public internet, only
// what the workspace's egress list allows, as robots.txt says. What is wrong with
// the address or its server is an *Unread; other errors are our own.
type Reader interface {
	Read(ctx context.Context, by authn.Caller, url string) (Page, error)
}

// Unread says why an address could not be read.
type Unread struct {
	// Reason is for programs, in UPPER_SNAKE_CASE.
	Reason string
	// Message is a sentence for users.
	Message string
}

// Error implements error.
func (e *Unread) Error() string { return e.Reason + ": " + e.Message }

// CreateDocument implements researchv1.DocumentServiceServer.
func (s *Documents) CreateDocument(ctx context.Context, req *researchv1.CreateDocumentRequest) (*researchv1.Document, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	title, address := strings.TrimSpace(req.GetTitle()), strings.TrimSpace(req.GetUrl())
	if err := checkCreate(req, title, address); err != nil {
		return nil, err
	}
	d := store.Document{Title: title, TitleGiven: title != "", Collection: req.GetCollection()}
	if address == "" {
		d.MediaType = "text/markdown"
		return s.add(ctx, caller, strings.NewReader(req.GetText()), d)
	}
	page, err := s.reader.Read(ctx, caller, address)
	if unread, ok := errors.AsType[*Unread](err); ok {
		return nil, errs.FieldBecause(unread.Reason, "url", "cannot be read: "+unread.Message)
	}
	if err != nil {
		return nil, err
	}
	if len(page.Body) == 0 {
		return nil, errs.FieldBecause(string(extract.Empty), "url", "must lead to something: there is nothing at this address")
	}
	d.URL, d.MediaType, d.FileName = page.FinalURL, page.MediaType, baseName(page.FileName)
	if page.FileName == "" {
		d.FileName = ""
	}
	if !d.TitleGiven {
		d.Title = page.FinalURL // until it is read
	}
	return s.add(ctx, caller, bytes.NewReader(page.Body), d)
}

// checkCreate refuses what is neither a text nor an address, or both.
func checkCreate(req *researchv1.CreateDocumentRequest, title, address string) error {
	var v errs.Violations
	text := strings.TrimSpace(req.GetText()) != ""
	switch {
	case address != "":
		v.Check(req.GetText() == "", "text", "must not be given together with url")
	case req.GetUrl() != "":
		v.Check(false, "url", "must not be blank")
	default:
		v.Check(text, "text", "must not be blank, unless url is given")
		v.Check(title != "", "title", "must not be blank")
	}
	return v.Err()
}
