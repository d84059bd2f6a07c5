// Package edition makes the document of one version of a report: what was found, laid
// out by a template, with its sources cited in a style.
package edition

import (
	"context"
	"strings"
	"time"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
	"github.com/researcherpro/researcherpro/services/report/internal/compose"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// Plan says what to make of what was found.
type Plan struct {
	// Title is the report's; empty is the question.
	Title    string
	Template *template.Template
	// TemplateID and TemplateVersion name the template in the document.
	TemplateID      string
	TemplateVersion int32
	Layout          reportv1.Document_Layout
	Style           analysisv1.CitationStyle
	// Ended is when the analysis did.
	Ended time.Time
}

// Make makes a document. What contradicts itself is compose.ErrContent; a template that
// fails on what was found is a *template.Error.
func Make(ctx context.Context, found *reportv1.ComposeReportRequest, plan Plan) (*reportv1.Document, error) {
	material, err := compose.Material(found, compose.Options{Title: plan.Title, Ended: plan.Ended})
	if err != nil {
		return nil, err
	}
	sections, err := plan.Template.Execute(ctx, material)
	if err != nil {
		return nil, err
	}
	style := max(plan.Style, analysisv1.CitationStyle_NUMBERED)
	provenance := compose.Provenance(found, plan.Ended)
	provenance.TemplateId, provenance.TemplateVersion, provenance.CitationStyle = plan.TemplateID, plan.TemplateVersion, style.String()
	doc := &reportv1.Document{
		Title: material.GetTitle(), Question: material.GetQuestion(), Language: material.GetLanguage(), Layout: plan.Layout,
		Notice: material.GetNotice(), Empty: material.GetEmpty(), Sections: sections, Provenance: provenance,
	}
	doc.Findings = shown(doc, material.GetFindings())
	sources := map[string]*researchv1.Source{}
	for _, source := range found.GetSources() {
		sources[source.GetId()] = source
	}
	return doc, cite.Apply(doc, sources, cite.Style(style.String()))
}

// shown returns the findings that a document shows: as a block, or by their claim.
func shown(doc *reportv1.Document, findings []*reportv1.Finding) []*reportv1.Finding {
	texts := map[string]bool{}
	for _, text := range said(doc) {
		texts[strings.TrimSpace(text)] = true
	}
	var out []*reportv1.Finding
	for _, f := range findings {
		if texts[strings.TrimSpace(f.GetClaim())] {
			out = append(out, f)
		}
	}
	return out
}
