package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/compose"
	"github.com/researcherpro/researcherpro/services/report/internal/edition"
	"github.com/researcherpro/researcherpro/services/report/internal/store"
	"github.com/researcherpro/researcherpro/services/report/internal/template"
)

// Editor makes versions of reports out of what was found and templates.
type Editor struct {
	store     *store.Store
	templates *Catalog
}

// NewEditor returns an editor.
func NewEditor(s *store.Store, templates *Catalog) *Editor {
	return &Editor{store: s, templates: templates}
}

// wish says what a version is to look like.
type wish struct {
	title      string // empty is the question
	templateID string // empty is the default
	style      analysisv1.CitationStyle
	ended      time.Time // when the analysis did
}

// version makes a version of what was found, which is not stored yet. It is made now, so
// that what cannot be made is refused now and not when somebody reads it.
func (e *Editor) version(ctx context.Context, workspaceID string, found *reportv1.ComposeReportRequest, w wish) (store.Version, error) {
	if w.templateID == "" {
		w.templateID = defaultTemplate
	}
	tmpl, err := e.templates.get(ctx, workspaceID, w.templateID, 0)
	if errors.Is(err, errs.NotFound) {
		return store.Version{}, errs.Field("template_id", "names no template")
	}
	if err != nil {
		return store.Version{}, err
	}
	doc, err := e.make(ctx, found, tmpl, w)
	if err != nil {
		return store.Version{}, err
	}
	encoded, err := proto.Marshal(doc)
	if err != nil {
		return store.Version{}, fmt.Errorf("encode document: %w", err)
	}
	return store.Version{
		WorkspaceID: workspaceID, Title: doc.GetTitle(), TemplateID: w.templateID, TemplateVersion: tmpl.version,
		CitationStyle: doc.GetProvenance().GetCitationStyle(), Document: encoded,
		FindingCount: int32(len(doc.GetFindings())), ReferenceCount: int32(len(doc.GetReferences())),
	}, nil
}

// make makes a document.
func (e *Editor) make(ctx context.Context, found *reportv1.ComposeReportRequest, tmpl entry, w wish) (*reportv1.Document, error) {
	parsed, err := tmpl.parse()
	if err != nil {
		return nil, fmt.Errorf("a stored template: %w", err)
	}
	doc, err := edition.Make(ctx, found, edition.Plan{
		Title: w.title, Template: parsed, TemplateID: tmpl.id, TemplateVersion: tmpl.version, Layout: tmpl.layout, Style: w.style, Ended: w.ended,
	})
	var failed *template.Error
	switch {
	case errors.As(err, &failed):
		return nil, errs.Field("template_id", "names a template that fails on these findings: "+failed.Error())
	case errors.Is(err, compose.ErrContent):
		// Trying again cannot help, and the caller, a service, can read why.
		return nil, errs.New(errs.InvalidArgument, "INCONSISTENT_CONTENT", err.Error())
	case err != nil:
		return nil, fmt.Errorf("make the document: %w", err)
	}
	return doc, nil
}

// first makes and keeps the first version of a report from before there were versions.
func (e *Editor) first(ctx context.Context, workspaceID, reportID string) (store.Version, *reportv1.Document, error) {
	r, err := e.store.GetReport(ctx, workspaceID, reportID)
	if err != nil {
		return store.Version{}, nil, err
	}
	v := r.Newest
	content, err := e.store.Content(ctx, workspaceID, r.AnalysisID)
	if err != nil {
		return v, nil, err
	}
	found, err := decode(content)
	if err != nil {
		return v, nil, err
	}
	tmpl, err := e.templates.get(ctx, workspaceID, v.TemplateID, 0)
	if err != nil {
		return v, nil, fmt.Errorf("the template of report %s: %w", v.ReportID, err)
	}
	doc, err := e.make(ctx, found, tmpl, wish{title: v.Title, style: styleOf(v.CitationStyle), ended: content.CreateTime})
	if err != nil {
		return v, nil, err
	}
	if v.Document, err = proto.Marshal(doc); err != nil {
		return v, nil, fmt.Errorf("encode document: %w", err)
	}
	return v, doc, e.store.KeepVersion(ctx, v)
}

// styleOf reads a stored citation style.
func styleOf(name string) analysisv1.CitationStyle {
	return analysisv1.CitationStyle(analysisv1.CitationStyle_value[name])
}
