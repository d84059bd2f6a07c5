package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/researcherpro/researcherpro/deploy/client"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

type askCommand struct {
	server
	Question    string   `arg:"" help:"The question."`
	Collections []string `help:"Only these collections of the library."`
	Out         string   `help:"Also write report.md and report.html into this folder." placeholder:"DIR"`
}

// Run asks a question over the library.
func (c *askCommand) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, t, func(ctx context.Context, cl *client.Client) error {
		return investigate(ctx, cl, t, &analysisv1.StartAnalysisRequest{
			Question: c.Question, Parameters: &researchv1.ResearchParameters{Collections: c.Collections},
		}, c.Out)
	})
}

// investigate runs an analysis, shows it, and prints what was found; with a folder
// it writes the report there, too.
func investigate(ctx context.Context, c *client.Client, t terminal, req *analysisv1.StartAnalysisRequest, out string) error {
	a, err := c.Start(ctx, req)
	if err != nil {
		return err
	}
	show := newDisplay(t)
	show.line("Analysis %s", a.GetId())
	if err := follow(ctx, c, a.GetId(), 0, show); err != nil {
		return err
	}
	if a, err = c.Analysis(ctx, a.GetId()); err != nil {
		return err
	}
	if err := printFindings(ctx, c, t, a); err != nil {
		return err
	}
	if out != "" && a.GetReportId() != "" {
		if err := writeReport(ctx, c, t, a.GetReportId(), out); err != nil {
			return err
		}
	}
	switch a.GetState() {
	case analysisv1.Analysis_COMPLETED, analysisv1.Analysis_COMPLETED_PARTIAL:
		return nil
	case analysisv1.Analysis_NO_EVIDENCE:
		return errNoEvidence
	case analysisv1.Analysis_CANCELLED:
		return errors.New("the analysis was cancelled")
	default:
		return errors.New(a.GetError().GetMessage())
	}
}

// printFindings prints the findings with their quotes and sources.
func printFindings(ctx context.Context, c *client.Client, t terminal, a *analysisv1.Analysis) error {
	findings, err := c.Findings(ctx, a.GetId())
	if err != nil || len(findings) == 0 {
		return err
	}
	sources, err := c.Sources(ctx, a.GetResearchId())
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, src := range sources {
		names[src.GetId()] = sourceName(src)
	}
	section := ""
	for _, f := range findings {
		if f.GetSection() != section {
			section = f.GetSection()
			fmt.Fprintf(t.out, "\n%s\n", section)
		}
		fmt.Fprintf(t.out, "\n%3d. %s [%s]\n", f.GetOrdinal(), f.GetClaim(), strings.ToLower(f.GetSupport().String()))
		for _, quote := range f.GetCitations() {
			fmt.Fprintf(t.out, "     “%s”\n     — %s\n", strings.Join(strings.Fields(quote.GetQuote()), " "), names[quote.GetSourceId()])
		}
	}
	fmt.Fprintln(t.out)
	return nil
}

// sourceName names a source by its title and where it is.
func sourceName(src *researchv1.Source) string {
	location := src.GetUrl()
	if location == "" {
		location = src.GetFileName()
	}
	if location == "" || location == src.GetTitle() {
		return src.GetTitle()
	}
	return src.GetTitle() + " (" + location + ")"
}

// writeReport writes the report into a folder as Markdown and HTML.
func writeReport(ctx context.Context, c *client.Client, t terminal, reportID, dir string) error {
	for _, format := range []string{"md", "html"} {
		file := filepath.Join(dir, "report."+format)
		if err := writeFile(file, func(f *fileWriter) error { return c.Export(ctx, reportID, format, f) }); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "Report: %s\n", file)
	}
	return nil
}
