package report_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// short is a template of a workspace.
const short = "# In short\n\n{% for f in findings %}\n- {{ f }}\n{% end %}\n"

// template makes a template of ada's workspace.
func (b *bundle) template(t *testing.T, source string) *reportv1.Template {
	t.Helper()
	made, err := b.CreateTemplate(as(t, b.ada), &reportv1.CreateTemplateRequest{
		Template: &reportv1.Template{Title: "  In short ", Description: "Only the claims.", Source: source},
	})
	require.NoError(t, err)
	return made
}

func TestTemplates_BuiltIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	resp, err := b.ListTemplates(ctx, &reportv1.ListTemplatesRequest{})
	require.NoError(t, err)
	var ids []string
	for _, tmpl := range resp.GetTemplates() {
		ids = append(ids, tmpl.GetId())
		require.True(t, tmpl.GetBuiltIn(), tmpl.GetId())
		require.Empty(t, tmpl.GetSource(), "lists are short")
		one, err := b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: tmpl.GetId()})
		require.NoError(t, err)
		require.NotEmpty(t, one.GetSource(), "whoever wants another one begins with this")
		require.NotEmpty(t, one.GetDescription())
	}
	require.Equal(t, []string{"brief", "detailed", "literature-review", "comparison", "timeline", "fact-check", "executive-slides"}, ids)

	_, err = b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: "poem"})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = b.DeleteTemplate(ctx, &reportv1.DeleteTemplateRequest{Id: "brief"})
	require.ErrorIs(t, err, errs.FailedPrecondition)
	_, err = b.UpdateTemplate(ctx, &reportv1.UpdateTemplateRequest{Template: &reportv1.Template{Id: "brief", Title: "Mine"}})
	require.ErrorIs(t, err, errs.FailedPrecondition)
}

func TestTemplates_EveryBuiltInOneFitsEveryKind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	resp, err := b.ListTemplates(ctx, &reportv1.ListTemplatesRequest{})
	require.NoError(t, err)
	for _, tmpl := range resp.GetTemplates() {
		for kind := range analysisv1.Kind_name {
			for _, format := range []string{"html", "md"} {
				shown, err := b.PreviewTemplate(ctx, &reportv1.PreviewTemplateRequest{Id: tmpl.GetId(), Kind: analysisv1.Kind(kind), Format: format})
				require.NoError(t, err, "%s of %s", tmpl.GetId(), analysisv1.Kind(kind))
				require.Contains(t, shown.GetContent(), "Lake Baikal is 1,642 m deep", "%s of %s", tmpl.GetId(), analysisv1.Kind(kind))
				require.Contains(t, shown.GetContent(), "depths.xls", "no template hides what could not be read")
			}
		}
	}
}

func TestTemplates_OfAWorkspace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	made := b.template(t, short)
	require.Equal(t, "In short", made.GetTitle())
	require.EqualValues(t, 1, made.GetVersion())
	require.Equal(t, reportv1.Document_PAGES, made.GetLayout())

	composed := b.compose(t, b.ada, found(t))
	r, err := b.CreateReport(ctx, &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId(), TemplateId: made.GetId()})
	require.NoError(t, err)
	text := b.export(t, b.ada, r.GetId(), "md").text
	require.Contains(t, text, "## In short\n\n- "+firstQuote+" [1]\n")
	require.Contains(t, text, "broken.pdf", "a template cannot hide what could not be read")

	list, err := b.ListTemplates(ctx, &reportv1.ListTemplatesRequest{})
	require.NoError(t, err)
	require.Equal(t, made.GetId(), list.GetTemplates()[len(list.GetTemplates())-1].GetId())
	eve := authntest.Caller(t, authn.RoleOwner)
	_, err = b.GetTemplate(as(t, eve), &reportv1.GetTemplateRequest{Id: made.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestUpdateTemplate_KeepsTheVersionsOfReports(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	made := b.template(t, short)
	composed := b.compose(t, b.ada, found(t))
	r, err := b.CreateReport(ctx, &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId(), TemplateId: made.GetId()})
	require.NoError(t, err)

	renamed, err := b.UpdateTemplate(ctx, &reportv1.UpdateTemplateRequest{
		Template: &reportv1.Template{Id: made.GetId(), Title: "Shorter", Source: "nothing of this"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"id", "title"}},
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, renamed.GetVersion(), "another name is no other template")
	require.Equal(t, short, renamed.GetSource())
	changed, err := b.UpdateTemplate(ctx, &reportv1.UpdateTemplateRequest{Template: &reportv1.Template{Id: made.GetId(), Version: 1, Source: "# Other\n\n{{ question }}\n"}})
	require.NoError(t, err)
	require.EqualValues(t, 2, changed.GetVersion())
	require.Equal(t, "Shorter", changed.GetTitle())
	_, err = b.UpdateTemplate(ctx, &reportv1.UpdateTemplateRequest{Template: &reportv1.Template{Id: made.GetId(), Version: 1, Source: short}})
	require.ErrorIs(t, err, errs.Conflict, "somebody else was first")

	before, err := b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: made.GetId(), Version: 1})
	require.NoError(t, err)
	require.Equal(t, short, before.GetSource())
	next, err := b.GenerateReport(ctx, &reportv1.GenerateReportRequest{Id: r.GetId()})
	require.NoError(t, err)
	require.EqualValues(t, 2, next.GetVersions()[0].GetTemplateVersion())
	require.EqualValues(t, 1, next.GetVersions()[1].GetTemplateVersion())

	_, err = b.DeleteTemplate(ctx, &reportv1.DeleteTemplateRequest{Id: made.GetId()})
	require.NoError(t, err)
	_, err = b.GetTemplate(ctx, &reportv1.GetTemplateRequest{Id: made.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	require.Contains(t, b.export(t, b.ada, r.GetId(), "md").text, "## Other\n", "reports stay as they are")
	_, err = b.GenerateReport(ctx, &reportv1.GenerateReportRequest{Id: r.GetId()})
	require.ErrorIs(t, err, errs.InvalidArgument, "no new one is made of it")
}

func TestCreateTemplate_NamesEveryErrorWithItsPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.CreateTemplate(as(t, b.ada), &reportv1.CreateTemplateRequest{Template: &reportv1.Template{
		Source: "# A\n\n{{ findngs }}\n\n{% for f in findings %}{{ f.clam }}{% end %}\n",
	}})
	require.ErrorIs(t, err, errs.InvalidArgument)
	for _, says := range []string{"template.title", "template.source", "3:4", "findngs", "5:", "clam"} {
		require.ErrorContains(t, err, says)
	}
	for name, source := range map[string]string{
		"the environment":          "{{ env.SECRET_KEY }}",
		"another run":              "{{ run.findings }}",
		"a file":                   `{{ read("/etc/passwd") }}`,
		"a method of the language": "{{ title.__class__ }}",
		"too large":                strings.Repeat("a", 70_000),
		"nothing":                  "  ",
	} {
		_, err := b.CreateTemplate(as(t, b.ada), &reportv1.CreateTemplateRequest{Template: &reportv1.Template{Title: "x", Source: source}})
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, "source", name)
	}
}

func TestTemplate_ThatLoopsForEverIsStoppedAndSaysWhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var source strings.Builder
	source.WriteString("# Loops\n\n")
	for _, name := range strings.Fields("a b c d e f g h i j k l m n o p q r s") {
		source.WriteString("{% for " + name + " in findings %}")
	}
	source.WriteString("x" + strings.Repeat("{% end %}", 19))
	made := b.template(t, source.String())
	composed := b.compose(t, b.ada, found(t))
	_, err := b.CreateReport(as(t, b.ada), &reportv1.CreateReportRequest{AnalysisId: composed.GetAnalysisId(), TemplateId: made.GetId()})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "3:", "the place")
	_, err = b.PreviewTemplate(as(t, b.ada), &reportv1.PreviewTemplateRequest{Id: made.GetId()})
	require.ErrorContains(t, err, "source")
}

func TestPreviewTemplate_ShowsAChangeBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, b.ada)
	composed := b.compose(t, b.ada, found(t))
	shown, err := b.PreviewTemplate(ctx, &reportv1.PreviewTemplateRequest{Id: "brief", Source: short, AnalysisId: composed.GetAnalysisId(), Format: "md"})
	require.NoError(t, err)
	require.Contains(t, shown.GetContent(), "## In short\n\n- "+firstQuote)
	require.Equal(t, "text/markdown; charset=utf-8", shown.GetMediaType())

	for name, req := range map[string]*reportv1.PreviewTemplateRequest{
		"an unknown template": {Id: "poem"}, "an unknown analysis": {Id: "brief", AnalysisId: uuid.NewString()},
	} {
		_, err := b.PreviewTemplate(ctx, req)
		require.ErrorIs(t, err, errs.NotFound, name)
	}
	_, err = b.PreviewTemplate(ctx, &reportv1.PreviewTemplateRequest{Id: "brief", Source: "{{ nope }}"})
	require.ErrorIs(t, err, errs.InvalidArgument)
	require.ErrorContains(t, err, "1:4")
}
