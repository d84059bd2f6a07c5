package llm_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/llm"
	"github.com/researcherpro/researcherpro/pkg/llm/llmtest"
)

// fields are the fields of a request's body, its messages aside.
func fields(t *testing.T, c llmtest.Call) string {
	t.Helper()
	delete(c.Fields, "messages")
	data, err := json.Marshal(c.Fields)
	require.NoError(t, err)
	return string(data)
}

func TestOpenAI_WholeAnswer(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: `{"a":1}`, Reasoning: "hmm, hmm", Cached: 2}.
		With("X-Ratelimit-Limit-Requests", "500").With("X-Ratelimit-Remaining-Requests", "0").With("X-Ratelimit-Reset-Requests", "1m0.5s").
		With("X-Ratelimit-Limit-Tokens", "30000").With("X-Ratelimit-Remaining-Tokens", "29000").With("X-Ratelimit-Reset-Tokens", "120ms")))
	resp, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI() + "/", Key: "sk-1"}).Call(t.Context(), structured(), nil)
	require.NoError(t, err)
	require.Equal(t, llm.Response{
		Text: `{"a":1}`, Finish: llm.Stopped, Model: "m",
		Usage: llm.Usage{InputTokens: 7, CachedInputTokens: 2, OutputTokens: 4, ReasoningTokens: 2},
		Limits: llm.Limits{
			Requests: llm.Allowance{Limit: 500, Per: minute, Reset: minute + second/2, Spent: true},
			Tokens:   llm.Allowance{Limit: 30000, Per: minute, Reset: 120 * second / 1000},
		},
	}, resp)
	call := s.Calls()[0]
	require.Equal(t, "sk-1", call.Key)
	require.Equal(t, question().Messages, call.Messages)
	require.JSONEq(t, `{"model":"m","stream":false,"temperature":0,"max_tokens":100,
		"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}}}`, fields(t, call))
}

func TestOpenAI_Stream(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: "Anna  wrote\nit.", Reasoning: "hmm, hmm", Piece: 5}))
	var pieces []string
	resp, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Model: "m"}).Call(t.Context(), llm.Request{Messages: question().Messages}, func(text string) error {
		pieces = append(pieces, text)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Anna", "  wrot", "e\nit."}, pieces, "white space comes with what is behind it")
	require.Equal(t, llm.Response{
		Text: "Anna  wrote\nit.", Finish: llm.Stopped, Model: "m", Usage: llm.Usage{InputTokens: 7, OutputTokens: 6, ReasoningTokens: 2},
	}, resp)
	require.JSONEq(t, `{"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0}`, fields(t, s.Calls()[0]))
}

func TestPerplexity_AnswersFromTheRequest(t *testing.T) {
	t.Parallel()
	reply := llmtest.Reply{Text: "Anna [1] wrote it.", Citations: []string{"https://a.example/"}, Piece: 4}
	s := llmtest.New(t, llmtest.Always(reply))
	client := llm.NewPerplexity(llm.Config{BaseURL: s.Perplexity()})
	cost := int64(12 * llmtest.TokenNanoUSD)
	want := llm.Response{Text: reply.Text, Finish: llm.Stopped, Model: "m", Usage: llm.Usage{InputTokens: 7, OutputTokens: 5, CostNanoUSD: &cost}}

	resp, err := client.Call(t.Context(), question(), nil)
	require.NoError(t, err)
	require.Equal(t, want, resp)
	var heard strings.Builder
	resp, err = client.Call(t.Context(), question(), writeTo(&heard))
	require.NoError(t, err)
	require.Equal(t, want, resp)
	require.Equal(t, reply.Text, heard.String())

	calls := s.Calls()
	require.JSONEq(t, `{"model":"m","stream":false,"temperature":0,"max_tokens":100,"disable_search":true}`, fields(t, calls[0]))
	require.JSONEq(t, `{"model":"m","stream":true,"temperature":0,"max_tokens":100,"disable_search":true,"stream_mode":"concise",
		"stream_options":{"include_usage":true}}`, fields(t, calls[1]))
}

func TestPerplexity_DeepResearchIsAlwaysStreamed(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Say("Anna.")))
	r := question()
	r.Model = "sonar-deep-research"
	resp, err := llm.NewPerplexity(llm.Config{BaseURL: s.Perplexity()}).Call(t.Context(), r, nil)
	require.NoError(t, err)
	require.Equal(t, "Anna.", resp.Text)
	require.True(t, s.Calls()[0].Stream, "else the connection is lost while nothing is heard")
}

func TestOpenAI_ModelsThatReason(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Say("Anna.")))
	client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()})
	tests := map[string]bool{
		"o1": true, "o4-mini": true, "gpt-5-nano": true, "openai/gpt-6": true, "gpt-5-chat-latest": false,
		"gpt-4o": false, "gpt-4.1": false, "gpt-oss-20b": false, "olmo-2": false, "opus": false, "o": false,
	}
	for model, reasons := range tests {
		r := question()
		r.Model = model
		_, err := client.Call(t.Context(), r, nil)
		require.NoError(t, err, model)
		calls := s.Calls()
		got := calls[len(calls)-1].Fields
		require.Equal(t, reasons, got["max_completion_tokens"] != nil, model)
		require.Equal(t, reasons, got["max_tokens"] == nil, model)
		require.Equal(t, reasons, got["temperature"] == nil, model)
	}
}

func TestCall_LeavesOutWhatTheServerDoesNotKnow(t *testing.T) {
	t.Parallel()
	all := []string{"response_format", "temperature", "stream_options", "max_tokens"}
	for _, unknown := range [][]string{all[:1], all[1:2], all[2:3], all[3:], all} {
		s := llmtest.New(t, llmtest.Without(llmtest.Always(llmtest.Say(`{"a":1}`)), unknown...))
		quirks := llm.NewQuirks()
		for range 2 {
			// Each call has a client of its own, as for the keys of many users.
			resp, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Quirks: quirks}).Call(t.Context(), structured(), writeTo(&strings.Builder{}))
			require.NoError(t, err)
			require.Equal(t, `{"a":1}`, resp.Text)
		}
		account := s.Total()
		require.Equal(t, len(unknown), account.Failed, "each is refused once: %v", unknown)
		require.Equal(t, 2, account.Answered)

		calls := s.Calls()
		last := calls[len(calls)-1]
		for _, name := range unknown {
			require.NotContains(t, last.Fields, name)
		}
		require.Equal(t, 100, last.MaxTokens, "a limit has to be there")
		if unknown[0] == "response_format" {
			require.Equal(t, "Be brief.\n\nAnswer with one JSON value that follows this JSON Schema, and with nothing else: no explanation, no code fence.\n{\"type\":\"object\"}",
				last.Messages[0].Text)
		}

		r := structured()
		r.Model = "another"
		_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI(), Quirks: quirks}).Call(t.Context(), r, nil)
		require.NoError(t, err)
		require.Greater(t, s.Total().Failed, account.Failed-1, "models are not alike")
	}
}

func TestCall_ReadsWhatServersSayOfParameters(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ says, left string }{
		"OpenAI's temperature":      {"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.", "temperature"},
		"OpenAI's limit":            {"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "max_tokens"},
		"a form it cannot do":       {"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.", "response_format"},
		"DeepSeek's form":           {"This response_format type is unavailable now", "response_format"},
		"Perplexity's":              {"[\"At body -> stream_mode: Extra inputs are not permitted\"]", ""},
		"a grammar":                 {"Failed to compile the grammar of the structured output", "response_format"},
		"a limit of the wrong size": {"max_tokens is too large: 100. This model supports at most 50 completion tokens.", ""},
		"something else":            {"The messages must alternate between user and assistant.", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t, llmtest.Queue(llmtest.Fail(400, "invalid_request_error", tc.says), llmtest.Say("fine")))
			_, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), structured(), nil)
			if tc.left == "" {
				requireError(t, err, llm.Invalid, "status 400: "+tc.says)
				require.Equal(t, 1, s.Total().Requests)
				return
			}
			require.NoError(t, err)
			require.Contains(t, s.Calls()[0].Fields, tc.left)
			require.NotContains(t, s.Calls()[1].Fields, tc.left)
		})
	}
}

func TestCall_CountsWhatTheServerDoesNot(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Anna wrote it in March. ", 20)
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: text, Reasoning: "aside", NoUsage: true}))
	client := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()})
	r := question()
	r.MaxTokens = 1000
	for _, onText := range []func(string) error{nil, writeTo(&strings.Builder{})} {
		resp, err := client.Call(t.Context(), r, onText)
		require.NoError(t, err)
		require.Equal(t, llm.Usage{
			InputTokens: llm.CountRequest(r), OutputTokens: llm.CountTokens("m", strings.TrimSpace(text)) + 2, ReasoningTokens: 2, Estimated: true,
		}, resp.Usage)
	}
}

func TestCall_EndsWhenNobodyTakesTheText(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t, llmtest.Always(llmtest.Reply{Text: strings.Repeat("Anna. ", 50), Piece: 6}))
	gone := errors.New("gone")
	heard := 0
	resp, err := llm.NewOpenAI(llm.Config{BaseURL: s.OpenAI()}).Call(t.Context(), question(), func(string) error {
		heard++
		if heard == 3 {
			return gone
		}
		return nil
	})
	require.ErrorIs(t, err, gone)
	require.True(t, requireError(t, err, llm.Broken, "nobody takes the text").Sent)
	require.Equal(t, 3, heard)
	require.Equal(t, "Anna. Anna. Anna.", resp.Text)
	require.Positive(t, resp.Usage.OutputTokens)
}
