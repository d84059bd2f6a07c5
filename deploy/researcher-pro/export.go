package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/researcherpro/researcherpro/deploy/client"
)

type exportCommand struct {
	server
	ID     string `arg:"" help:"The analysis."`
	Format string `help:"md, html, pdf, docx, json, bib, ris or csl." default:"md" enum:"md,html,pdf,docx,json,bib,ris,csl"`
}

// Run writes the report of an analysis to standard output.
func (c *exportCommand) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, t, func(ctx context.Context, cl *client.Client) error {
		a, err := cl.Analysis(ctx, c.ID)
		if err != nil {
			return err
		}
		if a.GetReportId() == "" {
			return fmt.Errorf("the analysis is %s and has no report", a.GetState())
		}
		return cl.Export(ctx, a.GetReportId(), c.Format, t.out)
	})
}

// fileWriter is the file that writeFile writes.
type fileWriter = os.File

// writeFile writes a file whole or not at all: under another name first.
func writeFile(path string, write func(*fileWriter) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
