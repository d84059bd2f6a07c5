package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// slowest is how long any file may take.
const slowest = 20 * time.Second

// hostile measures that every file of all sets, the damaged, encrypted and fuzzed
// ones included, ends in a state with a reason, and how long the slowest takes. What
// memory they take is measured where the sandbox is tested.
func hostile(ctx context.Context, e *environment) error {
	root := e.path("documents")
	if root == "" {
		return nil
	}
	s, err := e.shelf(ctx, "Hostile")
	if err != nil {
		return err
	}
	all, ended, took := 0, 0, time.Duration(0)
	reasons := map[string]int{}
	var notes []string
	files := os.DirFS(root)
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		if err != nil || len(data) == 0 {
			return err
		}
		all++
		r, err := s.readFile(entry.Name(), data)
		if err != nil {
			notes = append(notes, fmt.Sprintf("`%s`: %v", entry.Name(), err))
			return nil
		}
		took = max(took, r.took)
		d := r.document
		reasons[d.GetError().GetReason()]++
		if r.took <= slowest && (d.GetState() == researchv1.Document_READY || d.GetError().GetMessage() != "") {
			ended++
		} else {
			notes = append(notes, fmt.Sprintf("`%s`: %s after %s", entry.Name(), d.GetState(), r.took))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for reason, n := range reasons {
		if reason != "" {
			notes = append(notes, fmt.Sprintf("%s: %d files", reason, n))
		}
	}
	notes = append(notes, fmt.Sprintf("read: %d files; the slowest took %s with all waiting", reasons[""], took.Round(time.Millisecond)))
	e.table.add(measured{
		Name: "files that end in a state with a reason", Value: float64(ended) / float64(all), Floor: 1,
		Data: fmt.Sprintf("documents: %d files, malformed and hostile ones among them, at most %s each", all, slowest), Notes: notes,
	})
	return nil
}
