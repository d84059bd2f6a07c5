package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/researcherpro/researcherpro/deploy/client"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// uploads is how many files are sent at once.
const uploads = 4

type ingestCommand struct {
	server
	Dir        string `arg:"" help:"The folder."`
	Collection string `help:"A label to search and research by."`
}

// Run puts the files of a folder into the library.
func (c *ingestCommand) Run(ctx context.Context, t terminal) error {
	files, err := filesIn(c.Dir, nil)
	if err != nil {
		return err
	}
	return c.with(ctx, t, func(ctx context.Context, cl *client.Client) error {
		show := newDisplay(t)
		result, err := ingest(ctx, cl, files, c.Collection, show)
		show.close()
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%d of %d files are in the library.\n", result.ready, len(files))
		result.print(t)
		return nil
	})
}

// filesIn returns the files below a folder, by name, without hidden ones; keep
// may leave out more. A missing folder is errUsage.
func filesIn(dir string, keep func(path string) bool) ([]string, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is not a folder", errUsage, dir)
	}
	var files []string
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && path != dir
		switch {
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case entry.Type().IsRegular() && !hidden && (keep == nil || keep(path)):
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

// ingested is what became of the files.
type ingested struct {
	ready  int
	failed []failure
}

// failure is a file that could not be read, and why.
type failure struct{ file, reason string }

func (r ingested) print(t terminal) {
	if len(r.failed) == 0 {
		return
	}
	fmt.Fprintf(t.out, "Not readable (%d):\n", len(r.failed))
	for _, f := range r.failed {
		fmt.Fprintf(t.out, "  %s: %s\n", f.file, f.reason)
	}
}

// ingest uploads the files and waits until each is readable or known not to be.
func ingest(ctx context.Context, c *client.Client, files []string, collection string, show *display) (ingested, error) {
	show.start("Reading documents", len(files))
	reasons := make([]string, len(files))
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for i, file := range files {
		group.Go(func() error {
			reason, err := ingestOne(ctx, c, file, collection)
			mu.Lock()
			defer mu.Unlock()
			reasons[i] = reason
			show.step()
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return ingested{}, err
	}
	var out ingested
	for i, reason := range reasons {
		if reason == "" {
			out.ready++
			continue
		}
		out.failed = append(out.failed, failure{file: files[i], reason: reason})
	}
	return out, nil
}

// ingestOne returns why the file could not be read, or "". An error is one of
// the server or the connection, not of the file.
func ingestOne(ctx context.Context, c *client.Client, file, collection string) (string, error) {
	doc, err := c.Upload(ctx, file, collection)
	refused := &client.Error{}
	if errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 && refused.Status != 401 && refused.Status != 403 {
		return refused.Message, nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return "may not be opened", nil
	}
	if err != nil {
		return "", fmt.Errorf("upload %s: %w", file, err)
	}
	doc, err = c.AwaitDocument(ctx, doc.GetId())
	if err != nil {
		return "", err
	}
	if doc.GetState() == researchv1.Document_FAILED {
		return doc.GetError().GetMessage(), nil
	}
	return "", nil
}
