package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/researcherpro/researcherpro/pkg/errs"
	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
)

// fakeConversations answers with the question's words, one delta each. A question with
// "wait" in it waits for release or its end, one with "fail" fails in the middle.
type fakeConversations struct {
	analysisv1.UnimplementedConversationServiceServer

	waiting chan struct{} // one for each question that has begun to wait
	release chan struct{}
	left    chan struct{} // one for each question that was given up

	mu    sync.Mutex
	texts []*analysisv1.AnalyzeTextRequest
}

func newFakeConversations() *fakeConversations {
	return &fakeConversations{waiting: make(chan struct{}, 16), release: make(chan struct{}), left: make(chan struct{}, 16)}
}

type parts = grpc.ServerStreamingServer[analysisv1.AnswerPart]

func (f *fakeConversations) Ask(ctx context.Context, req *analysisv1.AskRequest) (*analysisv1.Answer, error) {
	return &analysisv1.Answer{Text: req.GetText()}, owned(ctx, req.GetAnalysisId())
}

func (f *fakeConversations) StreamAsk(req *analysisv1.AskRequest, stream parts) error {
	if err := owned(stream.Context(), req.GetAnalysisId()); err != nil {
		return err
	}
	return f.answer(req.GetText(), stream)
}

func (f *fakeConversations) StreamAnalyzeText(req *analysisv1.AnalyzeTextRequest, stream parts) error {
	f.mu.Lock()
	f.texts = append(f.texts, req)
	f.mu.Unlock()
	return f.answer(req.GetQuestion(), stream)
}

func (f *fakeConversations) answer(text string, stream parts) error {
	for _, word := range strings.Fields(text) {
		switch word {
		case "wait":
			f.waiting <- struct{}{}
			select {
			case <-f.release:
			case <-stream.Context().Done():
				f.left <- struct{}{}
				return stream.Context().Err()
			}
		case "fail":
			return errs.New(errs.ResourceExhausted, "BUDGET_EXHAUSTED", "the budget is used up")
		default:
			if err := stream.Send(&analysisv1.AnswerPart{Part: &analysisv1.AnswerPart_Delta{Delta: word}}); err != nil {
				return err
			}
		}
	}
	whole := &analysisv1.Answer{Text: text, Citations: []*analysisv1.Citation{{Quote: "a quote"}}}
	return stream.Send(&analysisv1.AnswerPart{Part: &analysisv1.AnswerPart_Answer{Answer: whole}})
}

// said is an answer to a question as a client of the socket reads it.
type said struct {
	ID     string `json:"id"`
	Delta  *struct{ Text string }
	Answer *struct {
		Text      string
		Citations []struct{ Quote string }
	}
	Error *struct{ Code, Message string }
	Event json.RawMessage
}

func (s *socket) hear() said {
	s.t.Helper()
	_, data, err := s.conn.Read(s.t.Context())
	require.NoError(s.t, err)
	var out said
	require.NoError(s.t, json.Unmarshal(data, &out), "frame: %s", data)
	return out
}

func TestSocket_AskTellsTheAnswerWhileItIsWritten(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	s.send(`{"id":"3","ask":{"analysisId":%q,"text":"how deep"}}`, runID)
	for _, word := range []string{"how", "deep"} {
		got := s.hear()
		require.Equal(t, "3", got.ID)
		require.Equal(t, word, got.Delta.Text)
	}
	got := s.hear()
	require.Equal(t, "3", got.ID)
	require.Equal(t, "how deep", got.Answer.Text)
	require.Equal(t, "a quote", got.Answer.Citations[0].Quote)
}

func TestSocket_AnalyzeSendsTheWholeText(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	text := strings.Repeat("long ", 30_000)
	s.send(`{"id":"4","analyze":{"text":%q,"question":"what"}}`, text)
	require.Equal(t, "what", s.hear().Delta.Text)
	require.Equal(t, "what", s.hear().Answer.Text)
	require.Equal(t, text, f.conversations.texts[0].GetText())
}

func TestSocket_AQuestionHoldsNothingElseUp(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	s.send(`{"id":"1","ask":{"analysisId":%q,"text":"wait"}}`, runID)
	<-f.conversations.waiting
	s.subscribe("2", 0)
	f.analysis.write(2)
	require.Equal(t, count(1, 2), s.events(2))
	close(f.conversations.release)
	require.Equal(t, "wait", s.hear().Answer.Text)
}

func TestSocket_WrongQuestionsAreToldAndForgotten(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	tests := map[string]struct{ message, code string }{
		"somebody else's run":      {`{"id":"q","ask":{"analysisId":"01930000-0000-7000-8000-000000000009","text":"x"}}`, "NOT_FOUND"},
		"no question":              {`{"id":"q","ask":{"analysisId":"` + runID + `"}}`, "INVALID_ARGUMENT"},
		"no text":                  {`{"id":"q","analyze":{}}`, "INVALID_ARGUMENT"},
		"an unknown field":         {`{"id":"q","ask":{"analysisId":"` + runID + `","txt":"x"}}`, "INVALID_ARGUMENT"},
		"what fails in the middle": {`{"id":"q","ask":{"analysisId":"` + runID + `","text":"fail"}}`, "RESOURCE_EXHAUSTED"},
	}
	for name, tc := range tests {
		s.send("%s", tc.message)
		got := s.hear()
		require.NotNil(t, got.Error, name)
		require.Equal(t, tc.code, got.Error.Code, name)
		require.Equal(t, "q", got.ID, name)
	}
	s.send(`{"id":"last","ask":{"analysisId":%q,"text":"still"}}`, runID)
	require.Equal(t, "still", s.hear().Delta.Text, "the socket stays open")
}

func TestSocket_OnlySoManyQuestionsAtATime(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	for range 4 {
		s.send(`{"id":"waits","ask":{"analysisId":%q,"text":"wait"}}`, runID)
		<-f.conversations.waiting
	}
	s.send(`{"id":"5","ask":{"analysisId":%q,"text":"one more"}}`, runID)
	got := s.hear()
	require.Equal(t, "5", got.ID)
	require.Equal(t, "RESOURCE_EXHAUSTED", got.Error.Code)
	close(f.conversations.release)
	for range 4 {
		require.Equal(t, "waits", s.hear().ID)
	}
	s.send(`{"id":"6","ask":{"analysisId":%q,"text":"again"}}`, runID)
	require.Equal(t, "again", s.hear().Delta.Text)
}

func TestSocket_WhoHangsUpAsksNoLonger(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	s := f.dial(t, alice)
	s.send(`{"id":"1","ask":{"analysisId":%q,"text":"wait"}}`, runID)
	<-f.conversations.waiting
	require.NoError(t, s.conn.CloseNow())
	<-f.conversations.left
}

// post sends a JSON body and asks for a stream of events.
func (f *fleet) post(t *testing.T, token, path, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestAsk_AsEvents(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	tests := map[string]struct{ path, body string }{
		"a question":         {"/api/v1/analysis/" + runID + ":ask", `{"text":"how deep"}`},
		"a text and the ask": {"/api/v1/texts:analyze", `{"text":"The lake.","question":"how deep"}`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := f.post(t, alice, tc.path, tc.body)
			require.Equal(t, http.StatusOK, resp.StatusCode)
			require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
			source := newEventSource(resp)
			var kinds []string
			var last string
			for {
				_, kind, data, ok := source.next()
				if !ok {
					break
				}
				kinds, last = append(kinds, kind), data
			}
			require.Equal(t, []string{"delta", "delta", "answer"}, kinds)
			require.Contains(t, last, `"how deep"`)
		})
	}
}

func TestAsk_AsEvents_WhatIsWrongBeforeTheFirstHasItsStatus(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	tests := map[string]struct {
		token, path, body string
		status            int
	}{
		"somebody else's run": {bob, "/api/v1/analysis/" + runID + ":ask", `{"text":"x"}`, http.StatusNotFound},
		"no such field":       {alice, "/api/v1/analysis/" + runID + ":ask", `{"words":"x"}`, http.StatusBadRequest},
		"no text":             {alice, "/api/v1/texts:analyze", `{}`, http.StatusBadRequest},
		"no good token":       {mallory, "/api/v1/texts:analyze", `{"text":"x"}`, http.StatusUnauthorized},
		"used up":             {alice, "/api/v1/analysis/" + runID + ":ask", `{"text":"fail"}`, http.StatusTooManyRequests},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := f.post(t, tc.token, tc.path, tc.body)
			require.Equal(t, tc.status, resp.StatusCode)
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		})
	}
}

func TestAsk_AsEvents_AFailureInTheMiddleIsAnEvent(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	source := newEventSource(f.post(t, alice, "/api/v1/analysis/"+runID+":ask", `{"text":"first fail"}`))
	_, kind, _, _ := source.next()
	require.Equal(t, "delta", kind)
	_, kind, data, _ := source.next()
	require.Equal(t, "error", kind)
	require.Contains(t, data, "BUDGET_EXHAUSTED")
}

func TestAsk_AsEvents_WhoHangsUpAsksNoLonger(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	resp := f.post(t, alice, "/api/v1/analysis/"+runID+":ask", `{"text":"first wait"}`)
	<-f.conversations.waiting
	require.NoError(t, resp.Body.Close())
	<-f.conversations.left
}

func TestAsk_AsJSON(t *testing.T) {
	t.Parallel()
	f := serveFleet(t, Config{}, limits{})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/api/v1/analysis/"+runID+":ask", strings.NewReader(`{"text":"how deep"}`))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+alice)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var whole struct{ Text string }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&whole))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "how deep", whole.Text)
}
