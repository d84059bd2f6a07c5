package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// expectation is what other tools' tests expect in a file.
type expectation struct {
	File, Filename string
	Contains       []string `json:"contains"`
	MustInclude    []string `json:"must_include"`
}

func (x expectation) name() string { return x.File + x.Filename }

// markup is what those expectations hold of the other tools' own output.
var markup = regexp.MustCompile(`<[^>]+>|\*\*|^#+ |^- |!?\[([^\]]*)\]\([^)]*\)|^\||\|$|\|[-| ]+\|`)

// documents measures which of the strings that the tests of Tika and MarkItDown
// expect are found in what the service read of their files.
func documents(ctx context.Context, e *environment) error {
	s, err := e.shelf(ctx, "Documents")
	if err != nil {
		return err
	}
	found, all := 0, 0
	var misses []string
	for _, set := range []string{"tika", "markitdown"} {
		list, root := e.path("documents", set, "expected.open.jsonl"), e.path("documents", set, "files")
		if list == "" || root == "" {
			continue
		}
		var expectations []expectation
		if err := lines(list, func(x expectation) { expectations = append(expectations, x) }); err != nil {
			return err
		}
		for _, x := range expectations {
			hits, missed, err := s.expect(root+"/"+x.name(), x)
			if err != nil {
				return err
			}
			found, all = found+hits, all+hits+len(missed)
			misses = append(misses, missed...)
		}
	}
	if all == 0 {
		return nil
	}
	e.table.add(measured{
		Name: "strings expected in documents", Value: float64(found) / float64(all), Floor: 0.95,
		Data:  fmt.Sprintf("tika, markitdown expected.open: %d of %d strings; the misses follow", found, all),
		Notes: misses,
	})
	return nil
}

// expect reads a file and looks for its strings, each once and without markup.
func (s *shelf) expect(path string, x expectation) (found int, missed []string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, nil, err
	}
	r, err := s.readFile(x.name(), data)
	if err != nil {
		return 0, nil, err
	}
	if r.document.GetError().GetReason() == "UNSUPPORTED_TYPE" {
		return 0, nil, nil // the format is not offered
	}
	text := plain(r.document.GetTitle() + " " + strings.Join(r.document.GetAuthors(), " ") + " " + r.text)
	var seen []string
	for _, want := range append(x.Contains, x.MustInclude...) {
		want = plain(markup.ReplaceAllString(want, "$1"))
		if want == "" || slices.Contains(seen, want) {
			continue
		}
		seen = append(seen, want)
		if strings.Contains(text, want) {
			found++
		} else {
			missed = append(missed, fmt.Sprintf("`%s`: %q is not in it (%s)", x.name(), want, r.document.GetState()))
		}
	}
	return found, missed, nil
}
