package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/researcherpro/researcherpro/deploy/client"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// progressSteps is how fine the bar of a run is.
const progressSteps = 100

type watchCommand struct {
	server
	ID    string `arg:"" help:"The analysis."`
	After int64  `help:"Begin after this event."`
}

// Run follows an analysis until it has ended.
func (c *watchCommand) Run(ctx context.Context, t terminal) error {
	return c.with(ctx, t, func(ctx context.Context, cl *client.Client) error {
		show := newDisplay(t)
		defer show.close()
		return follow(ctx, cl, c.ID, c.After, show)
	})
}

// follow shows the events of an analysis until it has ended.
func follow(ctx context.Context, c *client.Client, id string, after int64, show *display) error {
	show.start("Researching", progressSteps)
	defer show.close()
	return c.Watch(ctx, id, after, func(e *analysisv1.Event) error {
		if text := describe(e); text != "" {
			show.line("%4d  %-16s %s", e.GetSequence(), e.GetType(), text)
		}
		if changed := e.GetStateChanged(); changed != nil {
			show.at(int(changed.GetProgress() * progressSteps))
		}
		return nil
	})
}

// describe says in a few words what an event tells.
func describe(e *analysisv1.Event) string {
	switch d := e.GetDetail().(type) {
	case *analysisv1.Event_StateChanged:
		return fmt.Sprintf("%s, %.0f %%", d.StateChanged.GetState(), 100*d.StateChanged.GetProgress())
	case *analysisv1.Event_RoundStarted:
		return "searching for: " + strings.Join(d.RoundStarted.GetQueries(), " · ")
	case *analysisv1.Event_Source:
		if d.Source.GetReason() != "" {
			return d.Source.GetLocation() + ": " + d.Source.GetReason()
		}
		return d.Source.GetTitle()
	case *analysisv1.Event_EvidenceRanked:
		return fmt.Sprintf("%d passages of %d sources", d.EvidenceRanked.GetPassages(), d.EvidenceRanked.GetSources())
	case *analysisv1.Event_Finding:
		return shorten(d.Finding.GetClaim())
	case *analysisv1.Event_CitationChecked:
		return fmt.Sprintf("%s (%.2f)", d.CitationChecked.GetSupport(), d.CitationChecked.GetScore())
	case *analysisv1.Event_ReportReady:
		return "report " + d.ReportReady.GetReportId()
	case *analysisv1.Event_Error:
		return d.Error.GetMessage()
	default:
		return ""
	}
}

// lineWidth is how much of a claim is shown in a line, in characters.
const lineWidth = 100

func shorten(s string) string {
	r := []rune(s)
	if len(r) <= lineWidth {
		return s
	}
	return string(r[:lineWidth-1]) + "…"
}
