package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/researcherpro/researcherpro/deploy/client"
	"github.com/researcherpro/researcherpro/deploy/fleet"
	"github.com/researcherpro/researcherpro/pkg/telemetry"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// demoQuestion is asked about the project's own documentation.
const demoQuestion = "How does Researcher Pro keep a run alive when a process is killed?"

type demoCommand struct {
	Question string `help:"The question; without one, a question about this project."`
	Docs     string `help:"A folder of documents; without one, the Markdown files below the current folder." placeholder:"DIR"`
	Out      string `help:"Where to write report.md and report.html." default:"." placeholder:"DIR"`
}

// Run researches a question over documents, with a fleet that is gone afterwards.
func (c *demoCommand) Run(ctx context.Context, t terminal) (err error) {
	question, files, err := c.input()
	if err != nil {
		return err
	}
	cfg, err := t.fleetConfig()
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	// Only what goes wrong is worth a line between the news of the run.
	slog.SetDefault(telemetry.NewLogger(t.err, slog.LevelError))
	cfg.UseFreePorts()
	cfg.Outside.Connectors = []string{"documents"} // the demo is over documents, and asks nobody
	remove, err := cfg.UseTemporaryState()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()

	fmt.Fprintln(t.out, "Starting PostgreSQL, Redis and five services …")
	return withFleet(ctx, cfg, func(ctx context.Context, f *fleet.Fleet) error {
		return c.show(ctx, t, f, question, files)
	})
}

// input checks what was asked for before anything is started.
func (c *demoCommand) input() (question string, files []string, err error) {
	question, docs, keep := c.Question, c.Docs, func(string) bool { return true }
	if question == "" {
		question = demoQuestion
	}
	if docs == "" {
		docs, keep = ".", isOwnDocumentation
	}
	files, err = filesIn(docs, keep)
	return question, files, err
}

// isOwnDocumentation reports whether a file is documentation of the project, and
// not a report that an earlier demo wrote.
func isOwnDocumentation(path string) bool {
	return filepath.Ext(path) == ".md" && !strings.HasPrefix(filepath.Base(path), "report.")
}

func (c *demoCommand) show(ctx context.Context, t terminal, f *fleet.Fleet, question string, files []string) error {
	cl := client.New(f.URL(), "")
	if _, err := cl.Register(ctx, "demo@localhost.localdomain", "correct horse battery staple", "Demo"); err != nil {
		return err
	}
	bar := newDisplay(t)
	result, err := ingest(ctx, cl, files, "", bar)
	bar.close()
	if err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d of %d files read.\n", result.ready, len(files))
	result.print(t)
	fmt.Fprintf(t.out, "\nQuestion: %s\n", question)
	return investigate(ctx, cl, t, &analysisv1.StartAnalysisRequest{Question: question}, c.Out)
}
