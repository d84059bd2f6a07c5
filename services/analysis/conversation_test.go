package analysis_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/peertest"
)

// nothing is what an answer says that found nothing.
const nothing = "Nothing in the evidence answers this question."

// ask asks about a run; change edits the request, if any.
func (b *bundle) ask(t *testing.T, id, text string, change ...func(*analysisv1.AskRequest)) *analysisv1.Answer {
	t.Helper()
	req := &analysisv1.AskRequest{AnalysisId: id, Text: text}
	for _, c := range change {
		c(req)
	}
	answer, err := b.Ask(as(t, b.ada), req)
	require.NoError(t, err)
	return answer
}

// messages returns the conversation about a run.
func (b *bundle) messages(t *testing.T, id string) []*analysisv1.Message {
	t.Helper()
	resp, err := b.ListMessages(as(t, b.ada), &analysisv1.ListMessagesRequest{AnalysisId: id, PageSize: 200})
	require.NoError(t, err)
	require.Empty(t, resp.GetNextPageToken())
	return resp.GetMessages()
}

// clear forgets the conversation about a run.
func (b *bundle) clear(t *testing.T, id string) {
	t.Helper()
	_, err := b.ClearMessages(as(t, b.ada), &analysisv1.ClearMessagesRequest{AnalysisId: id})
	require.NoError(t, err)
}

// told reads a streamed answer: what was told while it was written, and the answer,
// which must be the last part.
func told(t *testing.T, stream grpc.ServerStreamingClient[analysisv1.AnswerPart]) (string, *analysisv1.Answer) {
	t.Helper()
	var written strings.Builder
	var answer *analysisv1.Answer
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			require.NotNil(t, answer)
			return written.String(), answer
		}
		require.NoError(t, err)
		require.Nil(t, answer, "the answer is the last part")
		written.WriteString(part.GetDelta())
		answer = part.GetAnswer()
	}
}

// towers are documents with two things that a question can point at.
func towers() []peertest.Document {
	return []peertest.Document{
		{Title: "Paris", Text: "The Eiffel Tower was opened to the public in 1889.\n\nThe Eiffel Tower is 330 metres tall with its antennas."},
		{Title: "New York", Text: "The Chrysler Building was opened to the public in 1930.\n\nThe Chrysler Building is 319 metres tall with its spire."},
	}
}

// aboutTowers returns a run over the towers that has ended.
func aboutTowers(t *testing.T, b *bundle) string {
	t.Helper()
	b.research.Documents = towers()
	return b.finish(t, b.start(t, func(r *analysisv1.StartAnalysisRequest) { r.Question = "When were tall buildings opened?" })).GetId()
}

func TestAsk_AnswersOutOfTheEvidenceOfTheRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	answer := b.ask(t, id, "What does the server replay after a crash?")
	require.False(t, answer.GetNoEvidence())
	require.Equal(t, "extractive", answer.GetEngine())
	require.Empty(t, answer.GetModel())
	require.Equal(t, (&analysisv1.Usage{}).String(), answer.GetUsage().String(), "the built-in engine costs nothing")
	require.NotEmpty(t, answer.GetSentences())
	first := answer.GetSentences()[0]
	require.Contains(t, first.GetText(), "replays the write-ahead log from the last checkpoint")
	require.Equal(t, analysisv1.Support_SUPPORTED, first.GetSupport())
	require.Contains(t, answer.GetText(), first.GetText()+" [1]")
	for _, s := range answer.GetSentences() {
		require.NotEmpty(t, s.GetCitations(), s.GetText())
		for _, n := range s.GetCitations() {
			require.LessOrEqual(t, int(n), len(answer.GetCitations()))
		}
	}
	for _, c := range answer.GetCitations() {
		text, ok := b.research.Snapshot(c.GetSourceId())
		require.True(t, ok)
		require.Equal(t, c.GetQuote(), text[c.GetStartOffset():c.GetEndOffset()])
		require.NotEmpty(t, c.GetSourceTitle())
		require.NotEmpty(t, c.GetPassageId())
		require.NotEmpty(t, c.GetSnapshotSha256())
	}
}

func TestAsk_NothingAnswersSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	answer := b.ask(t, id, "Who won the football cup of 1954?")
	require.True(t, answer.GetNoEvidence())
	require.Equal(t, nothing, answer.GetText())
	require.Empty(t, answer.GetCitations())
	require.Len(t, b.messages(t, id), 1, "it is a part of the conversation")
}

func TestAsk_OfARunThatFoundNothingSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.Documents = nil
	a := b.finish(t, b.start(t))
	require.Equal(t, analysisv1.Analysis_NO_EVIDENCE, a.GetState())
	require.True(t, b.ask(t, a.GetId(), question).GetNoEvidence())
}

func TestStreamAsk_TellsTheAnswerWhileItIsWrittenThenChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	stream, err := b.StreamAsk(as(t, b.ada), &analysisv1.AskRequest{AnalysisId: id, Text: question})
	require.NoError(t, err)
	written, answer := told(t, stream)
	require.NotEmpty(t, answer.GetSentences())
	for _, s := range answer.GetSentences() {
		require.Contains(t, written, s.GetText())
	}
	require.Equal(t, answer.String(), b.messages(t, id)[0].GetAnswer().String(), "it is remembered as it was told")
}

// What a follow-up points at stands in the question before it, and nowhere else.
func TestAsk_AFollowUpIsUnderstoodByWhatWasAskedBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := aboutTowers(t, b)
	for before, want := range map[string]string{
		"When was the Eiffel Tower opened?":      "The Eiffel Tower is 330 metres tall",
		"When was the Chrysler Building opened?": "The Chrysler Building is 319 metres tall",
	} {
		b.clear(t, id)
		b.ask(t, id, before)
		answer := b.ask(t, id, "How tall is it?")
		require.NotEmpty(t, answer.GetSentences(), before)
		require.Contains(t, answer.GetSentences()[0].GetText(), want)
	}
}

func TestListMessages_PagesTheOldestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	var asked []string
	for _, text := range []string{question, "What is a checkpoint?", "How large is a segment?", "What is lost after a crash?", "And why?"} {
		answer := b.ask(t, id, text)
		require.NotEmpty(t, answer.GetMessageId())
		asked = append(asked, answer.GetMessageId()+" "+text)
	}
	var got []string
	req := &analysisv1.ListMessagesRequest{AnalysisId: id, PageSize: 2}
	for {
		page, err := b.ListMessages(as(t, b.ada), req)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.GetMessages()), 2)
		for _, m := range page.GetMessages() {
			got = append(got, m.GetId()+" "+m.GetQuestion())
			require.Equal(t, id, m.GetAnalysisId())
			require.Equal(t, b.ada.UserID, m.GetUserId())
			require.Equal(t, m.GetId(), m.GetAnswer().GetMessageId())
			require.NotNil(t, m.GetCreateTime())
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	require.Equal(t, asked, got)
}

func TestClearMessages_ForgetsAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, other := b.finish(t, b.start(t)).GetId(), aboutTowers(t, b)
	b.ask(t, id, question)
	b.ask(t, other, question)
	b.clear(t, id)
	b.clear(t, id)
	require.Empty(t, b.messages(t, id))
	require.Len(t, b.messages(t, other), 1, "each run has a conversation of its own")
}

func TestAnalyzeText_QuotesTheTextThatWasSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	text := "Größe und Herkunft.\n\n" + documents()[0].Text + "\n\nThe office is closed on Sundays."
	for name, asked := range map[string]string{"what it says on a question": question, "what matters most in it": ""} {
		answer, err := b.AnalyzeText(as(t, b.ada), &analysisv1.AnalyzeTextRequest{Text: text, Question: asked})
		require.NoError(t, err)
		require.NotEmpty(t, answer.GetSentences(), name)
		require.NotEmpty(t, answer.GetCitations(), name)
		for _, c := range answer.GetCitations() {
			require.Equal(t, c.GetQuote(), text[c.GetStartOffset():c.GetEndOffset()])
			require.Empty(t, c.GetSourceId()+c.GetPassageId(), "there is no source")
		}
		require.Empty(t, answer.GetMessageId())

		stream, err := b.StreamAnalyzeText(as(t, b.ada), &analysisv1.AnalyzeTextRequest{Text: text, Question: asked})
		require.NoError(t, err)
		written, streamed := told(t, stream)
		require.Contains(t, written, streamed.GetSentences()[0].GetText())
		require.Equal(t, answer.GetText(), streamed.GetText(), name)
	}
	require.Empty(t, b.remains(t, b.ada.WorkspaceID), "it is stored nowhere")
}

// A conversation may begin before the run has ended, as soon as there is evidence.
func TestAsk_WhileTheRunIsRunning(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.research.EndAs(researchv1.Research_RUNNING, "")
	reached, release := b.research.Hold(t, "WaitResearch")
	id := b.start(t)
	receive(t, reached)
	require.NotEmpty(t, b.ask(t, id, question).GetCitations())
	b.cancel(t, id)
	release()
	require.NotEmpty(t, b.ask(t, id, question).GetCitations(), "what was found stays readable")
}
