package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/ulikunitz/xz"
)

// segments are what a page's text must and must not hold.
type segments struct {
	File    string
	With    []string
	Without []string
}

// pages measures the extraction of the main text of web pages: each segment that
// must be there and is counts as found, each that must not be there and is as
// wrong, as in trafilatura's own evaluation.
func pages(ctx context.Context, e *environment) error {
	gold, archive := e.path("web", "trafilatura-eval", "open", "evaldata.json"), e.path("web", "trafilatura-eval", "open", "html.tar.xz")
	if gold == "" || archive == "" {
		return nil
	}
	content, err := os.ReadFile(gold)
	if err != nil {
		return err
	}
	var wanted map[string]segments
	if err := json.Unmarshal(content, &wanted); err != nil {
		return err
	}
	files, err := unpack(archive)
	if err != nil {
		return err
	}
	s, err := e.shelf(ctx, "Web pages")
	if err != nil {
		return err
	}
	var found, missed, wrong float64
	for _, w := range wanted {
		html, ok := files[w.File]
		if !ok {
			return fmt.Errorf("%s is not in the archive", w.File)
		}
		r, err := s.readFile(w.File, html)
		if err != nil {
			return err
		}
		for _, segment := range w.With {
			if strings.Contains(plain(r.text), plain(segment)) {
				found++
			} else {
				missed++
			}
		}
		for _, segment := range w.Without {
			if strings.Contains(plain(r.text), plain(segment)) {
				wrong++
			}
		}
	}
	precision, recall := found/(found+wrong), found/(found+missed)
	e.table.add(measured{
		Name: "main text of web pages, F", Value: 2 * precision * recall / (precision + recall), Floor: 0.90,
		Best: "trafilatura 0.924, readability-lxml 0.826, raw text 0.69 on the whole set",
		Data: fmt.Sprintf("trafilatura-eval/open: %d pages; precision %.3f, recall %.3f", len(wanted), precision, recall),
	})
	return nil
}

// plain is a text without the differences of white space, and without the bars
// between the cells of tables.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "|", " ")), " ")
}

// unpack returns the files of an archive by their names.
func unpack(archive string) (map[string][]byte, error) {
	packed, err := os.ReadFile(archive)
	if err != nil {
		return nil, err
	}
	unpacked, err := xz.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for r := tar.NewReader(unpacked); ; {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		if out[path.Base(entry.Name)], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}
