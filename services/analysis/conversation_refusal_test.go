package analysis_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

func TestAsk_RefusesBadInputByName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	tests := map[string]struct {
		change func(*analysisv1.AskRequest)
		field  string
	}{
		"no question":                     {func(r *analysisv1.AskRequest) { r.Text = "" }, "text"},
		"a blank question":                {func(r *analysisv1.AskRequest) { r.Text = " \n\t" }, "text"},
		"a question beyond the limit":     {func(r *analysisv1.AskRequest) { r.Text = strings.Repeat("log?", 1001) }, "text"},
		"an id that is none":              {func(r *analysisv1.AskRequest) { r.AnalysisId = "7" }, "analysis_id"},
		"an engine that is not there":     {func(r *analysisv1.AskRequest) { r.Engine = "oracle" }, "engine"},
		"an engine that nobody can use":   {func(r *analysisv1.AskRequest) { r.Engine = "openai" }, "engine"},
		"a model's name beyond the limit": {func(r *analysisv1.AskRequest) { r.Model = strings.Repeat("m", 129) }, "model"},
		"a cache that does not exist":     {func(r *analysisv1.AskRequest) { r.Cache = 9 }, "cache"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &analysisv1.AskRequest{AnalysisId: id, Text: question}
			tc.change(req)
			_, err := b.Ask(as(t, b.ada), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
			stream, err := b.StreamAsk(as(t, b.ada), req)
			if err == nil {
				_, err = stream.Recv()
			}
			require.ErrorIs(t, err, errs.InvalidArgument, "the stream is refused the same")
			require.ErrorContains(t, err, tc.field)
			require.Empty(t, b.messages(t, id))
		})
	}
}

func TestAnalyzeText_RefusesBadInputByName(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.serve(t)
	tests := map[string]struct {
		change func(*analysisv1.AnalyzeTextRequest)
		field  string
	}{
		"no text":                     {func(r *analysisv1.AnalyzeTextRequest) { r.Text = "" }, "text"},
		"a blank text":                {func(r *analysisv1.AnalyzeTextRequest) { r.Text = " \n\t" }, "text"},
		"a text beyond the limit":     {func(r *analysisv1.AnalyzeTextRequest) { r.Text = strings.Repeat("log. ", 40_001) }, "text"},
		"a question beyond the limit": {func(r *analysisv1.AnalyzeTextRequest) { r.Question = strings.Repeat("log?", 1001) }, "question"},
		"an engine that is not there": {func(r *analysisv1.AnalyzeTextRequest) { r.Engine = "oracle" }, "engine"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &analysisv1.AnalyzeTextRequest{Text: documents()[0].Text}
			tc.change(req)
			_, err := b.AnalyzeText(as(t, b.ada), req)
			require.ErrorIs(t, err, errs.InvalidArgument)
			require.ErrorContains(t, err, tc.field)
		})
	}
}

func TestListMessages_RefusesBadInputByName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, other := b.finish(t, b.start(t)).GetId(), aboutTowers(t, b)
	b.ask(t, id, question)
	b.ask(t, id, question)
	page, err := b.ListMessages(as(t, b.ada), &analysisv1.ListMessagesRequest{AnalysisId: id, PageSize: 1})
	require.NoError(t, err)
	tests := map[string]struct {
		req   *analysisv1.ListMessagesRequest
		field string
	}{
		"a negative size":            {&analysisv1.ListMessagesRequest{AnalysisId: id, PageSize: -1}, "page_size"},
		"a token that is none":       {&analysisv1.ListMessagesRequest{AnalysisId: id, PageToken: "abc"}, "page_token"},
		"a token of another's pages": {&analysisv1.ListMessagesRequest{AnalysisId: other, PageToken: page.GetNextPageToken()}, "page_token"},
		"an id that is none":         {&analysisv1.ListMessagesRequest{AnalysisId: "7"}, "analysis_id"},
	}
	for name, tc := range tests {
		_, err := b.ListMessages(as(t, b.ada), tc.req)
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, tc.field, name)
	}
}

func TestAsk_OfARunWithoutEvidenceYet(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, b *bundle) string{
		"that no worker has begun": func(t *testing.T, b *bundle) string {
			t.Helper()
			b.serve(t)
			return b.start(t)
		},
		"whose research has found nothing so far": func(t *testing.T, b *bundle) string {
			t.Helper()
			b.research.Documents = nil
			b.research.EndAs(researchv1.Research_RUNNING, "")
			reached, release := b.research.Hold(t, "WaitResearch")
			work(t, b.serve(t))
			t.Cleanup(release) // before the worker is stopped, which waits for its step
			id := b.start(t)
			receive(t, reached)
			return id
		},
	}
	for name, begin := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := prepare(t)
			id := begin(t, b)
			_, err := b.Ask(as(t, b.ada), &analysisv1.AskRequest{AnalysisId: id, Text: question})
			require.ErrorIs(t, err, errs.FailedPrecondition)
			require.ErrorContains(t, err, "no evidence yet")
			require.Empty(t, b.messages(t, id))
			b.cancel(t, id)
		})
	}
}

func TestAsk_OfARunWhoseEvidenceWasDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	b.research.On("ListSources", func(context.Context, int) error { return errs.NotFound })
	_, err := b.Ask(as(t, b.ada), &analysisv1.AskRequest{AnalysisId: id, Text: question})
	require.ErrorIs(t, err, errs.FailedPrecondition, "the run is there")
	require.ErrorContains(t, err, "was deleted")
}

func TestAnalyzeText_NeedsTheRightToAnalyse(t *testing.T) {
	t.Parallel()
	b := prepare(t)
	b.serve(t)
	req := &analysisv1.AnalyzeTextRequest{Text: documents()[0].Text}
	_, err := b.AnalyzeText(t.Context(), req)
	require.ErrorIs(t, err, errs.Unauthenticated)
	viewer := b.ada
	viewer.Role = authn.RoleViewer
	_, err = b.AnalyzeText(as(t, viewer), req)
	require.ErrorIs(t, err, errs.PermissionDenied)
}
