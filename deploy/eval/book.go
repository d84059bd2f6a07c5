package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/researcherpro/researcherpro/services/research/researchtest/measure"
)

// book measures the reading of a German book of mathematics against the text that
// people made of it, as py-pdf's benchmarks do: one minus the share of edits.
func book(ctx context.Context, e *environment) error {
	pdf := e.path("documents", "py-pdf-samples", "009-pdflatex-geotopo", "GeoTopo-komprimiert.pdf")
	gold := e.path("documents", "py-pdf-samples", "ground-truth", "GeoTopo-book.txt")
	if pdf == "" || gold == "" {
		return nil
	}
	data, err := os.ReadFile(pdf)
	if err != nil {
		return err
	}
	want, err := os.ReadFile(gold)
	if err != nil {
		return err
	}
	s, err := e.shelf(ctx, "Book")
	if err != nil {
		return err
	}
	r, err := s.readFile("book.pdf", data)
	if err != nil {
		return err
	}
	spaced := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	e.table.add(measureOf(measure.Similarity(spaced(r.text), spaced(string(want))), len(r.text)))
	return nil
}

func measureOf(similarity float64, bytes int) measured {
	return measured{
		Name: "German book against its gold text", Value: similarity, Floor: 0.95, Best: "pypdfium2 0.97",
		Data: fmt.Sprintf("py-pdf-samples GeoTopo: %d bytes read; one minus the normalised Levenshtein distance", bytes),
	}
}
