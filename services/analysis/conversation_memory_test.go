package analysis_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	"github.com/researcherpro/researcherpro/services/analysis/analysistest"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// prompt is all that a model was told with a call.
func prompt(c llmtest.Call) string {
	var all strings.Builder
	for _, m := range c.Messages {
		all.WriteString(m.Text + "\n")
	}
	return all.String()
}

func TestMemory_AModelIsToldWhatWasAskedBefore(t *testing.T) {
	t.Parallel()
	b, model, id := talk(t, analysistest.Honest)
	first := b.ask(t, id, question, byModel)
	b.ask(t, id, "And after a crash of the server?", byModel)
	said := prompt(model.Calls()[1])
	require.Contains(t, said, question)
	require.Contains(t, said, "answered: "+strings.TrimSuffix(first.GetSentences()[0].GetText(), "."), "without marks, which mean other passages now")

	b.clear(t, id)
	again := b.ask(t, id, question, byModel)
	require.Equal(t, clone(first).String(), clone(again).String())
	require.EqualValues(t, 1, again.GetUsage().GetCachedCalls(), "what is forgotten makes no other question")
	require.Len(t, model.Calls(), 2)
}

// However long a conversation becomes, a question costs no more than the newest turns.
func TestMemory_IsBounded(t *testing.T) {
	t.Parallel()
	b, model, id := talk(t, analysistest.Honest)
	long := strings.Repeat(" write-ahead log", 200)
	var sizes []int
	for i := range 8 {
		b.ask(t, id, fmt.Sprintf("Question number %d about data:%s?", i, long), byModel)
		sizes = append(sizes, len(prompt(model.Calls()[i])))
	}
	last := prompt(model.Calls()[7])
	require.Contains(t, last, "Question number 6 ")
	require.NotContains(t, last, "Question number 0 ")
	require.Greater(t, sizes[1], sizes[0])
	require.InDelta(t, sizes[6], sizes[7], 100, "it grows no more")
}

func TestMemory_ARunKeepsTheNewestMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	rows := store.New(b.open(t))
	const kept, more = 200, 5
	for i := range kept + more {
		require.NoError(t, rows.AddMessage(t.Context(), store.Message{
			ID: uuid.Must(uuid.NewV7()).String(), WorkspaceID: b.ada.WorkspaceID, AnalysisID: id, UserID: b.ada.UserID,
			Question: fmt.Sprint(i), Answer: []byte("{}"),
		}))
	}
	list := b.messages(t, id)
	require.Len(t, list, kept)
	require.Equal(t, fmt.Sprint(more), list[0].GetQuestion(), "the oldest are dropped")
	require.Equal(t, fmt.Sprint(kept+more-1), list[kept-1].GetQuestion())
}

func TestMemory_WhoAskAtOnceAreAllRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.finish(t, b.start(t)).GetId()
	const callers = 6
	ctx := as(t, b.ada)
	failures := make(chan error, callers)
	var asking sync.WaitGroup
	for range callers {
		asking.Go(func() {
			_, err := b.Ask(ctx, &analysisv1.AskRequest{AnalysisId: id, Text: question})
			failures <- err
		})
	}
	asking.Wait()
	for range callers {
		require.NoError(t, <-failures)
	}
	require.Len(t, b.messages(t, id), callers)
}
