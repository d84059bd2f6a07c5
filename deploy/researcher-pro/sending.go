package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/deploy/client"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

const (
	// uploads is how many files are sent at once.
	uploads = 4
	// worthAsking is the number of files from which on it pays to ask for the whole
	// library first, instead of sending files that are there.
	worthAsking = 50
)

// sending is files on their way into the library.
type sending struct {
	client     *client.Client
	collection string
	show       *display
	files      []string
	sent       []sent // of each file
}

// sent is what became of a file: it is a document, or was refused with a reason.
type sent struct{ id, refused string }

// run sends the files that are not there. An error is one of the server or the
// connection, not of a file.
func (s *sending) run(ctx context.Context) error {
	there, err := s.there(ctx)
	if err != nil {
		return err
	}
	s.show.start("Sending files", len(s.files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for i, file := range s.files {
		group.Go(func() error {
			defer s.show.step()
			one, err := s.one(ctx, file, there)
			s.sent[i] = one
			return err
		})
	}
	return group.Wait()
}

// there returns the ids of the documents of the library by the SHA-256 of their
// bytes: nobody sends ten thousand files again because the last one failed.
func (s *sending) there(ctx context.Context) (map[string]string, error) {
	ids := map[string]string{}
	if len(s.files) < worthAsking {
		return ids, nil
	}
	for doc, err := range s.client.Documents(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list the library: %w", err)
		}
		ids[doc.GetSha256()] = doc.GetId()
	}
	return ids, nil
}

// one sends a file unless it is there.
func (s *sending) one(ctx context.Context, file string, there map[string]string) (sent, error) {
	if len(there) > 0 {
		sum, err := digest(file)
		if id := there[sum]; err == nil && id != "" {
			return sent{id: id}, nil
		}
	}
	var doc *researchv1.Document
	err := client.Retry(ctx, func(ctx context.Context) (err error) { // the same bytes twice are one document
		doc, err = s.client.Upload(ctx, file, s.collection)
		return err
	})
	refused := &client.Error{}
	switch {
	case err == nil:
		return sent{id: doc.GetId()}, nil
	case errors.As(err, &refused) && aboutTheFile(refused.Status):
		return sent{refused: refused.Message}, nil
	case errors.Is(err, fs.ErrPermission):
		return sent{refused: "may not be opened"}, nil
	case errors.Is(err, fs.ErrNotExist):
		return sent{refused: "is gone"}, nil
	}
	return sent{}, fmt.Errorf("upload %s: %w", file, err)
}

// aboutTheFile reports whether an answer refuses this file, and not whoever sends it.
func aboutTheFile(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusConflict
}

// ids returns the documents that came of the files, each once.
func (s *sending) ids() map[string]bool {
	ids := map[string]bool{}
	for _, one := range s.sent {
		if one.id != "" {
			ids[one.id] = true
		}
	}
	return ids
}

// digest returns the SHA-256 of a file, in hexadecimal.
func digest(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read from
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
