package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// senders is how many uploads are under way at once.
	senders = 8
	// chunk is the size of the pieces of an upload, in bytes.
	chunk = 256 << 10
	// patience is how long the reading of one document is waited for.
	patience = 5 * time.Minute
)

// text is a document of a set.
type text struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// shelf is the documents of one set in a workspace of their own.
type shelf struct {
	ctx       context.Context //nolint:containedctx // it carries the workspace of every call
	documents researchv1.DocumentServiceClient

	mu  sync.Mutex
	ids map[string]string // id in the service → id in the set
}

// shelf makes an empty one.
func (e *environment) shelf(ctx context.Context, name string) (*shelf, error) {
	ctx, err := e.workspace(ctx, name)
	if err != nil {
		return nil, err
	}
	return &shelf{ctx: ctx, documents: e.documents, ids: map[string]string{}}, nil
}

// addTexts puts texts on the shelf and waits until all are read.
func (s *shelf) addTexts(texts []text) error {
	group, ctx := errgroup.WithContext(s.ctx)
	group.SetLimit(senders)
	for _, t := range texts {
		if t.Text == "" && t.Title == "" {
			continue // some sets have documents without a word
		}
		group.Go(func() error {
			req := &researchv1.CreateDocumentRequest{Title: t.Title, Text: t.Text}
			if req.Title == "" {
				req.Title = "-"
			}
			if req.Text == "" {
				req.Text = t.Title
			}
			d, err := s.documents.CreateDocument(ctx, req)
			if err != nil {
				return fmt.Errorf("add %s: %w", t.ID, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ids[d.GetId()] = t.ID
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for id := range s.ids {
		d, err := s.await(id)
		if err != nil {
			return err
		}
		if d.GetState() != researchv1.Document_READY {
			return fmt.Errorf("document %s: %s", s.ids[id], d.GetError().GetMessage())
		}
	}
	return nil
}

// await waits until a document is read or refused.
func (s *shelf) await(id string) (*researchv1.Document, error) {
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		d, err := s.documents.GetDocument(s.ctx, &researchv1.GetDocumentRequest{Id: id})
		if err != nil {
			return nil, err
		}
		if d.GetState() == researchv1.Document_READY || d.GetState() == researchv1.Document_FAILED {
			return d, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("document %s is still %s", id, d.GetState())
		}
		select {
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		case <-time.After(pause):
		}
	}
}

// search returns the documents of the set that fit a query, by their best passage.
func (s *shelf) search(query string, n int) ([]string, error) {
	resp, err := s.documents.SearchDocuments(s.ctx, &researchv1.SearchDocumentsRequest{Query: query, PageSize: 100})
	if err != nil {
		return nil, err
	}
	var out []string
	seen := map[string]bool{}
	for _, p := range resp.GetPassages() {
		if id := s.ids[p.GetDocumentId()]; !seen[id] && len(out) < n {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out, nil
}

// read is a file as the service read it.
type read struct {
	document *researchv1.Document
	text     string // "" when it was refused
	took     time.Duration
}

// readFile uploads a file and returns what was read of it.
func (s *shelf) readFile(name string, data []byte) (read, error) {
	begun := time.Now()
	stream, err := s.documents.UploadDocument(s.ctx)
	if err != nil {
		return read{}, err
	}
	header := &researchv1.UploadDocumentRequest_Header{FileName: name}
	err = stream.Send(&researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Header_{Header: header}})
	for rest := data; err == nil && len(rest) > 0; {
		n := min(len(rest), chunk)
		err = stream.Send(&researchv1.UploadDocumentRequest{Part: &researchv1.UploadDocumentRequest_Chunk{Chunk: rest[:n]}})
		rest = rest[n:]
	}
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: the answer says why
		return read{}, err
	}
	d, err := stream.CloseAndRecv()
	if err != nil {
		return read{}, fmt.Errorf("upload %s: %w", name, err)
	}
	if d, err = s.await(d.GetId()); err != nil {
		return read{}, err
	}
	r := read{document: d, took: time.Since(begun)}
	if d.GetState() == researchv1.Document_READY {
		r.text, err = s.content(d.GetId())
	}
	return r, err
}

// content is the text that was read from a document.
func (s *shelf) content(id string) (string, error) {
	stream, err := s.documents.GetDocumentContent(s.ctx, &researchv1.GetDocumentContentRequest{Id: id})
	if err != nil {
		return "", err
	}
	var out []byte
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return string(out), nil
		}
		if err != nil {
			return "", err
		}
		out = append(out, part.GetData()...)
	}
}
