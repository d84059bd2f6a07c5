package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// uploadTimeout bounds one upload.
const uploadTimeout = 5 * time.Minute

// Upload sends a file to the library. The file is streamed, not read whole.
func (c *Client) Upload(ctx context.Context, file, collection string) (*researchv1.Document, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from

	body, form := io.Pipe()
	writer := multipart.NewWriter(form)
	go func() { form.CloseWithError(writeForm(writer, f, collection)) }()
	req, err := c.request(ctx, http.MethodPost, "/api/v1/documents", body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", writer.FormDataContentType())
	doc := &researchv1.Document{}
	err = c.send(req, doc)
	_ = body.Close() // frees the writer when the server answered early
	return doc, err
}

func writeForm(w *multipart.Writer, f *os.File, collection string) error {
	if collection != "" {
		if err := w.WriteField("collection", collection); err != nil {
			return err
		}
	}
	part, err := w.CreateFormFile("file", filepath.Base(f.Name()))
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, f); err != nil {
		return err
	}
	return w.Close()
}

// Document returns one document of the library.
func (c *Client) Document(ctx context.Context, id string) (*researchv1.Document, error) {
	doc := &researchv1.Document{}
	if err := c.call(ctx, http.MethodGet, path("/api/v1/documents/%s", id), nil, doc); err != nil {
		return nil, err
	}
	return doc, nil
}

// Documents goes through the library, the newest document first, until there is no
// further one or the loop ends. An error is the last that it gives.
func (c *Client) Documents(ctx context.Context) iter.Seq2[*researchv1.Document, error] {
	return func(yield func(*researchv1.Document, error) bool) {
		for token := ""; ; {
			page := &researchv1.ListDocumentsResponse{}
			err := Retry(ctx, func(ctx context.Context) error {
				return c.call(ctx, http.MethodGet, "/api/v1/documents?pageSize=200&pageToken="+url.QueryEscape(token), nil, page)
			})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, doc := range page.GetDocuments() {
				if !yield(doc, nil) {
					return
				}
			}
			if token = page.GetNextPageToken(); token == "" {
				return
			}
		}
	}
}

// AwaitDocument returns the document once it is READY or FAILED.
func (c *Client) AwaitDocument(ctx context.Context, id string) (*researchv1.Document, error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		doc, err := c.Document(ctx, id)
		if err != nil {
			return nil, err
		}
		switch doc.GetState() {
		case researchv1.Document_READY, researchv1.Document_FAILED:
			return doc, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for %s: %w", doc.GetTitle(), ctx.Err())
		case <-time.After(pause):
		}
	}
}
