package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/researchtest/expected"
)

// tally counts expected strings.
type tally struct {
	found, all int
	// relevant leaves out what no reader of a file looks for: see package expected.
	relevantFound, relevant int
	misses                  []string
}

// documents measures which of the strings that the tests of Tika and MarkItDown
// expect are found in what the service read of their files.
func documents(ctx context.Context, e *environment) error {
	s, err := e.shelf(ctx, "Documents")
	if err != nil {
		return err
	}
	var t tally
	for _, set := range []string{"tika", "markitdown"} {
		list, root := e.path("documents", set, "expected.open.jsonl"), e.path("documents", set, "files")
		if list == "" || root == "" {
			continue
		}
		if err := t.addSet(s, list, root); err != nil {
			return err
		}
	}
	if t.all == 0 {
		return nil
	}
	e.table.add(measured{
		Name: "strings expected in documents", Value: float64(t.relevantFound) / float64(t.relevant), Floor: 0.95,
		Data: fmt.Sprintf("tika, markitdown expected.open: %d of %d strings, without the other tools' own messages and computed values",
			t.relevantFound, t.relevant),
		Notes: t.misses,
	})
	e.table.add(measured{
		Name: "strings expected in documents, all", Value: float64(t.found) / float64(t.all), Floor: noFloor,
		Data: fmt.Sprintf("the same: %d of %d strings", t.found, t.all),
	})
	return nil
}

// addSet reads the files of a set and looks for their strings. Files of types that
// are not offered, and encrypted ones, are left out.
func (t *tally) addSet(s *shelf, list, root string) error {
	raw, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	strs, err := expected.Read(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	texts := map[string]string{}
	left := map[string]bool{}
	for _, want := range strs {
		if _, done := texts[want.File]; !done {
			if texts[want.File], left[want.File], err = s.words(filepath.Join(root, want.File)); err != nil {
				return err
			}
		}
		if !left[want.File] {
			t.add(want, want.In(texts[want.File]))
		}
	}
	return nil
}

func (t *tally) add(want expected.String, found bool) {
	t.all++
	if want.Relevant() {
		t.relevant++
	}
	switch {
	case found && want.Relevant():
		t.found++
		t.relevantFound++
	case found:
		t.found++
	default:
		t.misses = append(t.misses, fmt.Sprintf("`%s`: %q: %s", want.File, want.Raw, want.Reason()))
	}
}

// words uploads a file and returns all that the service says of it, in the form that
// strings are looked for in. Left says that the type is not offered, or that the file
// needs a password.
func (s *shelf) words(path string) (text string, left bool, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false, err
	}
	r, err := s.readFile(filepath.Base(path), data)
	if err != nil {
		return "", false, err
	}
	d := r.document
	reason := d.GetError().GetReason()
	all := append([]string{d.GetTitle(), d.GetPublished(), d.GetLicense(), d.GetMediaType(), d.GetLanguage()}, d.GetAuthors()...)
	return expected.Words(strings.Join(append(all, r.text), "\n")), reason == "UNSUPPORTED_TYPE" || reason == "ENCRYPTED", nil
}
