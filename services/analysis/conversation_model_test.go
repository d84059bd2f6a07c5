package analysis_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis"
	"github.com/researcherpro/researcherpro/services/analysis/analysistest"
)

// modelKey is the key that the scripted model knows the service by.
const modelKey = "key-of-the-service"

// talk serves analysis with a model that follows a script, and returns a run of the
// built-in engine that has ended. Change edits the configuration, if any.
func talk(t *testing.T, script llmtest.Script, change ...func(*analysis.Models)) (*bundle, *llmtest.Server, string) {
	t.Helper()
	b, model := prepare(t), llmtest.New(t, script)
	b.cfg.Models = analysis.Models{
		OpenAIURL: model.OpenAI(), OpenAIKey: modelKey, OpenAIModel: "scripted",
		Prices: "openai/scripted=1000/1000/1000", CacheTTL: time.Hour,
	}
	for _, c := range change {
		c(&b.cfg.Models)
	}
	work(t, b.serve(t))
	id := b.finish(t, b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.Engine = "extractive" })).GetId()
	return b, model, id
}

// byModel lets the model answer.
func byModel(r *analysisv1.AskRequest) { r.Engine = "openai" }

// month returns what the workspace used this month.
func (b *bundle) month(t *testing.T) *analysisv1.UsageReport {
	t.Helper()
	resp, err := b.GetUsage(as(t, b.ada), &analysisv1.GetUsageRequest{GroupBy: analysisv1.GetUsageRequest_ANALYSIS})
	require.NoError(t, err)
	return resp
}

func TestAskAModel_ItsAnswerIsCheckedAndStandsInTheLedger(t *testing.T) {
	t.Parallel()
	b, model, id := talk(t, analysistest.Honest)
	before := b.get(t, id).GetUsage()
	answer := b.ask(t, id, question, byModel)
	require.Equal(t, "openai", answer.GetEngine())
	require.Equal(t, "scripted", answer.GetModel())
	require.NotEmpty(t, answer.GetSentences())
	require.Equal(t, analysisv1.Support_SUPPORTED, answer.GetSentences()[0].GetSupport())
	for _, c := range answer.GetCitations() {
		text, _ := b.research.Snapshot(c.GetSourceId())
		require.Equal(t, c.GetQuote(), text[c.GetStartOffset():c.GetEndOffset()])
	}

	used := model.Account(modelKey).Usage
	require.EqualValues(t, 1, answer.GetUsage().GetCalls())
	require.Equal(t, used.InputTokens, answer.GetUsage().GetInputTokens())
	require.Equal(t, used.OutputTokens, answer.GetUsage().GetOutputTokens())
	require.InDelta(t, float64(used.InputTokens+used.OutputTokens)/1000, answer.GetUsage().GetCostUsd(), 1e-9)
	calls, err := b.ListCalls(as(t, b.ada), &analysisv1.ListCallsRequest{AnalysisId: id})
	require.NoError(t, err)
	require.Len(t, calls.GetCalls(), 1)
	require.Equal(t, "ask", calls.GetCalls()[0].GetStep())
	require.Equal(t, answer.GetUsage().String(), calls.GetCalls()[0].GetUsage().String())
	require.Equal(t, answer.GetUsage().String(), b.month(t).GetTotal().String(), "it counts for the workspace")
	require.Equal(t, before.String(), b.get(t, id).GetUsage().String(), "and not for the run")
}

func TestAnalyzeTextByAModel_CountsForTheWorkspaceAndForNoRun(t *testing.T) {
	t.Parallel()
	b, _, _ := talk(t, analysistest.Honest)
	req := &analysisv1.AnalyzeTextRequest{Text: documents()[0].Text, Question: question, Engine: "openai"}
	first, err := b.AnalyzeText(as(t, b.ada), req)
	require.NoError(t, err)
	require.NotEmpty(t, first.GetSentences())
	require.Positive(t, first.GetUsage().GetCostUsd())
	require.Equal(t, first.GetUsage().String(), b.month(t).GetTotal().String())
	require.Empty(t, b.month(t).GetRows())

	again, err := b.AnalyzeText(as(t, b.ada), req)
	require.NoError(t, err)
	require.Equal(t, first.GetText(), again.GetText())
	require.Equal(t, (&analysisv1.Usage{CachedCalls: 1}).String(), again.GetUsage().String(), "it costs nothing and says so")
	req.Cache = analysisv1.Cache_BYPASS
	fresh, err := b.AnalyzeText(as(t, b.ada), req)
	require.NoError(t, err)
	require.Equal(t, first.GetUsage().String(), fresh.GetUsage().String())
}

func TestStreamAskAModel_TellsSentencesThatRestOnPassages(t *testing.T) {
	t.Parallel()
	b, _, id := talk(t, analysistest.Honest)
	stream, err := b.StreamAsk(as(t, b.ada), &analysisv1.AskRequest{AnalysisId: id, Text: question, Engine: "openai"})
	require.NoError(t, err)
	written, answer := told(t, stream)
	require.Contains(t, written, "The write-ahead log protects data because every change is written to it")
	require.NotEmpty(t, answer.GetSentences())
	require.Equal(t, answer.String(), b.messages(t, id)[0].GetAnswer().String())
}

// What a model makes up has no place in the evidence, so nobody is told it.
func TestAskAModel_WhatItInventsIsNotInTheAnswer(t *testing.T) {
	t.Parallel()
	const lie = "Penguins on the moon keep the cheese of the server"
	tests := map[string]string{
		"with a passage that says nothing of it": lie + " [1].\n\n---\n[1] " + lie + ".\n",
		"with a passage that is not there":       lie + " [77].\n\n---\n[77] " + lie + ".\n",
		"with none":                              lie + ".\n",
	}
	for name, says := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _, id := talk(t, llmtest.Always(llmtest.Say(says)))
			answer := b.ask(t, id, question, byModel)
			require.True(t, answer.GetNoEvidence())
			require.Equal(t, nothing, answer.GetText())
			require.Empty(t, answer.GetSentences())
			require.Positive(t, answer.GetUsage().GetCostUsd(), "it was paid for nevertheless")
		})
	}
}

func TestAskAModel_ItsFailuresHaveWordsForWhoAsked(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply llmtest.Reply
		kind  error
		says  string
	}{
		"a key that is not accepted": {llmtest.Fail(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key: "+modelKey), errs.FailedPrecondition, "refused the key"},
		"no credit left":             {llmtest.Fail(http.StatusTooManyRequests, "insufficient_quota", "You exceeded your current quota."), errs.FailedPrecondition, "no credit left"},
		"a model that is not there":  {llmtest.Fail(http.StatusNotFound, "model_not_found", "The model does not exist."), errs.FailedPrecondition, "model's name"},
		"a model that declines":      {llmtest.Reply{Refusal: "I will not."}, errs.FailedPrecondition, "will not answer"},
		"an answer that breaks off":  {llmtest.Reply{Text: strings.Repeat("word ", 50), Fault: llmtest.Break, At: 100}, errs.Unavailable, "did not answer"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _, id := talk(t, llmtest.Always(tc.reply))
			_, err := b.Ask(as(t, b.ada), &analysisv1.AskRequest{AnalysisId: id, Text: question, Engine: "openai"})
			require.ErrorIs(t, err, tc.kind)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), modelKey)
			require.Empty(t, b.messages(t, id), "a question without an answer is not remembered")
		})
	}
}

func TestAskAModel_BeyondTheWorkspacesLimitIsRefused(t *testing.T) {
	t.Parallel()
	b, model, id := talk(t, analysistest.Honest, func(m *analysis.Models) { m.MaxTokensWS = 300 })
	_, err := b.Ask(as(t, b.ada), &analysisv1.AskRequest{AnalysisId: id, Text: question, Engine: "openai"})
	require.ErrorIs(t, err, errs.ResourceExhausted)
	require.ErrorContains(t, err, "used up")
	require.Zero(t, model.Total().Requests, "nothing was called")
	require.Empty(t, b.messages(t, id))
}

func TestAskAModel_WhoHangsUpIsNotRemembered(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	b, model, id := talk(t, func(r llmtest.Request) llmtest.Reply {
		asked <- struct{}{}
		reply := analysistest.Honest(r)
		reply.Delay = patience
		return reply
	})
	ctx, hangUp := context.WithCancel(as(t, b.ada))
	stream, err := b.StreamAsk(ctx, &analysisv1.AskRequest{AnalysisId: id, Text: question, Engine: "openai"})
	require.NoError(t, err)
	receive(t, asked)
	hangUp()
	_, err = stream.Recv()
	require.Error(t, err)
	require.Eventually(t, func() bool { return len(model.Calls()) == 1 }, patience, 10*time.Millisecond, "the model is let go")
	require.False(t, model.Calls()[0].Answered)
	require.Empty(t, b.messages(t, id))
}

// The run is deleted while a model writes the answer: nothing may come back.
func TestAskAModel_OfARunThatIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}, 1), make(chan struct{})
	b, _, id := talk(t, func(r llmtest.Request) llmtest.Reply {
		asked <- struct{}{}
		<-release
		return analysistest.Honest(r)
	})
	answered := make(chan error, 1)
	ctx := as(t, b.ada)
	go func() {
		_, err := b.Ask(ctx, &analysisv1.AskRequest{AnalysisId: id, Text: question, Engine: "openai"})
		answered <- err
	}()
	receive(t, asked)
	_, err := b.DeleteAnalysis(ctx, &analysisv1.DeleteAnalysisRequest{Id: id})
	close(release)
	require.NoError(t, err)
	require.ErrorIs(t, <-answered, errs.NotFound)
	require.Zero(t, b.remains(t, b.ada.WorkspaceID)["messages"])
	require.Positive(t, b.month(t).GetTotal().GetCostUsd(), "what was spent stays in the ledger")
}

// clone is an answer without what is new each time: to compare what it says.
func clone(answer *analysisv1.Answer) *analysisv1.Answer {
	same, _ := proto.Clone(answer).(*analysisv1.Answer)
	same.MessageId, same.Usage = "", nil
	return same
}
