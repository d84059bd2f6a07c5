package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/researcherpro/researcherpro/deploy/client"
)

type ingestCommand struct {
	server
	Dir        string `arg:"" help:"The folder."`
	Collection string `help:"A label to search and research by."`
}

// Run puts the files of a folder into the library. Interrupted, it can be run again:
// what is there already is not sent twice.
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

// ingest sends the files that the library does not have, and waits until each is
// readable or known not to be.
func ingest(ctx context.Context, c *client.Client, files []string, collection string, show *display) (ingested, error) {
	s := &sending{client: c, collection: collection, show: show, files: files, sent: make([]sent, len(files))}
	if err := s.run(ctx); err != nil {
		return ingested{}, err
	}
	ends, err := awaitAll(ctx, c, s.ids(), show)
	if err != nil {
		return ingested{}, err
	}
	var out ingested
	for i, file := range files {
		reason := s.sent[i].refused
		if reason == "" {
			reason = ends[s.sent[i].id]
		}
		if reason == "" {
			out.ready++
			continue
		}
		out.failed = append(out.failed, failure{file: file, reason: reason})
	}
	return out, nil
}
